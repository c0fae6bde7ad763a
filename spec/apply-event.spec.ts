import type { LifecycleEvent, ProcessStatus } from '../lib/index.ts';
import { applyEvent } from '../lib/index.ts';

type Event = LifecycleEvent<string, number>;
type Status = ProcessStatus<string, number>;

const error = new Error('boom');
const a = { key: 'a', incarnation: 1 };
const starting: Event = { type: 'starting', at: 1, ...a, value: 7, cause: 'initial', attempt: 1 };
const running: Event = { type: 'running', at: 2, ...a, took: 1 };
const stopping: Event = { type: 'stopping', at: 3, ...a, cause: 'request' };
const failed: Event = { type: 'failed', at: 3, ...a, error, phase: 'running' };
const backoff: Event = { type: 'backoff', at: 3, ...a, delay: 10, attempt: 1, until: 13 };
const base = { key: 'a', value: 7, incarnation: 1, attempt: 1 };

const fold = (...events: Event[]) => events.reduce(applyEvent, new Map<string, Status>());
const status = (...events: Event[]) => fold(...events).get('a');

describe('applyEvent', () => {
  it('changes its first argument and returns it', () => {
    const statuses = new Map<string, Status>();
    expect(applyEvent(statuses, starting)).toBe(statuses);
    expect(statuses.size).toBe(1);
  });

  it('writes a new value and leaves the one before as it was', () => {
    const statuses = fold(starting);
    const before = statuses.get('a');
    applyEvent(statuses, running);
    expect(before).toEqual({ state: 'starting', ...base, since: 1 });
    expect(statuses.get('a')).toEqual({ state: 'running', ...base, since: 2 });
  });

  it('is queued with the row, the incarnation and the attempt that wait', () => {
    const queued: Event = { type: 'queued', at: 1, ...a, value: 7, cause: 'initial', attempt: 1 };
    expect(status(queued)).toEqual({ state: 'queued', ...base, since: 1 });
  });

  it('starts with the row, the incarnation and the attempt', () => {
    expect(status({ ...starting, at: 9, value: 8, incarnation: 3, attempt: 2 })).toEqual({
      ...{ state: 'starting', key: 'a', value: 8, incarnation: 3, attempt: 2, since: 9 },
    });
  });

  it('has the new row when it was updated, and runs on since it began to', () => {
    expect(status(starting, running, { type: 'updated', at: 5, ...a, value: 8 })).toEqual({
      ...{ state: 'running', ...base, value: 8, since: 2 },
    });
  });

  it.each([
    ['stopping', stopping],
    ['completed', { type: 'completed', at: 3, ...a }],
    ['held', { type: 'held', at: 3, ...a }],
    ['stuck', { type: 'stuck', at: 3, ...a }],
  ] as const)('is %s since the event that says so', (state, event) => {
    expect(status(starting, running, event)).toEqual({ state, ...base, since: 3 });
  });

  it('keeps its state and gets the error when it failed', () => {
    expect(status(starting, running, failed)).toEqual({ state: 'running', ...base, since: 2, error });
  });

  it('keeps its state when it stopped', () => {
    const stopped: Event = { type: 'stopped', at: 4, ...a, cause: 'request', uptime: 1, forced: false };
    expect(status(starting, running, stopping, stopped)).toEqual({ state: 'stopping', ...base, since: 3 });
  });

  it('waits until the time of its backoff, with the error', () => {
    expect(status(starting, running, failed, backoff)).toEqual({
      ...{ state: 'backoff', ...base, since: 3, error, until: 13 },
    });
  });

  it('has a new time to wait until when a change shortens its backoff', () => {
    expect(status(starting, running, failed, backoff, { ...backoff, at: 4, until: 8 })?.until).toBe(8);
  });

  it('waits no longer for anything once it starts, rests or is held', () => {
    expect(status(starting, failed, backoff, { ...starting, at: 13 })).not.toHaveProperty('until');
    expect(status(starting, failed, backoff, { type: 'held', at: 5, ...a })).not.toHaveProperty('until');
  });

  it('keeps the error of the last failure while it starts again, and loses it once it runs', () => {
    expect(status(starting, failed, backoff, starting)).toMatchObject({ state: 'starting', error });
    expect(status(starting, failed, backoff, starting, running)).not.toHaveProperty('error');
  });

  it('has the error for which it was given up', () => {
    expect(status(starting, running, { type: 'given-up', at: 3, ...a, error })).toEqual({
      ...{ state: 'given-up', ...base, since: 3, error },
    });
  });

  it('is gone once it was removed', () => {
    expect(fold(starting, running, { type: 'removed', at: 3, ...a })).toEqual(new Map());
  });

  it('is gone at the end that a shutdown asked for', () => {
    const shutdown = { ...a, cause: 'shutdown' } as const;
    const stopped: Event = { type: 'stopped', at: 4, ...shutdown, uptime: 1, forced: false };
    expect(fold(starting, running, { type: 'stopping', at: 3, ...shutdown }, stopped)).toEqual(new Map());
  });

  it('is gone when it failed for not being ready in time, and the failure came during a shutdown', () => {
    const late: Event = { type: 'failed', at: 5, ...a, error, phase: 'starting' };
    expect(
      fold(starting, { type: 'stopping', at: 3, ...a, cause: 'timeout' }, { type: 'shutdown', at: 4 }, late, {
        ...{ type: 'down', at: 5, keys: [] },
      }),
    ).toEqual(new Map());
  });

  it('leaves only what is stuck after down', () => {
    const b: Event = { ...starting, key: 'b' };
    const statuses = fold(starting, b, { type: 'stuck', at: 3, ...a }, { type: 'down', at: 4, keys: ['a'] });
    expect([...statuses.keys()]).toEqual(['a']);
    expect(statuses.get('a')?.state).toBe('stuck');
  });

  it('changes nothing for events about the supervisor, and for those of a key that it doesn’t know', () => {
    const others: Event[] = [
      { type: 'ready', at: 2, complete: true },
      { type: 'row-failed', at: 2, key: 'a', error },
      { type: 'table-failed', at: 2, operation: 'entries', error },
      { type: 'changes-lost', at: 2, error },
      { type: 'shutdown', at: 2 },
    ];
    expect(fold(starting, ...others)).toEqual(fold(starting));
    expect(fold(running, failed, backoff, stopping)).toEqual(new Map());
  });
});

describe('applyEvent of a backoff', () => {
  it('takes the attempt from the event, which may have been set back', () => {
    const third: Event = { ...starting, attempt: 3 };
    expect(status(third, running, failed)?.attempt).toBe(3);
    expect(status(third, running, failed, backoff)?.attempt).toBe(1);
  });
});
