import { asyncScheduler, EMPTY, NEVER, of, Subject, take, throwError } from 'rxjs';
import type { Row } from '../lib/index.ts';
import { backoff, RowError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only } from './support/supervised.ts';

const boom = new Error('boom');
const process = () => NEVER;
const options = { process, interval: Infinity };

describe('keyed reads with getMany', () => {
  it(
    'collect further keys, each once, while one is in flight, and form the next of them',
    marbles(({ cold, flush }) => {
      const rows = new Map<string, number>();
      const changes = new Subject<string[]>();
      const asked: unknown[] = [];
      const getMany = (keys: readonly string[]) => {
        asked.push(keys);
        return cold('1s (x|)', { x: keys.filter((key) => rows.has(key)).map((key) => [key, rows.get(key)!] as const) });
      };
      const supervisor = new Supervisor({ get: () => EMPTY, entries: () => [], getMany, changes }, options);
      at(1_000, () => {
        for (const key of ['a', 'b', 'c']) rows.set(key, 1);
        changes.next(['a']);
      });
      at(1_200, () => changes.next(['b', 'c']));
      at(1_400, () => changes.next(['c', 'b']));
      expectLanes(supervisor.run()).toBe({ a: '2s SR', b: '3s SR', c: '3s SR  9s' });
      flush();
      expect(asked).toEqual([['a'], ['b', 'c']]);
    }),
  );

  it(
    'have no row for a key that is left out',
    marbles(() => {
      const changes = new Subject<string[]>();
      const table = { get: () => NEVER, entries: (): Row<string, number>[] => [['a', 1]], getMany: () => [], changes };
      at(1_000, () => changes.next(['a']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR  1s GE.' });
    }),
  );

  it(
    'judge a key that is touched while it is read by the next read',
    marbles(({ cold }) => {
      const changes = new Subject<string[]>();
      const reads: [string, number][][] = [[['a', 2]], [['a', 1]]];
      const table = {
        get: () => EMPTY,
        entries: (): Row<string, number>[] => [['a', 1]],
        getMany: () => cold('1s (x|)', { x: reads.shift()! }),
        changes,
      };
      at(1_000, () => changes.next(['a']));
      at(1_500, () => changes.next(['a']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR  9s' });
    }),
  );

  it(
    'that fail keep their keys to be read again, after backoff()',
    marbles(({ flush }) => {
      const [delay] = [backoff()(1, undefined, 'get')];
      const changes = new Subject<string[]>();
      let failing = true;
      const table = {
        get: () => EMPTY,
        entries: (): Row<string, number>[] => [['a', 1]],
        getMany: (): Row<string, number>[] => {
          if (failing) throw boom;
          return [['b', 1]];
        },
        changes,
      };
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a', 'b']));
      at(1_001, () => (failing = false));
      expectLanes(supervisor.run()).toBe({ a: `0 SR  ${1_000 + delay}ms GE.`, b: `${1_000 + delay}ms SR` });
      flush();
      expect(only(events, 'table-failed')).toEqual([
        { type: 'table-failed', at: 1_000, operation: 'getMany', error: boom },
      ]);
    }),
  );

  it(
    'that have a malformed row, or fail half-way, remove nothing, while what was read is used',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const reads = [
        () => [['a', 2], 'b'] as unknown as Row<string, number>[],
        function* (): Generator<Row<string, number>> {
          yield ['a', 3];
          throw boom;
        },
      ];
      const table = {
        get: () => EMPTY,
        entries: (): Row<string, number>[] => [
          ['a', 1],
          ['b', 1],
        ],
        getMany: () => reads.shift()?.() ?? NEVER,
        changes,
      };
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a', 'b']));
      at(1_010, () => changes.next(['a', 'b']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GESR  1010ms GESR', b: '0 SR  3s' });
      flush();
      expect(only(events, 'table-failed').map(({ operation, error }) => [operation, String(error)])).toEqual([
        [
          'getMany',
          'InvalidRowError: The table\'s getMany was expected to give rows [key, value, version?], but gave a string "b".',
        ],
        ['getMany', 'Error: boom'],
      ]);
    }),
  );

  it(
    'count a row without a value as a bad one: its process keeps the last good row',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const table = {
        get: () => EMPTY,
        entries: (): Row<string, number>[] => [['a', 1]],
        getMany: (keys: readonly string[]) => keys.map((key) => [key, undefined] as unknown as Row<string, number>),
        changes,
      };
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a']));
      at(2_000, () => changes.next(['a', 'b']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s' });
      flush();
      const message = "The table's getMany was expected to give a value for each row, but gave undefined.";
      expect(only(events, 'row-failed')).toMatchObject([
        { at: 1_000, key: 'a', error: { code: 'INVALID_ROW', message } },
        { at: 2_000, key: 'a', error: { code: 'INVALID_ROW', message } },
        { at: 2_000, key: 'b', error: { code: 'INVALID_ROW', message } },
      ]);
    }),
  );

  it(
    'of several keys judge each of them, also when only the first one has a row',
    marbles(() => {
      const rows = new Map([
        ['a', 1],
        ['b', 1],
      ]);
      const changes = new Subject<string[]>();
      const getMany = (keys: readonly string[]): Row<string, number>[] =>
        keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!] as const] : []));
      const table = { get: () => EMPTY, entries: () => [...rows], getMany, changes };
      at(1_000, () => {
        rows.set('a', 2).delete('b');
        changes.next(['a', 'b']);
      });
      at(2_000, () => {
        rows.clear();
        rows.set('b', 3);
        changes.next(['b', 'a']);
      });
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR  1s GESR  2s GE.', b: '0 SR  1s GE.  2s SR' });
    }),
  );

  it(
    'that fail don’t read a key once more that changed meanwhile, and so is read again at once',
    marbles(({ cold, flush }) => {
      const changes = new Subject<string[]>();
      const asked: unknown[] = [];
      const getMany = (keys: readonly string[]) =>
        asked.push(keys) === 1
          ? cold<Row<string, number>[]>('1s #', {}, boom)
          : cold('1s (x|)', { x: keys.map((key) => [key, 1] as const) });
      const table = { get: () => EMPTY, entries: (): Row<string, number>[] => [], getMany, changes };
      at(1_000, () => changes.next(['a']));
      at(1_500, () => changes.next(['a']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '3s SR  9s' });
      flush();
      expect(asked).toEqual([['a'], ['a']]);
    }),
  );

  it(
    'that fail one after the other, while keys are asked for, wait for one retry of all of them',
    marbles(({ cold, flush }) => {
      const delay = (attempt: number) => backoff()(attempt, undefined, 'get');
      const changes = new Subject<string[]>();
      const asked: [time: number, keys: readonly string[]][] = [];
      const getMany = (keys: readonly string[]) =>
        asked.push([asyncScheduler.now(), [...keys].sort()]) < 4
          ? cold<Row<string, number>[]>('10ms #', {}, boom)
          : cold('10ms (x|)', { x: keys.map((key) => [key, 1] as const) });
      const supervisor = new Supervisor({ get: () => EMPTY, entries: () => [], getMany, changes }, options);
      const events = eventsOf(supervisor);
      supervisor.run().subscribe();
      at(1_000, () => changes.next(['a', 'b']));
      at(1_005, () => changes.next(['b']));
      at(90_000, () => supervisor.close());
      flush();
      const first = 1_010 + delay(1);
      const second = first + 10 + delay(2);
      expect(asked).toEqual([
        [1_000, ['a', 'b']],
        [1_010, ['b']],
        [first, ['a', 'b']],
        [second, ['a', 'b']],
      ]);
      expect(only(events, 'running').map(({ key }) => key)).toEqual(expect.arrayContaining(['a', 'b']));
    }),
  );

  it(
    'that fail go along with the next one that succeeds',
    marbles(({ cold, flush }) => {
      const changes = new Subject<string[]>();
      const asked: [time: number, keys: readonly string[]][] = [];
      const getMany = (keys: readonly string[]) =>
        asked.push([asyncScheduler.now(), keys]) === 1
          ? cold<Row<string, number>[]>('10ms #', {}, boom)
          : cold('10ms (x|)', { x: keys.map((key) => [key, 1] as const) });
      const supervisor = new Supervisor({ get: () => EMPTY, entries: () => [], getMany, changes }, options);
      supervisor.run().subscribe();
      at(1_000, () => changes.next(['a', 'b']));
      at(1_005, () => changes.next(['b']));
      at(90_000, () => supervisor.close());
      flush();
      expect(asked).toEqual([
        [1_000, ['a', 'b']],
        [1_010, ['b']],
        [1_020, ['a']],
      ]);
    }),
  );

  it(
    'keep a key to be read again whose row throws when it is looked at',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      let broken = true;
      const row = {
        get 0() {
          return 'a';
        },
        get 1() {
          if (broken) throw boom;
          return 1;
        },
      };
      const getMany = () => of([Object.setPrototypeOf([], row) as Row<string, number>]);
      const supervisor = new Supervisor({ get: () => EMPTY, entries: () => [], getMany, changes }, options);
      const errors: unknown[] = [];
      at(1_000, () => supervisor.start('a').subscribe({ error: (error: unknown) => errors.push(error) }));
      at(1_001, () => (broken = false));
      const retried = 1_000 + backoff()(1, undefined, 'get');
      expectLanes(supervisor.run()).toBe({ a: `${String(retried)}ms SR  9s` });
      flush();
      expect(errors).toEqual([boom]);
    }),
  );

  it(
    'before the restarts of one time are one, which is retried after backoff() when it fails',
    marbles(({ flush }) => {
      const delay = backoff()(1, undefined, 'get');
      const asked: [time: number, keys: readonly string[]][] = [];
      const getMany = (keys: readonly string[]) => {
        if (asked.push([asyncScheduler.now(), keys]) === 1) throw boom;
        return keys.map((key) => [key, 1] as const);
      };
      const entries = (): Row<string, number>[] => [
        ['a', 1],
        ['b', 1],
      ];
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries, getMany },
        {
          process: (_, { incarnation }) => (incarnation === 1 ? throwError(() => boom) : NEVER),
          restart: { delay: 100 },
          interval: Infinity,
        },
      );
      supervisor.run().subscribe();
      at(9_000, () => supervisor.close());
      flush();
      expect(asked).toEqual([
        [100, ['a', 'b']],
        [100 + delay, ['a', 'b']],
      ]);
    }),
  );

  it(
    'have failed when they take longer than readTimeout',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const changes = new Subject<string[]>();
      const source = cold<Row<string, number>[]>('-');
      const table = {
        get: () => EMPTY,
        entries: (): Row<string, number>[] => [['a', 1]],
        getMany: () => source,
        changes,
      };
      const supervisor = new Supervisor(table, { ...options, readTimeout: 400 });
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1400ms' });
      expectSubscriptions(source.subscriptions).toBe('1s ^ 399ms !');
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ at: 1_400, error: { code: 'READ_TIMEOUT' } }]);
    }),
  );

  it(
    'take the first row of a key that comes twice, and say so; rows of other keys are ignored',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const getMany = (): Row<string, number>[] => [
        ['a', 1],
        ['a', 2],
        ['z', 1],
      ];
      const supervisor = new Supervisor({ get: () => EMPTY, entries: () => [], getMany, changes }, options);
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a']));
      expectLanes(supervisor.run()).toBe({ a: '1s SR' });
      flush();
      expect(only(events, 'starting')).toMatchObject([{ value: 1, cause: 'change' }]);
      expect(only(events, 'row-failed')).toMatchObject([{ key: 'a', error: { code: 'DUPLICATE_KEY' } }]);
    }),
  );
});

