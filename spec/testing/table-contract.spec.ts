import { jest } from '@jest/globals';
import { BehaviorSubject, concat, EMPTY, filter, from, map, NEVER, Observable, of, Subject } from 'rxjs';
import type { Change, Row, Table } from 'rxjs-supervisor';
import { filterTable, mapTable, MemoryTable, RowError, tableFrom } from 'rxjs-supervisor';
import type { TableFeatures, TableFixture } from 'rxjs-supervisor/testing';
import { tableContract } from 'rxjs-supervisor/testing';

type Value = number | string;
type Fixture = TableFixture<number, Value>;

function memory(): Fixture & { readonly rows: MemoryTable<number, Value> } {
  const rows = new MemoryTable<number, Value>();
  return {
    rows,
    table: rows,
    keys: [1, 2, 3],
    values: ['one', 'another'],
    set: (key, value) => rows.set(key, value),
    delete: (key) => rows.delete(key),
    replace(wanted) {
      const kept = new Map(wanted);
      for (const key of rows.keys()) if (!kept.has(key)) rows.delete(key);
      for (const [key, value] of kept) rows.set(key, value);
    },
  };
}

function mapped(): Fixture {
  const { rows, ...fixture } = memory();
  const table = mapTable<number, Value, Value>(rows, (value) => {
    if (value === 'bad') throw new Error('bad');
    return `${value}!`;
  });
  const plain = (value: Value) => String(value).slice(0, -1);
  return {
    ...fixture,
    table,
    values: ['one!', 'another!'],
    set: (key, value) => rows.set(key, plain(value)),
    replace: (wanted) => fixture.replace(wanted.map(([key, value]) => [key, plain(value)])),
    spoil: (key) => rows.set(key, 'bad'),
  };
}

function filtered(): Fixture {
  const { rows, ...fixture } = memory();
  rows.set(0, 'hidden');
  const table = filterTable<number, Value>(rows, (value) => {
    if (value === 'bad') throw new Error('bad');
    return value !== 'hidden';
  });
  return { ...fixture, table, delete: (key) => rows.set(key, 'hidden'), spoil: (key) => rows.set(key, 'bad') };
}

function snapshots(): Fixture {
  type Rows = Iterable<Row<number, Value>>;
  const rows = new Map<number, Row<number, Value>>();
  const versions = { newest: 0 };
  const rows$ = new BehaviorSubject<Rows>([]);
  const put = (key: number, value: Value | RowError) => rows.set(key, [key, value, ++versions.newest]);
  const publish = () => rows$.next([...rows.values()]);
  const table = tableFrom(rows$);
  // What reads the snapshots is a subscription to the changes.
  const subscription = table.changes!.subscribe();
  return {
    table,
    keys: [1, 2, 3],
    values: ['one', 'another'],
    set(key, value) {
      put(key, value);
      publish();
    },
    delete(key) {
      rows.delete(key);
      publish();
    },
    replace(wanted) {
      rows.clear();
      for (const [key, value] of wanted) put(key, value);
      publish();
    },
    spoil(key) {
      put(key, new RowError('bad'));
      publish();
    },
    break: () =>
      rows$.next({
        [Symbol.iterator]() {
          throw new Error('broken');
        },
      }),
    dispose: () => subscription.unsubscribe(),
  };
}

describe('tableContract', () => {
  describe.each<[string, () => Fixture, TableFeatures]>([
    ['MemoryTable', memory, { getMany: true, changes: true }],
    ['tableFrom', snapshots, { getMany: true, changes: true, versions: true, rowErrors: true, failures: true }],
    ['mapTable', mapped, { getMany: true, changes: true, rowErrors: true }],
    ['filterTable', filtered, { getMany: true, changes: true, rowErrors: true }],
    ['a Map', ofMap, {}],
    ['a cursor', cursor, {}],
    ['a generator', generator, {}],
    ['Observables', observables, {}],
    ['a table with versions()', withVersions, { getMany: true, versions: true }],
  ])('is kept by %s:', (_, makeTable, features) => {
    for (const { name, run } of tableContract(makeTable, features)) it(name, run);
  });
});

