import type { ProcessEvent } from '../lib/index.ts';
import { Hub } from '../lib/hub.ts';

const starting: ProcessEvent<string, number> = {
  ...{ type: 'starting', at: 0, key: 'a', incarnation: 1, value: 1, cause: 'initial', attempt: 1 },
};

describe('Hub', () => {
  it('has written the status before anybody hears of the event', () => {
    const hub = new Hub<string, number>();
    const states: unknown[] = [];
    hub.events.subscribe(() => states.push(hub.statuses.get('a')?.state));
    hub.keyed.of('a').subscribe(() => states.push(hub.statuses.get('a')?.state));
    hub.say({ status: undefined }, starting);
    expect(states).toEqual(['starting', 'starting']);
  });

  it('tells those who listen to one key its events and that the run is down, and nothing else', () => {
    const hub = new Hub<string, number>();
    const types: string[] = [];
    hub.keyed.of('a').subscribe((event) => types.push(event.type));
    hub.say({ status: undefined }, starting);
    hub.say({ status: undefined }, { ...starting, key: 'b' });
    hub.emit({ type: 'row-failed', at: 0, key: 'a', error: 1 });
    hub.emit({ type: 'ready', at: 0, complete: true });
    hub.emit({ type: 'down', at: 0, keys: [] });
    expect(types).toEqual(['starting', 'down']);
  });

  it('gives what processes emit, for all keys and for one', () => {
    const hub = new Hub<string, number>();
    const log: unknown[] = [];
    hub.outputs.subscribe((output) => log.push(output));
    hub.keyedOutputs.of('b').subscribe((value) => log.push(value));
    hub.output('a', 1);
    hub.output('b', 2);
    expect(log).toEqual([['a', 1], 2, ['b', 2]]);
  });
});
