import { NEVER, Subject } from 'rxjs';
import { MemoryTable, Supervisor } from '../lib/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, oneAtATime, only, stubborn } from './support/supervised.ts';

const process = () => NEVER;

/** A table with one row, and how often it was read in full. */
function counted() {
  const counted = { reads: 0, get: () => NEVER, entries: () => (counted.reads++, [['a', 1] as const]) };
  return counted;
}

describe('a shutdown', () => {
  it(
    'is said once, though it is forced on the way',
    marbles(({ cold, flush }) => {
      const force = new AbortController();
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => stubborn(cold('5s |')) });
      const events = eventsOf(supervisor);
      supervisor.run(cold('1s |'), { force: force.signal }).subscribe();
      at(2_000, () => force.abort());
      flush();
      expect(only(events, 'shutdown', 'down')).toMatchObject([
        { type: 'shutdown', at: 1_000 },
        { type: 'down', at: 4_000 },
      ]);
    }),
  );

  it(
    'gives what has been forced already no more time by being forced itself',
    marbles(({ cold, flush }) => {
      const force = new AbortController();
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => stubborn(cold('9s |')) });
      const events = eventsOf(supervisor);
      supervisor.run(cold('2s |'), { force: force.signal }).subscribe();
      at(1_000, () => supervisor.stop('a', { within: 0 }).subscribe({ error: () => undefined }));
      at(2_500, () => force.abort());
      flush();
      expect(only(events, 'stuck', 'down').map(({ type, at: time }) => [type, time])).toEqual([
        ['stuck', 3_000],
        ['down', 3_000],
      ]);
    }),
  );

  it(
    'comes before a tick of the interval that waits for its turn, which then reads nothing',
    marbles(({ flush }) => {
      const table = counted();
      const interval = new Subject<void>();
      const running = new Subject<never>();
      const supervisor = new Supervisor(table, { process, interval });
      supervisor.run(running).subscribe();
      at(1_000, () => {
        supervisor.events.subscribe(({ type }) => {
          if (type !== 'reconciled') return;
          running.complete();
          interval.next();
        });
        supervisor.reconcile().subscribe({ error: () => undefined });
      });
      flush();
      expect(table.reads).toBe(2);
    }),
  );

  it(
    'comes before an error of the interval that waits for its turn, which is no news then',
    marbles(({ flush }) => {
      const interval = new Subject<void>();
      const running = new Subject<never>();
      const supervisor = new Supervisor(counted(), { process, interval });
      const events = eventsOf(supervisor);
      supervisor.run(running).subscribe();
      at(1_000, () => {
        supervisor.events.subscribe(({ type }) => {
          if (type !== 'reconciled') return;
          running.complete();
          interval.error(new Error('no clock'));
        });
        supervisor.reconcile().subscribe({ error: () => undefined });
      });
      flush();
      expect(only(events, 'table-failed')).toEqual([]);
    }),
  );

  it(
    'starts nothing of what waits to be started when others make room',
    marbles(({ cold, flush }) => {
      const { supervisor } = oneAtATime(cold('9s |'));
      const events = eventsOf(supervisor);
      const running = new Subject<never>();
      supervisor.run(running).subscribe();
      at(2_000, () => running.complete());
      flush();
      expect(only(events, 'starting').map(({ key }) => key)).toEqual(['a']);
      expect(only(events, 'down')).toMatchObject([{ at: 2_000 }]);
    }),
  );
});
