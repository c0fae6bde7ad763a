import type { Observable } from 'rxjs';
import { concat, EMPTY, NEVER, of, Subject, take, throwError } from 'rxjs';
import type { Batches, Row, Version } from '../lib/index.ts';
import { backoff, DuplicateKeyError, MemoryTable, ReadTimeoutError, RowError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only } from './support/supervised.ts';

const boom = new Error('boom');
type Rows = Row<string, number>[];

/** A table of which each full read is the next of the given ones, and then the last again. */
const tableOf = (...reads: (() => Batches<Row<string, number>>)[]) => ({
  get: (_key: string): Observable<number | undefined> => EMPTY,
  entries: () => (reads.length > 1 ? reads.shift()! : reads[0]!)(),
});
const process = () => NEVER;
const delays = (key: string, ...attempts: number[]) => attempts.map((attempt) => backoff()(attempt, undefined, key));

describe('full reads', () => {
  it(
    'happen at the start and on every tick of the interval',
    marbles(({ flush }) => {
      const rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(
        tableOf(() => rows),
        { process, interval: 10_000 },
      );
      const events = eventsOf(supervisor);
      at(12_000, () => rows.set('b', 1));
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '20s SR  35s' });
      flush();
      expect(only(events, 'reconciled').map(({ at, trigger }) => [at, trigger])).toEqual([
        [0, 'initial'],
        [10_000, 'interval'],
        [20_000, 'interval'],
        [30_000, 'interval'],
      ]);
      expect(only(events, 'starting')[1]).toMatchObject({ key: 'b', cause: 'interval' });
    }),
  );

  it(
    'happen every 60 s by default, and never where interval is Infinity',
    marbles(({ flush }) => {
      const reads = { byDefault: 0, never: 0 };
      const counting = (name: keyof typeof reads) => tableOf(() => (reads[name]++, []));
      const byDefault = new Supervisor(counting('byDefault'), { process });
      const never = new Supervisor(counting('never'), { process, interval: Infinity });
      expectLanes(byDefault.run(), '5m').toBe({});
      expectLanes(never.run(), '5m').toBe({});
      flush();
      expect(reads).toEqual({ byDefault: 6, never: 1 });
    }),
  );

  it(
    'happen at the ticks of an Observable',
    marbles(({ hot, flush, expectSubscriptions }) => {
      const ticks = hot('2s x 4s x');
      const supervisor = new Supervisor(
        tableOf(() => []),
        { process, interval: ticks },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(), '9s').toBe({});
      expectSubscriptions(ticks.subscriptions).toBe('^ 9s !');
      flush();
      expect(only(events, 'reconciled').map((event) => event.at)).toEqual([0, 2_000, 6_001]);
    }),
  );

  it(
    'go on without ticks when their Observable errors, which is an event',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(
        tableOf(() => [['a', 1]]),
        { process, interval: cold('2s #', {}, boom) },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  9s' });
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ operation: 'interval', error: boom, at: 2_000 }]);
    }),
  );

  it(
    'happen on reconcile(), which emits the summary of the pass',
    marbles(({ cold, expectObservable }) => {
      const rows = new Map([
        ['same', 1],
        ['changed', 1],
        ['gone', 1],
      ]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => cold('500ms (x|)', { x: [...rows] }) },
        { process, interval: Infinity },
      );
      at(2_000, () => {
        rows.delete('gone');
        rows.set('changed', 2).set('new', 1);
      });
      expectLanes(supervisor.run()).toBe({
        same: '500ms SR',
        changed: '500ms SR  3500ms GESR',
        gone: '500ms SR  3500ms GE.',
        new: '3500ms SR  9s',
      });
      expectObservable(concat(cold<never>('3s |'), supervisor.reconcile())).toBe('3500ms (x|)', {
        x: {
          ...{ type: 'reconciled', at: 3_500, trigger: 'request', rows: 3, started: 1, stopped: 1, restarted: 1 },
          ...{ updated: 0, took: 500, complete: true },
        },
      });
    }),
  );

  it(
    'never overlap: a tick during one is dropped, anything else during one makes exactly one more follow',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const entries = cold<Rows>('2500ms (x|)', { x: [] });
      const changes = new Subject<'all'>();
      const supervisor = new Supervisor({ ...tableOf(() => entries), changes }, { process, interval: 1_100 });
      let answers = 0;
      at(500, () => changes.next('all'));
      at(700, () => changes.next('all'));
      at(800, () => supervisor.reconcile().subscribe(() => answers++));
      at(900, () => supervisor.reconcile().subscribe(() => answers++));
      expectLanes(supervisor.run(), '7s').toBe({});
      expectSubscriptions(entries.subscriptions).toBe(['^ 2499ms !', '2500ms ^ 2499ms !', '5500ms ^ 1500ms !']);
      flush();
      expect(answers).toBe(2);
    }),
  );

  it(
    'that fail are an event and are tried again after backoff(), and processes live on',
    marbles(({ flush }) => {
      const [first, second] = delays('entries', 1, 2) as [number, number];
      const reads: (() => Rows)[] = [
        () => [['a', 1]],
        () => {
          throw boom;
        },
        () => {
          throw boom;
        },
        () => [['a', 2]],
      ];
      const supervisor = new Supervisor(tableOf(...reads), { process, interval: Infinity });
      const events = eventsOf(supervisor);
      at(10_000, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run()).toBe({ a: `0 SR  ${10_000 + first + second}ms GESR` });
      flush();
      expect(only(events, 'table-failed').map(({ at, operation, error }) => [at, operation, error])).toEqual([
        [10_000, 'entries', boom],
        [10_000 + first, 'entries', boom],
      ]);
      expect(only(events, 'reconciled').map(({ complete }) => complete)).toEqual([true, false, false, true]);
    }),
  );

  it(
    'that fail are tried again at the latest at the next tick',
    marbles(({ flush }) => {
      const reads: (() => Batches<Row<string, number>>)[] = [() => throwError(() => boom), () => [['a', 1]]];
      const supervisor = new Supervisor(tableOf(...reads), { process, interval: 100 });
      expectLanes(supervisor.run()).toBe({ a: '100ms SR' });
      flush();
    }),
  );

  it(
    'have failed when they take longer than readTimeout, and are unsubscribed',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const entries = cold<Rows>('x', { x: [['a', 1]] });
      const supervisor = new Supervisor(
        tableOf(() => entries),
        { process, readTimeout: 2_000, interval: Infinity },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      expectSubscriptions(entries.subscriptions).toBe('^ 1999ms !');
      flush();
      expect(only(events, 'table-failed')).toMatchObject([
        { at: 2_000, error: new ReadTimeoutError('entries', 2_000) },
      ]);
    }),
  );

  it(
    'act on each row as it comes',
    marbles(({ cold }) => {
      const entries = cold<Rows>('1s a 999ms b 999ms |', { a: [['a', 1]], b: [['b', 1]] });
      expectLanes(
        new Supervisor(
          tableOf(() => entries),
          { process },
        ).run(),
      ).toBe({ a: '1s SR', b: '2s SR' });
    }),
  );
});

