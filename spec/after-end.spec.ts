import type { End, Next } from '../lib/after-end.ts';
import { afterEnd } from '../lib/after-end.ts';
import { PermanentError } from '../lib/index.ts';

const next = (end: Partial<End>): Next =>
  afterEnd({
    ...{ how: 'failed', error: new Error('boom'), hold: false },
    ...{ again: undefined, commanded: false },
    ...{ policy: { when: 'always', limit: undefined }, delay: () => 5_000, restarts: [], now: 100_000 },
    ...end,
  });

const when = (policy: 'always' | 'on-failure' | 'never') => ({ when: policy, limit: undefined });

describe('afterEnd', () => {
  it.each(['completed', 'failed', 'stopped'] as const)('holds what %s when a stop was asked for', (how) => {
    expect(next({ how, hold: true })).toEqual({ do: 'hold' });
  });

  it('starts again, as update, what was stopped for a changed row', () => {
    expect(next({ how: 'stopped', again: 'update' })).toEqual({ do: 'start', cause: 'update' });
  });

  it('starts what was stopped, and whose row is there, as a change', () => {
    expect(next({ how: 'stopped' })).toEqual({ do: 'start', cause: 'change' });
  });

  it('starts at once what a command asked for, however it ended', () => {
    const command = { again: 'request', commanded: true } as const;
    expect(next({ ...command, error: new PermanentError() })).toEqual({ do: 'start', cause: 'request' });
    expect(next({ ...command, how: 'completed' })).toEqual({ do: 'start', cause: 'request' });
  });

  it('asks for the delay only where a restart follows', () => {
    const delay = (): number => {
      throw new Error('asked');
    };
    expect(next({ how: 'completed', policy: when('on-failure'), delay })).toEqual({ do: 'rest' });
    expect(next({ how: 'stopped', hold: true, delay })).toEqual({ do: 'hold' });
    expect(() => next({ delay })).toThrow('asked');
  });

  it('tries a row that changed meanwhile soon, whatever the policy', () => {
    expect(next({ again: 'update', error: new PermanentError() })).toEqual({ do: 'start-soon', cause: 'update' });
    expect(next({ again: 'change', policy: when('never') })).toEqual({ do: 'start-soon', cause: 'change' });
  });

  it.each([
    ['completed', 'always', { do: 'back-off', delay: 5_000 }],
    ['completed', 'on-failure', { do: 'rest' }],
    ['completed', 'never', { do: 'rest' }],
    ['failed', 'always', { do: 'back-off', delay: 5_000 }],
    ['failed', 'on-failure', { do: 'back-off', delay: 5_000 }],
    ['failed', 'never', { do: 'give-up' }],
  ] as const)('follows restart.when for what %s: %s', (how, policy, expected) => {
    expect(next({ how, policy: when(policy) })).toEqual(expected);
  });

  it('gives up a permanent error, also as a cause of a cause', () => {
    const error = new Error('outer', { cause: new Error('inner', { cause: new PermanentError('no such account') }) });
    expect(next({ error })).toEqual({ do: 'give-up' });
  });

  it('gives up the permanent error of another copy of the library', () => {
    expect(next({ error: { name: 'PermanentError' } })).toEqual({ do: 'give-up' });
  });

  it('doesn’t hang on causes that go in a circle', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(next({ error })).toEqual({ do: 'back-off', delay: 5_000 });
  });

  it('gives up when there were as many restarts as the limit within its time', () => {
    const policy = { when: 'always', limit: { max: 2, within: 1_000 } } as const;
    const delay = (): number => 100;
    expect(next({ policy, restarts: [99_500, 99_900], delay })).toEqual({ do: 'give-up' });
    expect(next({ policy, restarts: [99_100, 99_900], delay })).toEqual({ do: 'back-off', delay: 100 });
  });
});
