import { jest } from '@jest/globals';
import type { StatusRecord } from '../lib/apply-event.ts';
import { Hub } from '../lib/hub.ts';
import type { ProcessEvent } from '../lib/index.ts';

const starting: ProcessEvent<string, number> = {
  ...{ type: 'starting', at: 0, key: 'a', incarnation: 1, value: 1, cause: 'initial', attempt: 1 },
};

function record(key: string): StatusRecord<string, number> {
  return { key, state: undefined, value: 0, incarnation: 0, attempt: 1, since: 0, error: undefined, until: undefined };
}

/** A hub, and the records of which it tells the statuses. */
function hubOf(...keys: string[]) {
  const records = new Map(keys.map((key) => [key, record(key)]));
  const hub = new Hub<string, number>(records);
  const say = (event: ProcessEvent<string, number>): void => hub.say(records.get(event.key)!, event);
  return { hub, say };
}

describe('Hub', () => {
  it('has written the status before anybody hears of the event', () => {
    const { hub, say } = hubOf('a');
    const states: unknown[] = [];
    hub.events.subscribe(() => states.push(hub.statuses.get('a')?.state));
    hub.keyed.of('a').subscribe(() => states.push(hub.statuses.get('a')?.state));
    say(starting);
    expect(states).toEqual(['starting', 'starting']);
  });

  it('tells those who listen to one key its events and that the run is down, and nothing else', () => {
    const { hub, say } = hubOf('a', 'b');
    const types: string[] = [];
    hub.keyed.of('a').subscribe((event) => types.push(event.type));
    say(starting);
    say({ ...starting, key: 'b' });
    hub.emit({ type: 'row-failed', at: 0, key: 'a', error: 1 });
    hub.emit({ type: 'ready', at: 0, complete: true });
    hub.emit({ type: 'down', at: 0, keys: [] });
    expect(types).toEqual(['starting', 'down']);
  });

  it('gives what processes emit, for all keys and for one', () => {
    const { hub } = hubOf();
    const log: unknown[] = [];
    hub.outputs.subscribe((output) => log.push(output));
    hub.keyedOutputs.of('b').subscribe((value) => log.push(value));
    hub.output('a', 1);
    hub.output('b', 2);
    expect(log).toEqual([['a', 1], 2, ['b', 2]]);
  });

  it('hands on what processes emit only while somebody listens', () => {
    const { hub } = hubOf();
    const next = jest.spyOn(hub.outputs, 'next');
    hub.output('a', 1);
    expect(next).not.toHaveBeenCalled();
    const subscription = hub.outputs.subscribe();
    hub.output('a', 2);
    subscription.unsubscribe();
    hub.output('a', 3);
    expect(next.mock.calls).toEqual([[['a', 2]]]);
  });

  it('makes a status once, and a new one after the next event', () => {
    const { hub, say } = hubOf('a');
    say(starting);
    const first = hub.statuses.get('a');
    expect(hub.statuses.get('a')).toBe(first);
    say({ type: 'running', at: 1, key: 'a', incarnation: 1, took: 1 });
    expect(first?.state).toBe('starting');
    expect(hub.statuses.get('a')).toMatchObject({ state: 'running', since: 1 });
  });

  it('keeps the one view of all statuses up to date, whenever it was asked for', () => {
    const { hub, say } = hubOf('a', 'b', 'c');
    say(starting);
    const one = hub.statuses.get('a');
    const all = hub.statuses;
    expect([...all.values()]).toEqual([one]);
    say({ ...starting, key: 'b' });
    say({ type: 'removed', at: 1, key: 'a', incarnation: 1 });
    expect([...all.keys()]).toEqual(['b']);
    say({ ...starting, key: 'c' });
    hub.emit({ type: 'down', at: 2, keys: ['c'] });
    expect([...all.keys()]).toEqual(['c']);
    expect(hub.statuses).toBe(all);
  });
});