describe('a complete full read', () => {
  it(
    'has live keys that were not in it read again by key, and those still absent stopped',
    marbles(({ cold, flush }) => {
      const gets: string[] = [];
      const table = {
        ...tableOf(
          () => [
            ['a', 1],
            ['b', 1],
          ],
          () => [],
        ),
        get: (key: string) => {
          gets.push(key);
          return cold<number>(key === 'a' ? '200ms (x|)' : '300ms |', { x: 1 });
        },
      };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '0 SR  5300ms GE.  9s' });
      flush();
      expect(gets).toEqual(['a', 'b']);
      expect(only(events, 'reconciled')[1]).toMatchObject({ at: 5_300, stopped: 1, complete: true, took: 300 });
    }),
  );

  it(
    'stops nothing where the read by key fails, and isn’t complete then',
    marbles(({ flush }) => {
      const table = {
        ...tableOf(
          () => [['a', 1]],
          () => [],
        ),
        get: () => throwError(() => boom),
      };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s' });
      flush();
      expect(only(events, 'reconciled')[1]).toMatchObject({ stopped: 0, complete: false });
      expect(only(events, 'table-failed')[0]).toMatchObject({ operation: 'get', error: boom });
    }),
  );
});

describe('a full read that isn’t complete', () => {
  const both: Rows = [
    ['a', 1],
    ['b', 1],
  ];
  it.each<[string, string, () => Batches<Row<string, number>>]>([
    [
      'fails half-way',
      '0 SR  10s GESR',
      function* () {
        yield ['a', 2];
        throw boom;
      },
    ],
    ['times out half-way', '0 SR  10s GESR', () => concat(of<Rows>([['a', 2]]), NEVER)],
    ['has a row that is malformed', '0 SR  10s GESR', () => [['a', 2], 'b' as unknown as Row<string, number>]],
    ['is of no rows at all', '0 SR', () => 7 as unknown as Rows],
  ])('and %s stops nothing for being absent, while what was read is used', (_, lane, read) =>
    marbles(({ flush }) => {
      const supervisor = new Supervisor(
        tableOf(() => both, read),
        { process, interval: 10_000, readTimeout: 1_000 },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: lane, b: '0 SR  11s' });
      flush();
      expect(only(events, 'reconciled')[1]).toMatchObject({ complete: false, stopped: 0 });
      expect(only(events, 'table-failed').length).toBeGreaterThan(0);
    })(),
  );
});