describe('keyed reads with get', () => {
  it(
    'are one for each key, so that one slow key holds up no other',
    marbles(({ cold, expectSubscriptions }) => {
      const changes = new Subject<string[]>();
      const slow = cold('3s (x|)', { x: 1 });
      const table = { get: (key: string) => (key === 'slow' ? slow : of(1)), entries: () => [], changes };
      at(1_000, () => changes.next(['slow', 'a']));
      at(2_000, () => changes.next(['b']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '1s SR', b: '2s SR', slow: '4s SR' });
      expectSubscriptions(slow.subscriptions).toBe('1s ^ 2999ms !');
    }),
  );

  it(
    'have no row where get gives undefined, or nothing',
    marbles(() => {
      const changes = new Subject<string[]>();
      const entries = (): Row<string, number>[] => [
        ['a', 1],
        ['b', 1],
      ];
      const table = { get: (key: string) => (key === 'a' ? of(undefined) : EMPTY), entries, changes };
      at(1_000, () => changes.next(['a', 'b']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR  1s GE.', b: '0 SR  1s GE.' });
    }),
  );

  it(
    'take the first value, and unsubscribe then',
    marbles(({ hot, expectSubscriptions }) => {
      const changes = new Subject<string[]>();
      const source = hot('--a--b', { a: 1, b: 2 });
      at(0, () => changes.next(['a']));
      const supervisor = new Supervisor({ get: () => source, entries: () => [], changes }, options);
      supervisor.run().subscribe();
      at(10, () => supervisor.close());
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }),
  );

  it(
    'are one at a time for each key: it is read again when it is touched meanwhile',
    marbles(({ cold, expectSubscriptions }) => {
      const changes = new Subject<string[]>();
      const first = cold('1s (x|)', { x: 1 });
      const second = cold('1s (x|)', { x: 2 });
      const reads = [first, second];
      at(1_000, () => changes.next(['a']));
      at(1_300, () => changes.next(['a']));
      at(1_600, () => changes.next(['a', 'a']));
      expectLanes(new Supervisor({ get: () => reads.shift()!, entries: () => [], changes }, options).run()).toBe({
        a: '3s SR  9s',
      });
      expectSubscriptions(first.subscriptions).toBe('1s ^ 999ms !');
      expectSubscriptions(second.subscriptions).toBe('2s ^ 999ms !');
    }),
  );

  it(
    'that fail are read again at the latest at the next tick',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      let failing = true;
      const get = () => {
        if (failing) throw boom;
        return of(1);
      };
      const supervisor = new Supervisor({ get, entries: () => [], changes }, { process, interval: 1_100 });
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a']));
      at(1_001, () => (failing = false));
      expectLanes(supervisor.run()).toBe({ a: '1100ms SR' });
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ operation: 'get', error: boom }]);
    }),
  );

  it(
    'that give a RowError leave the process its last good row',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const entries = (): Row<string, number>[] => [['a', 1]];
      const supervisor = new Supervisor({ get: () => of(new RowError(boom)), entries, changes }, options);
      const events = eventsOf(supervisor);
      at(1_000, () => changes.next(['a', 'b']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      flush();
      expect(only(events, 'row-failed').map(({ key, error }) => [key, error])).toEqual([
        ['a', boom],
        ['b', boom],
      ]);
    }),
  );

  it(
    'for a command wait for the next one when the key changes meanwhile, and so does the command',
    marbles(({ cold, flush }) => {
      const changes = new Subject<string[]>();
      const reads = [cold('1s (x|)', { x: undefined }), cold('1s (x|)', { x: 2 })];
      const supervisor = new Supervisor({ get: () => reads.shift()!, entries: () => [], changes }, options);
      const events = eventsOf(supervisor);
      const answers: unknown[] = [];
      at(1_000, () =>
        supervisor
          .start('a')
          .subscribe({ next: () => answers.push('runs'), error: (error: unknown) => answers.push(error) }),
      );
      at(1_500, () => changes.next(['a']));
      expectLanes(supervisor.run()).toBe({ a: '3s SR  9s' });
      flush();
      expect(answers).toEqual(['runs']);
      expect(only(events, 'starting', 'table-failed')).toMatchObject([{ value: 2, cause: 'request' }]);
    }),
  );

  it(
    'are not begun by a run that nobody listens to any more',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const asked: string[] = [];
      const get = (key: string) => {
        asked.push(key);
        return EMPTY;
      };
      const supervisor = new Supervisor({ get, entries: (): Row<string, number>[] => [['a', 1]], changes }, options);
      supervisor.events.subscribe(({ type }) => {
        if (type === 'running') changes.next(['b']);
      });
      supervisor.run().pipe(take(2)).subscribe(); // starting, running
      flush();
      expect(asked).toEqual([]);
      expect(supervisor.statuses().size).toBe(0);
    }),
  );

  it(
    'are unsubscribed when the run ends',
    marbles(({ cold, expectSubscriptions }) => {
      const changes = new Subject<string[]>();
      const source = cold<number>('-');
      at(1_000, () => changes.next(['a']));
      expectLanes(
        new Supervisor({ get: () => source, entries: () => [], changes }, options).run(cold('2s |')),
        '9s',
      ).toBe({});
      expectSubscriptions(source.subscriptions).toBe('1s ^ 999ms !');
    }),
  );
});

