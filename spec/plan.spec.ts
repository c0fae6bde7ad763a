import { concat, EMPTY, NEVER, of, throwError } from 'rxjs';
import type { Row } from '../lib/index.ts';
import { InvalidRowError, MemoryTable, RowError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource } from './support/supervised.ts';

const boom = new Error('boom');

describe('plan', () => {
  it(
    'emits what a reconciliation would do, and does nothing',
    marbles(({ cold, expectObservable, flush }) => {
      const rows = new Map<string, number>([
        ['same', 1],
        ['changed', 1],
        ['updated', 1],
        ['gone', 1],
        ['held', 1],
      ]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        {
          process: (_, { rows$ }) => (rows$.subscribe(), NEVER),
          onChange: (_previous, next) => (next === 2 ? 'restart' : 'update'),
          interval: Infinity,
        },
      );
      const events = eventsOf(supervisor);
      at(1_000, () => supervisor.stop('held').subscribe());
      at(2_000, () => {
        rows.delete('gone');
        rows.set('changed', 2).set('updated', 3).set('new', 1).set('held', 2);
      });
      const lane = '0 SR  5s';
      expectLanes(supervisor.run()).toBe({
        ...{ same: lane, changed: lane, updated: lane, gone: lane, held: '0 SR  1s GEH' },
      });
      expectObservable(concat(cold<never>('3s |'), supervisor.plan())).toBe('3s (x|)', {
        x: { start: ['held', 'new'], stop: ['gone'], restart: ['changed'], update: ['updated'], unchanged: 1 },
      });
      flush();
      expect(only(events, 'reconciled')).toHaveLength(1);
    }),
  );

  it(
    'says stop of a key that waits or rests and has no row any more, and leaves alone what is being stopped',
    marbles(({ cold, expectObservable }) => {
      const rows = new Map([
        ['waits', 1],
        ['stopping', 2],
      ]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        {
          process: (row) => (row === 1 ? cold('1s #') : resource(EMPTY, cold('4s |'))),
          restart: { delay: 9_000 },
          interval: Infinity,
        },
      );
      at(1_000, () => supervisor.stop('stopping').subscribe());
      at(2_000, () => rows.delete('waits') && rows.set('stopping', 3));
      expectLanes(supervisor.run()).toBe({ waits: '0 SR  1s XB', stopping: '0 SR  1s G  4s' });
      expectObservable(concat(cold<never>('3s |'), supervisor.plan())).toBe('3s (x|)', {
        x: { start: [], stop: ['waits'], restart: [], update: [], unchanged: 1 },
      });
    }),
  );

  it(
    'counts bad rows as unchanged, and the first of a key that comes twice',
    marbles(({ cold, expectObservable }) => {
      const rows: Row<string, number>[] = [
        ['a', new RowError(boom)],
        ['b', 1],
        ['b', 2],
        ['c', undefined as unknown as number],
      ];
      const supervisor = new Supervisor(
        { get: () => of(1), entries: () => (reads++ === 0 ? [] : rows) },
        { process: () => NEVER },
      );
      let reads = 0;
      expectLanes(supervisor.run(), '2s').toBe({});
      expectObservable(concat(cold<never>('1s |'), supervisor.plan())).toBe('1s (x|)', {
        x: { start: ['b'], stop: [], restart: [], update: [], unchanged: 2 },
      });
    }),
  );

  it(
    'errors when the read fails, or has a malformed row',
    marbles(({ cold, expectObservable, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const reads = [() => table.entries(), () => throwError(() => boom), () => [7 as unknown as Row<string, number>]];
      const supervisor = new Supervisor(
        { get: () => of(1), entries: () => reads.shift()!() },
        { process: () => NEVER },
      );
      const log: unknown[] = [];
      at(2_000, () => supervisor.plan().subscribe({ error: (error: unknown) => log.push(error) }));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s' });
      expectObservable(concat(cold<never>('1s |'), supervisor.plan())).toBe('1s #', {}, boom);
      flush();
      expect(log).toEqual([new InvalidRowError('entries', 'rows [key, value, version?]', 7)]);
    }),
  );

  it(
    'reads on its own, after a full read that is under way',
    marbles(({ cold, expectSubscriptions }) => {
      const entries = cold<Row<string, number>[]>('2s (x|)', { x: [] });
      const supervisor = new Supervisor({ get: () => of(1), entries: () => entries }, { process: () => NEVER });
      at(1_000, () => supervisor.plan().subscribe());
      expectLanes(supervisor.run(), '5s').toBe({});
      expectSubscriptions(entries.subscriptions).toBe(['^ 1999ms !', '2s ^ 1999ms !']);
    }),
  );
});