describe('bad rows', () => {
  it(
    'count as present: the event is row-failed, the process keeps the last good row, the pass goes on',
    marbles(({ flush }) => {
      const bad: Rows = [
        ['a', new RowError(boom)],
        ['b', 2],
      ];
      const supervisor = new Supervisor(
        tableOf(
          () => [
            ['a', 1],
            ['b', 1],
          ],
          () => bad,
        ),
        { process, interval: 5_000 },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '0 SR  5s GESR' });
      flush();
      expect(only(events, 'row-failed')).toEqual([{ type: 'row-failed', at: 5_000, key: 'a', error: boom }]);
      expect(only(events, 'reconciled')[1]).toMatchObject({ complete: true, rows: 2, restarted: 1 });
      expect(supervisor.statuses().size).toBe(0);
    }),
  );

  it(
    'start nothing and have no status',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(
        tableOf(() => [['a', new RowError(boom)]]),
        { process },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(), '1s').toBe({});
      flush();
      expect(only(events, 'row-failed')).toHaveLength(1);
    }),
  );

  it(
    'of a key that comes twice: the first counts, and a row-failed says so',
    marbles(({ flush }) => {
      const twice: Rows = [
        ['a', 1],
        ['a', 2],
        ['b', new RowError(boom)],
        ['b', 2],
      ];
      const supervisor = new Supervisor(
        tableOf(() => twice),
        { process },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR' });
      flush();
      expect(only(events, 'starting')).toMatchObject([{ value: 1 }]);
      expect(only(events, 'row-failed')).toMatchObject([
        { key: 'a', error: { code: 'DUPLICATE_KEY' } },
        { key: 'b', error: boom },
        { key: 'b', error: { code: 'DUPLICATE_KEY' } },
      ]);
    }),
  );

  it(
    'without a value are bad, not absent',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(
        tableOf(
          () => [['a', 1]],
          () => [['a', undefined as unknown as number]],
        ),
        { process, interval: 1_000 },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s' });
      flush();
      expect(only(events, 'row-failed')).toMatchObject([{ key: 'a', error: { code: 'INVALID_ROW' } }]);
    }),
  );
});

describe('versions', () => {
  it(
    'that are equal mean an unchanged row, and nothing else is compared',
    marbles(() => {
      const supervisor = new Supervisor(
        tableOf(
          () => [['a', 1, 7]],
          () => [['a', 2, 7]],
          () => [['a', 2, 8]],
        ),
        { process, interval: 1_000 },
      );
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s GESR' });
    }),
  );

  it(
    'that differ mean a changed row only where the value differs too',
    marbles(() => {
      const supervisor = new Supervisor(
        tableOf(
          () => [['a', 1, 7]],
          () => [['a', 1, 8]],
        ),
        { process, interval: 1_000 },
      );
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s' });
    }),
  );

  const versioned = (rows: Map<string, [number, Version]>, log: unknown[]) => ({
    get: () => EMPTY,
    entries: () => {
      log.push('entries');
      return [...rows].map(([key, [value, version]]) => [key, value, version] as const);
    },
    versions: () => {
      log.push('versions');
      return [...rows].map(([key, [, version]]) => [key, version] as const);
    },
    getMany: (keys: readonly string[]) => {
      log.push(['getMany', ...keys]);
      return keys.filter((key) => rows.has(key)).map((key) => [key, ...rows.get(key)!] as const);
    },
  });

  it(
    'are read instead of the rows after the first time, and only new and changed rows are fetched',
    marbles(({ flush }) => {
      const rows = new Map<string, [number, Version]>([
        ['same', [1, 'v1']],
        ['changed', [1, 'v1']],
        ['gone', [1, 'v1']],
      ]);
      const log: unknown[] = [];
      const supervisor = new Supervisor(versioned(rows, log), { process, interval: 1_000 });
      const events = eventsOf(supervisor);
      at(500, () => rows.set('changed', [2, 'v2']).set('new', [1, 'v1']).delete('gone'));
      expectLanes(supervisor.run()).toBe({
        same: '0 SR',
        changed: '0 SR  1s GESR',
        gone: '0 SR  1s GE.',
        new: '1s SR  2s',
      });
      flush();
      expect(log).toEqual(['entries', 'versions', ['getMany', 'changed', 'new', 'gone'], 'versions']);
      expect(only(events, 'reconciled')[1]).toMatchObject({ rows: 3, started: 1, restarted: 1, stopped: 1 });
    }),
  );

  it(
    'are read only once the rows were read completely',
    marbles(({ flush }) => {
      const rows = new Map<string, [number, Version]>([['a', [1, 'v1']]]);
      const log: unknown[] = [];
      const table = versioned(rows, log);
      let fail = true;
      const entries = () => {
        const read = table.entries();
        if (fail) throw boom;
        return read;
      };
      at(500, () => (fail = false));
      const supervisor = new Supervisor({ ...table, entries }, { process, interval: 100 });
      expectLanes(supervisor.run(), '710ms').toBe({ a: '500ms SR' });
      flush();
      expect(log.slice(-3)).toEqual(['entries', 'versions', 'versions']);
    }),
  );
});

