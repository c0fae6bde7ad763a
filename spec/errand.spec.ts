import { NEVER } from 'rxjs';
import { resolveSettings } from '../lib/settings.ts';
import { Slots } from '../lib/slots.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, oneAtATime, only } from './support/supervised.ts';

describe('a slot', () => {
  it(
    'whose process never began has no failure to remember: stopped while it was queued, and changed, it is on its first try',
    marbles(({ cold, flush }) => {
      const { table, supervisor } = oneAtATime(cold('1s |'));
      const events = eventsOf(supervisor);
      at(500, () => supervisor.stop('b').subscribe());
      at(2_000, () => table.set('b', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R', b: '0 Q  500ms H  2s S  3s R' });
      flush();
      expect(only(events, 'starting').map(({ key, attempt }) => [key, attempt])).toEqual([
        ['a', 1],
        ['b', 1],
      ]);
    }),
  );

  it('has nothing to remember once its process is up, also when that had to wait', () => {
    const slots = new Slots(resolveSettings<string, number>({ process: () => NEVER, startConcurrency: 1 }));
    slots.open = true;
    slots.gate.enter({} as never, false);
    slots.saw('a', 1, undefined, 'change');
    const slot = slots.byKey.get('a')!;
    expect([slot.state, slot.errandIfAny]).toEqual(['queued', expect.anything()]);
    slots.gate.leave();
    slots.leftGate();
    expect([slot.state, slot.errandIfAny]).toEqual(['running', undefined]);
  });
});