/** The least table that there is. */
function ofMap(): Fixture {
  const { rows, ...fixture } = memory();
  return { ...fixture, table: { get: (key) => rows.get(key), entries: () => new Map(rows) } };
}

function generator(): Fixture {
  const { rows, ...fixture } = memory();
  const entries = async function* () {
    for (const row of rows) yield [row];
  };
  return { ...fixture, table: { get: async (key) => rows.peek(key), entries } };
}

function observables(): Fixture {
  const { rows, ...fixture } = memory();
  const entries = () => from([...rows]).pipe(map((row) => [row]));
  return { ...fixture, table: { get: (key) => rows.get(key).pipe(filter((value) => value !== undefined)), entries } };
}

/** The version of a row is how often it was written; `versions()` may be changed. */
function withVersions(change = (version: number): number | string => version): Fixture {
  const { rows, ...fixture } = memory();
  const written = new Map<number, number>();
  const version = (key: number) => written.get(key)!;
  const withVersion = ([key, value]: [number, Value]): Row<number, Value> => [key, value, version(key)];
  return {
    ...fixture,
    table: {
      get: (key) => rows.get(key),
      entries: () => [...rows].map(withVersion),
      getMany: (keys) => rows.getMany(keys).map(withVersion),
      versions: () => [...rows.keys()].map((key) => [key, change(version(key))] as const),
    },
    set(key, value) {
      written.set(key, (written.get(key) ?? 0) + 1);
      rows.set(key, value);
    },
    replace(wanted) {
      for (const [key] of wanted) written.set(key, (written.get(key) ?? 0) + 1);
      fixture.replace(wanted);
    },
  };
}

/** A table that reads one row at a time, and one reader at a time. */
function cursor(read: Partial<{ release: boolean; returns: () => Promise<void> }> = {}): Fixture {
  const { release = true, returns = async () => {} } = read;
  const { rows, ...fixture } = memory();
  let free = Promise.resolve();
  const entries = (): AsyncIterable<Row<number, Value>[]> => ({
    [Symbol.asyncIterator]() {
      const iterator = rows.entries();
      const before = free;
      let unlock: () => void = () => {};
      free = new Promise((resolve) => (unlock = resolve));
      return {
        async next() {
          await before;
          const { done, value } = iterator.next();
          if (done !== true) return { done: false, value: [value] };
          unlock();
          return { done: true, value: undefined };
        },
        async return() {
          if (release) unlock();
          await returns();
          return { done: true, value: undefined };
        },
      };
    },
  });
  return { ...fixture, table: { get: async (key) => rows.peek(key), entries } };
}