describe('versions that can’t be read', () => {
  it(
    'are a table-failed of that operation',
    marbles(({ cold, flush }) => {
      const table = {
        ...tableOf(() => [['a', 1, 7]] as const),
        getMany: (): Rows => [['a', 1, 7]],
        versions: () => cold<(readonly [string, Version])[]>('-'),
      };
      const supervisor = new Supervisor(table, { process, interval: Infinity, readTimeout: 2_000 });
      const events = eventsOf(supervisor);
      at(1_000, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s' });
      flush();
      expect(only(events, 'table-failed')).toEqual([
        { type: 'table-failed', at: 3_000, operation: 'versions', error: new ReadTimeoutError('versions', 2_000) },
      ]);
    }),
  );

  it(
    'aren’t asked for after a read of the rows in which one was malformed',
    marbles(({ flush }) => {
      const log: string[] = [];
      const reads: Rows[] = [[['a', 1, 7], 'b' as unknown as Rows[number]], [['a', 1, 7]]];
      const table = {
        ...tableOf(() => (log.push('entries'), reads.shift()!)),
        getMany: (): Rows => [],
        versions: () => (log.push('versions'), [['a', 7]] as const),
      };
      expectLanes(new Supervisor(table, { process, interval: 1_000 }).run(), '2500ms').toBe({ a: '0 SR' });
      flush();
      expect(log).toEqual(['entries', 'entries', 'versions']);
    }),
  );
});

describe('a full read in which the run ends', () => {
  it('has no summary', () => {
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process });
    const events = eventsOf(supervisor);
    const run = supervisor.run().pipe(take(1)).subscribe();
    expect(run.closed).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['starting', 'shutdown', 'stopping', 'stopped', 'down']);
  });
});

describe('a scan that races with notifications', () => {
  it(
    'doesn’t undo a change that was announced while it ran: a touched key is judged by a fresh read',
    marbles(({ cold }) => {
      const rows = new Map([
        ['kept', 1],
        ['deleted', 1],
      ]);
      const changes = new Subject<string[]>();
      const table = {
        get: (key: string) => of(rows.get(key)),
        entries: () => cold('1s (x|)', { x: [...rows] }),
        changes,
      };
      at(5_500, () => {
        rows.set('kept', 2).set('added', 1).delete('deleted');
        changes.next(['kept', 'added', 'deleted']);
      });
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      expectLanes(supervisor.run()).toBe({
        kept: '1s SR  5500ms GESR',
        deleted: '1s SR  5500ms GE.',
        added: '5500ms SR  9s',
      });
    }),
  );

  it(
    'leaves a touched key to its own read, also while that is slow',
    marbles(({ cold }) => {
      const rows = new Map([['a', 1]]);
      const changes = new Subject<string[]>();
      const table = {
        get: (key: string) => cold('3s (x|)', { x: rows.get(key) }),
        entries: () => cold('1s (x|)', { x: [...rows] }),
        changes,
      };
      at(5_500, () => {
        rows.set('a', 2);
        changes.next(['a']);
      });
      expectLanes(new Supervisor(table, { process, interval: 5_000 }).run()).toBe({ a: '1s SR  8500ms GESR  20s' });
    }),
  );

  it(
    'leaves a key to the newer read of it that follows one that was under way when the scan began',
    marbles(({ cold }) => {
      const rows = new Map([['a', 1]]);
      const changes = new Subject<string[]>();
      const table = {
        get: (key: string) => cold('1s (x|)', { x: rows.get(key) }),
        entries: () => cold('2s (x|)', { x: [...rows] }),
        changes,
      };
      const supervisor = new Supervisor(table, { process, interval: Infinity });
      at(5_000, () => changes.next(['a']));
      at(5_500, () => supervisor.reconcile().subscribe());
      at(5_800, () => rows.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '2s SR  7s GESR  20s' });
    }),
  );

  it(
    'doesn’t stop a key that a command has started while it ran',
    marbles(({ cold }) => {
      const rows = new Map<string, number>();
      const table = { get: (key: string) => of(rows.get(key)), entries: () => cold('1s (x|)', { x: [...rows] }) };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      at(5_500, () => {
        rows.set('a', 1);
        supervisor.start('a').subscribe();
      });
      expectLanes(supervisor.run()).toBe({ a: '5500ms SR  20s' });
    }),
  );

  it(
    'doesn’t give back to a held key the row that it had when the scan began',
    marbles(({ cold }) => {
      const rows = new Map([['a', 1]]);
      const table = { get: (key: string) => of(rows.get(key)), entries: () => cold('1s (x|)', { x: [...rows] }) };
      const supervisor = new Supervisor(table, { process, interval: 5_000 });
      at(5_500, () => {
        rows.set('a', 2);
        supervisor.stop('a').subscribe();
      });
      expectLanes(supervisor.run()).toBe({ a: '1s SR  5500ms GEHSR  20s' });
    }),
  );
});