describe('a read that answers at once', () => {
  it(
    'is acted on at once: a change is reconciled within the same call',
    marbles(({ flush }) => {
      const rows = new Map<string, number>();
      const changes = new Subject<string[]>();
      const table = { get: (key: string) => of(rows.get(key)), entries: () => rows, changes };
      const supervisor = new Supervisor(table, options);
      const subscription = supervisor.run().subscribe();
      at(1_000, () => {
        rows.set('a', 1);
        changes.next(['a']);
        expect(supervisor.status('a')?.state).toBe('running');
        rows.delete('a');
        changes.next(['a']);
        expect(supervisor.status('a')).toBeUndefined();
        subscription.unsubscribe();
      });
      flush();
    }),
  );
});

describe('an async table', () => {
  it(
    'is followed to its newest state by a stop, removals, changes and returns of one key in any order',
    marbles(({ cold, flush }) => {
      const rows = new Map([['a', 1]]);
      const changes = new Subject<string[]>();
      const table = {
        get: (key: string) => cold('30ms (x|)', { x: rows.get(key) }),
        entries: () => cold('50ms (x|)', { x: [...rows] }),
        changes,
      };
      const supervisor = new Supervisor(table, { process: () => NEVER, interval: 100 });
      const edit = (value: number | undefined) => {
        if (value === undefined) rows.delete('a');
        else rows.set('a', value);
        changes.next(['a']);
      };
      const script: [number, () => unknown][] = [
        [1_000, () => edit(undefined)],
        [1_010, () => edit(2)],
        [1_020, () => supervisor.stop('a').subscribe()],
        [1_025, () => edit(3)],
        [1_070, () => edit(undefined)],
        [1_080, () => edit(4)],
        [1_120, () => edit(5)],
      ];
      for (const [time, act] of script) at(time, act);
      at(1_500, () => expect(supervisor.status('a')).toMatchObject({ state: 'running', value: 5 }));
      at(1_600, () => edit(undefined));
      at(1_700, () => expect(supervisor.status('a')).toBeUndefined());
      const events = eventsOf(supervisor);
      supervisor.run(cold('2s |')).subscribe();
      flush();
      let live = 0;
      for (const { type } of only(events, 'starting', 'stopped')) {
        live += type === 'starting' ? 1 : -1;
        expect(live).toBeLessThanOrEqual(1);
      }
    }),
  );
});
