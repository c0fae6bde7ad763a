import type { Subscriber } from 'rxjs';
import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import type { Row, Version } from '../lib/index.ts';
import { Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only } from './support/supervised.ts';

const boom = new Error('boom');
const process = () => NEVER;
type Rows = Row<string, number>[];

describe('a row that is none', () => {
  it(
    'is said with what a full read expected: rows of entries(), pairs of versions(), and a value for each row',
    marbles(({ flush }) => {
      const reads: Rows[] = [['b' as unknown as Row<string, number>], [['a', undefined as unknown as number, 7]]];
      const table = {
        get: () => of(undefined),
        getMany: (): Rows => [],
        entries: () => reads.shift()!,
        versions: () => [['a'] as unknown as readonly [string, Version]],
      };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(), '12s').toBe({});
      flush();
      const said = only(events, 'table-failed', 'row-failed').map(({ at, error }) => [at, (error as Error).message]);
      expect(said).toEqual([
        [0, 'The table\'s entries was expected to give rows [key, value, version?], but gave a string "b".'],
        [5_000, "The table's entries was expected to give a value for each row, but gave undefined."],
        [10_000, "The table's versions was expected to give pairs [key, version], but gave an array of 1."],
      ]);
    }),
  );
});

describe('a key that is touched while a full read runs', () => {
  it(
    'leaves all others to that read',
    marbles(({ cold }) => {
      const rows = new Map([
        ['touched', 1],
        ['changed', 1],
        ['gone', 1],
      ]);
      const changes = new Subject<string[]>();
      const table = {
        get: (key: string) => of(rows.get(key)),
        entries: () => cold('1s (x|)', { x: [...rows] }),
        changes,
      };
      at(4_000, () => rows.set('changed', 2).set('new', 1).delete('gone'));
      at(5_500, () => changes.next(['touched']));
      expectLanes(new Supervisor(table, { process, interval: 5_000 }).run()).toBe({
        touched: '1s SR',
        changed: '1s SR  6s GESR',
        gone: '1s SR  6s GE.',
        new: '6s SR  8s',
      });
    }),
  );

  it(
    'isn’t fetched once more where that is a read of versions',
    marbles(({ cold, flush }) => {
      const rows = new Map<string, [number, Version]>([['a', [1, 'v1']]]);
      const changes = new Subject<string[]>();
      const fetched: (readonly string[])[] = [];
      const table = {
        get: () => of(undefined),
        getMany: (keys: readonly string[]) => {
          fetched.push(keys);
          return keys.map((key) => [key, ...rows.get(key)!] as const);
        },
        entries: () => [...rows].map(([key, row]) => [key, ...row] as const),
        versions: () => cold('1s (x|)', { x: [...rows].map(([key, [, version]]) => [key, version] as const) }),
        changes,
      };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      at(5_500, () => {
        rows.set('a', [2, 'v2']);
        changes.next(['a']);
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5500ms GESR  8s' });
      flush();
      expect(fetched).toEqual([['a']]);
    }),
  );
});

describe('a row that is the very same as before', () => {
  it(
    'starts what has waited long enough, also where its own read fails',
    marbles(() => {
      const rows = new Map([['a', { port: 80 }]]);
      let tries = 0;
      const table = { get: () => throwError(() => boom), entries: () => rows };
      const supervisor = new Supervisor(table, {
        process: () => (tries++ === 0 ? throwError(() => boom) : NEVER),
        restart: { delay: 1_000 },
        interval: 1_250,
      });
      // What failed at 1 s would be read again after more than half a second.
      expectLanes(supervisor.run()).toBe({ a: '0 SXB  1250ms SR  8s' });
    }),
  );

  it(
    'is there again where it was gone for as long as a teardown ran',
    marbles(() => {
      const row = { port: 80 };
      const rows = new Map([['a', row]]);
      const ends: Subscriber<never>[] = [];
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        {
          process: () =>
            new Observable<never>((subscriber) => {
              ends.push(subscriber);
              return () => {
                if (ends.length > 1) return;
                rows.delete('a');
                supervisor.reconcile().subscribe();
                rows.set('a', row);
                supervisor.reconcile().subscribe();
              };
            }),
          restart: { when: 'never' },
        },
      );
      at(2_000, () => ends[0]?.complete());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s CB  2001ms SR  8s' });
    }),
  );

  it(
    'has the version that it came with last',
    marbles(() => {
      const row = { port: 80 };
      const reads = [
        [['a', row, 'v1']],
        [['a', row, 'v2']],
        [['a', { port: 8_080 }, 'v2']], // unchanged, says the version
        [['a', { port: 8_080 }, 'v3']],
      ] as const;
      let read = 0;
      const supervisor = new Supervisor(
        { get: () => of(row), entries: () => reads[read++]! },
        { process, interval: 1_000 },
      );
      expectLanes(supervisor.run(), '3500ms').toBe({ a: '0 SR  3s GESR' });
    }),
  );

  it(
    'is the second of its key, and said to be that',
    marbles(({ flush }) => {
      const row = { port: 80 };
      const supervisor = new Supervisor(
        {
          get: () => of(row),
          entries: (): [string, typeof row][] => [
            ['a', row],
            ['a', row],
          ],
        },
        { process, interval: 5_000 },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(), '6s').toBe({ a: '0 SR' });
      flush();
      expect(only(events, 'row-failed').map(({ at, error }) => [at, (error as Error).name])).toEqual([
        [0, 'DuplicateKeyError'],
        [5_000, 'DuplicateKeyError'],
      ]);
      expect(only(events, 'reconciled').map(({ rows }) => rows)).toEqual([2, 2]);
    }),
  );
});

describe('the summary of a full read', () => {
  it(
    'counts as stopped also a key that has gone while it waited, rested or was held',
    marbles(({ cold, flush }) => {
      const rows = new Map([
        ['waits', 1],
        ['rests', 2],
        ['held', 3],
        ['stays', 4],
      ]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        {
          process: (row) => (row === 1 ? throwError(() => boom) : row === 2 ? cold('1s |') : NEVER),
          restart: { when: 'on-failure', delay: 60_000 },
          interval: 5_000,
        },
      );
      const events = eventsOf(supervisor);
      at(1_000, () => supervisor.stop('held').subscribe());
      at(2_000, () => ['waits', 'rests', 'held'].forEach((key) => rows.delete(key)));
      expectLanes(supervisor.run()).toBe({
        waits: '0 SXB  5s .',
        rests: '0 SR  1s C  5s .',
        held: '0 SR  1s GEH  5s .',
        stays: '0 SR  8s',
      });
      flush();
      expect(only(events, 'reconciled')).toEqual([
        {
          ...{ type: 'reconciled', at: 0, trigger: 'initial', rows: 4, started: 4, stopped: 0, restarted: 0 },
          ...{ updated: 0, took: 0, complete: true },
        },
        {
          ...{ type: 'reconciled', at: 5_000, trigger: 'interval', rows: 1, started: 0, stopped: 3, restarted: 0 },
          ...{ updated: 0, took: 0, complete: true },
        },
      ]);
    }),
  );
});