describe('full reads of a MemoryTable', () => {
  it(
    'follow a table that was cleared',
    marbles(({ flush }) => {
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      const supervisor = new Supervisor(table, { process });
      const events = eventsOf(supervisor);
      at(1_000, () => table.clear());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GE.', b: '0 SR  1s GE.' });
      flush();
      expect(only(events, 'reconciled')[1]).toMatchObject({ trigger: 'change', stopped: 2, rows: 0 });
    }),
  );
});

describe('a full read of versions', () => {
  it(
    'says row-failed of a known key that it gives twice',
    marbles(({ flush }) => {
      const table = {
        ...tableOf(() => [['a', 1, 7]] as const),
        getMany: (): Rows => [['a', 1, 7]],
        versions: (): (readonly [string, Version])[] => [
          ['a', 7],
          ['a', 7],
        ],
      };
      const supervisor = new Supervisor(table, { process, interval: Infinity });
      const events = eventsOf(supervisor);
      at(1_000, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      flush();
      expect(only(events, 'row-failed')).toEqual([
        { type: 'row-failed', at: 1_000, key: 'a', error: expect.any(DuplicateKeyError) as unknown },
      ]);
    }),
  );

  it(
    'is the cause with which a key starts that it finds',
    marbles(({ flush }) => {
      const rows = new Map<string, number>([['a', 1]]);
      const versionsOf = (keys: Iterable<string>): Rows => [...keys].map((key) => [key, rows.get(key)!, 7] as const);
      const table = {
        ...tableOf(() => versionsOf(rows.keys())),
        getMany: (keys: readonly string[]) => versionsOf(keys.filter((key) => rows.has(key))),
        versions: () => [...rows.keys()].map((key) => [key, 7] as const),
      };
      const supervisor = new Supervisor(table, { process, interval: 10_000 });
      const events = eventsOf(supervisor);
      at(5_000, () => rows.set('b', 1));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  12s', b: '10s SR' });
      flush();
      expect(only(events, 'starting').map(({ key, cause }) => [key, cause])).toEqual([
        ['a', 'initial'],
        ['b', 'interval'],
      ]);
    }),
  );
});

describe('the summary of a full read', () => {
  it(
    'does not count as started a changed row that only shortened a wait',
    marbles(({ cold, flush }) => {
      const rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(
        tableOf(() => rows),
        { process: () => (rows.get('a') === 1 ? cold('1s #') : NEVER), restart: { delay: 60_000 }, interval: Infinity },
      );
      const events = eventsOf(supervisor);
      at(1_500, () => {
        rows.set('a', 2);
        supervisor.reconcile().subscribe();
      });
      expectLanes(supervisor.run(), '1900ms').toBe({ a: '0 SR  1s XB  1500ms B' });
      flush();
      expect(only(events, 'reconciled').map(({ at, started }) => [at, started])).toEqual([
        [0, 1],
        [1_500, 0],
      ]);
    }),
  );
});