describe('a table that breaks a rule', () => {
  const broken = (change: (table: MemoryTable<number, Value>) => Partial<Table<number, Value>>) => (): Fixture => {
    const fixture = memory();
    const { rows } = fixture;
    const table: Table<number, Value> = {
      get: (key) => rows.get(key),
      getMany: (keys) => rows.getMany(keys),
      entries: () => rows.entries(),
      changes: rows.changes,
    };
    return { ...fixture, table: { ...table, ...change(rows) } };
  };
  /** With changes to it. */
  const telling = (told: (changes$: Observable<Change<number>>) => Observable<Change<number>>) =>
    broken((rows) => ({ changes: told(rows.changes) }));
  const versioned = (version: (value: Value, read: number) => number | string | undefined, many = version) => {
    let reads = 0;
    const versions = (of: Iterable<readonly [number, Value]>, by: typeof version): Row<number, Value>[] =>
      [...of].map(([key, value]) => [key, value, by(value, ++reads)!]);
    return broken((rows) => ({
      entries: () => versions(rows, version),
      getMany: (keys) => versions(rows.getMany(keys), many),
    }));
  };
  const many = { getMany: true, changes: true };
  const lost = new Error('lost');

  const cases: [string, () => Fixture, TableFeatures, string][] = [
    [
      'the fixture begins without rows, and has what the contract was told',
      memory,
      { getMany: true },
      'Expected a table without changes, but found one with. Give tableContract { changes: true }',
    ],
    [
      'get gives the row',
      broken((rows) => ({ get: (key) => rows.get(String(key) as never) })),
      many,
      'Expected get to give "one" for 1, but found no row.',
    ],
    [
      'get gives nothing for an absent row',
      broken((rows) => ({ get: (key) => [rows.peek(key) ?? 'nothing'] })),
      many,
      'Expected get to give no row for 2, but found "nothing".',
    ],
    [
      'entries gives every row, and no other',
      broken((rows) => ({ entries: () => [...rows].slice(0, 1) })),
      many,
      'Expected entries() to give "one" for 2, but found no row.',
    ],
    [
      'entries gives every row, and no other',
      broken((rows) => ({ entries: () => [...rows, ...rows] })),
      many,
      'Expected entries() to give each key once, but found 1 twice.',
    ],
    [
      'entries gives every row, and no other',
      broken(() => ({ entries: () => of(['web' as never]) })),
      many,
      'Expected entries() to give rows of [key, value, version?], but found "web".',
    ],
    [
      'getMany gives the rows asked for, and no other',
      broken((rows) => ({ getMany: () => rows.entries() })),
      many,
      'Expected getMany of one key to give no row for 1, but found "one".',
    ],
    [
      'getMany leaves out absent rows',
      broken((rows) => ({ getMany: (keys) => keys.map((key) => [key, rows.peek(key) ?? 'nothing']) })),
      many,
      'Expected getMany of two absent keys and another to give no row for 1, but found "nothing".',
    ],
    [
      'getMany takes a key that is repeated',
      broken((rows) => ({
        getMany: (keys) => {
          if (new Set(keys).size < keys.length) throw lost;
          return rows.getMany(keys);
        },
      })),
      many,
      'lost',
    ],
    [
      'a read that is closed half-way ends, and the next one is whole',
      () => cursor({ release: false }),
      {},
      'Expected entries() to end, but found that it takes more than 200 ms. Let every read end',
    ],
    [
      'a read that is closed while its next() is pending ends, and the next one is whole',
      () => cursor({ returns: () => new Promise(() => {}) }),
      {},
      'Expected entries(), when it is closed while it is pending, to end, but found that it takes more',
    ],
    [
      "changes emits 'all' to each subscriber once it is gap-free",
      telling((changes$) => changes$.pipe(filter((change) => change !== 'all'))),
      many,
      "Expected changes to emit 'all' to each subscriber once it is gap-free, but found none.",
    ],
    [
      "changes emits 'all' to each subscriber once it is gap-free",
      telling(() => new Observable((subscriber) => subscriber.error(lost))),
      many,
      'Expected changes to go on, but found its error Error: lost.',
    ],
    [
      "changes misses nothing that is written around its 'all'",
      telling(
        (changes$) =>
          new Observable((subscriber) => {
            subscriber.next('all');
            void Promise.resolve().then(() =>
              subscriber.add(changes$.pipe(filter((c) => c !== 'all')).subscribe(subscriber)),
            );
          }),
      ),
      many,
      'Expected a change that tells of 1 when a read gives "one", but found none (changes: ["all"]).',
    ],
    [
      'changes tells of an insert',
      telling(() => concat(of('all' as const), NEVER)),
      many,
      'Expected a change that tells of 1 when a read gives "one", but found none (changes: ["all"]).',
    ],
    [
      'changes tells of an insert',
      telling(() => of('all' as const)),
      many,
      'Expected changes to go on, but found its end.',
    ],
    ['changes tells of an update', early, { changes: true }, 'but found one when a read still gave "one"'],
    [
      'changes tells of a delete',
      broken((rows) => ({ changes: rows.changes.pipe(filter((c) => c === 'all' || c.every((key) => rows.has(key)))) })),
      many,
      'Expected a change that tells of 1 when a read gives undefined, but found none',
    ],
    [
      'changes tells of many at once',
      telling((changes$) => changes$.pipe(filter((change) => change === 'all' || change[0] !== 3))),
      many,
      'Expected a change that tells of 3 when a read gives "one", but found none',
    ],
    [
      'keys in changes are of the type that they have in entries',
      telling((changes$) => changes$.pipe(map((c) => (c === 'all' ? c : (c.map(String) as unknown as number[]))))),
      many,
      'Expected keys in changes of the type that they have in entries (number), but found the string "1".',
    ],
    [
      'the version of an unchanged row stays',
      versioned((_, read) => read),
      { ...many, versions: true },
      "Expected the version of 1, which wasn't written to, to stay, but found 1, then 3.",
    ],
    [
      'the version of an unchanged row stays',
      versioned(() => undefined),
      { ...many, versions: true },
      'Expected each row to have a version (a string, number or bigint), but found undefined.',
    ],
    [
      'the version of a changed row changes',
      versioned(() => 'v1'),
      { ...many, versions: true },
      'Expected another version of 1 after an update, but found "v1" again.',
    ],
    [
      'every read gives the same version',
      versioned(
        () => '7',
        () => 7,
      ),
      { ...many, versions: true },
      'Expected getMany to give the version "7" of 1, as entries() does, but found 7.',
    ],
    [
      'every read gives the same version',
      () => withVersions(String),
      { getMany: true, versions: true },
      'Expected versions() to give the version 1 of 1, as entries() does, but found "1".',
    ],
    [
      'the fixture begins without rows, and has what the contract was told',
      () => {
        const { table, ...fixture } = withVersions();
        return { ...fixture, table: { get: table.get, entries: table.entries, versions: table.versions! } };
      },
      { versions: true },
      'Expected a table with versions() to have getMany, but found none.',
    ],
    [
      'a row that cannot be read is a RowError, and leaves the others alone',
      () => ({ ...ofMap(), spoil: () => {} }),
      { rowErrors: true },
      'Expected entries() to give a RowError for 1, which can\'t be read, but found "one".',
    ],
    [
      'a read that cannot be done fails',
      () => {
        const fixture = memory();
        return {
          ...fixture,
          table: { get: () => EMPTY, entries: () => fixture.rows },
          break: () => fixture.rows.clear(),
        };
      },
      { failures: true },
      'Expected get of a broken table to fail, but found undefined.',
    ],
  ];

  it.each(cases)('fails "%s"', async (name, makeTable, features, message) => {
    const check = tableContract(makeTable, { ...features, limit: 200 }).find((one) => one.name === name);
    await expect(check!.run()).rejects.toThrow(message);
  });

  it('is there for every rule', () => {
    const features = { ...many, versions: true, rowErrors: true, failures: true };
    expect(new Set(cases.map(([name]) => name))).toEqual(
      new Set(tableContract(memory, features).map(({ name }) => name)),
    );
  });

  /** Announces before it writes. */
  function early(): Fixture {
    const { rows, ...fixture } = memory();
    const changes$ = new Subject<Change<number>>();
    return {
      ...fixture,
      table: { get: async (key) => rows.peek(key), entries: () => rows, changes: concat(of('all' as const), changes$) },
      async set(key, value) {
        changes$.next([key]);
        await new Promise((resolve) => setTimeout(resolve, 5));
        rows.set(key, value);
      },
    };
  }

  it('is disposed of, and no subscription is left', async () => {
    let subscriptions = 0;
    const counted = telling(
      (changes$) =>
        new Observable((subscriber) => {
          subscriptions++;
          subscriber.add(() => subscriptions--);
          return changes$.pipe(filter((change) => change === 'all')).subscribe(subscriber);
        }),
    );
    const dispose = jest.fn();
    const checks = tableContract(() => ({ ...counted(), dispose }), { ...many, limit: 20 });
    const ended = await Promise.allSettled(checks.map(({ run }) => run()));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']));
    expect(dispose).toHaveBeenCalledTimes(checks.length);
    expect(subscriptions).toBe(0);
  });
});
