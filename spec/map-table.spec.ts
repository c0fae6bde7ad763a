import { from, lastValueFrom, of, toArray } from 'rxjs';
import { mapTable } from '../lib/map-table.ts';
import { MemoryTable } from '../lib/memory-table.ts';
import type { Batches, Row, Table } from '../lib/table.ts';
import { RowError } from '../lib/table.ts';

const rowsOf = (batches: Batches<Row<string, unknown>>) => [...(batches as Iterable<Row<string, unknown>>)];
const valuesOf = (table: Table<string, unknown>, key: string) => lastValueFrom(from(table.get(key)).pipe(toArray()));

const boom = new Error('boom');

const bare = (rows: Batches<Row<string, number>>, get: Table<string, number>['get'] = () => []) =>
  ({ get, entries: () => rows }) satisfies Table<string, number>;

describe('mapTable', () => {
  const base = () =>
    new MemoryTable([
      ['a', 1],
      ['b', 2],
    ]);

  it('projects the rows of every read', async () => {
    const table: Table<string, string> = mapTable(base(), (value, key) => `${key}${value}`);
    expect(rowsOf(table.entries())).toEqual([
      ['a', 'a1'],
      ['b', 'b2'],
    ]);
    expect(rowsOf(table.getMany!(['b', 'x']))).toStrictEqual([['b', 'b2']]);
    expect(await valuesOf(table, 'a')).toEqual(['a1']);
    expect(await valuesOf(table, 'x')).toEqual([undefined]);
  });

  it('keeps versions', () => {
    const table = mapTable(
      bare([
        ['a', 1, 'v1'],
        ['b', 2, 0],
      ]),
      (value) => value + 1,
    );
    expect(rowsOf(table.entries())).toEqual([
      ['a', 2, 'v1'],
      ['b', 3, 0],
    ]);
  });

  it('passes RowErrors on', async () => {
    const broken = new RowError(boom);
    const table = mapTable(
      bare([['a', broken]], () => [broken]),
      (value) => value + 1,
    );
    expect(rowsOf(table.entries())).toEqual([['a', broken]]);
    expect(await valuesOf(table, 'a')).toEqual([broken]);
  });

  it('makes a row whose projection throws a RowError, and leaves the others alone', async () => {
    const table = mapTable(base(), (value) => {
      if (value === 1) throw boom;
      return value;
    });
    expect(rowsOf(table.entries())).toEqual([
      ['a', new RowError(boom)],
      ['b', 2],
    ]);
    expect(await valuesOf(table, 'a')).toEqual([new RowError(boom)]);
  });

  it('leaves a row out whose projection is undefined', async () => {
    const table = mapTable(base(), (value) => (value === 1 ? undefined : value));
    expect(rowsOf(table.entries())).toEqual([['b', 2]]);
    expect(await valuesOf(table, 'a')).toEqual([undefined]);
  });

  it('passes on what is not a row, without projecting it', () => {
    const malformed = [null, 'a', {}, [{}, 1], ['a'], ['b', undefined]] as unknown as Row<string, number>[];
    const table = mapTable(bare(malformed), () => 'projected');
    expect(rowsOf(table.entries())).toEqual(malformed);
  });

  it('keeps what was read before a read fails half-way', () => {
    const table = mapTable(
      bare(
        (function* (): Generator<Row<string, number>> {
          yield ['a', 1];
          throw boom;
        })(),
      ),
      (value) => value * 10,
    );
    const read: unknown[] = [];
    expect(() => {
      for (const row of table.entries() as Iterable<unknown>) read.push(row);
    }).toThrow(boom);
    expect(read).toEqual([['a', 10]]);
  });

  it('maps batches that come over time', async () => {
    const batches = from<Row<string, number>[][]>([[['a', 1]], [['b', 2]]]);
    const table = mapTable(bare(batches), (value) => -value);
    const read = await lastValueFrom(from(table.entries() as typeof batches).pipe(toArray()));
    expect(read.map((batch) => [...batch])).toEqual([[['a', -1]], [['b', -2]]]);
  });

  it('has of getMany, versions and changes what the table has', () => {
    expect(Object.keys(mapTable(bare([]), () => 0))).toEqual(['get', 'entries']);
    const full: Table<string, number> = {
      ...bare([]),
      getMany: () => [],
      versions: () => [['a', 1]],
      changes: of('all'),
    };
    const table = mapTable(full, () => 0);
    expect(Object.keys(table).sort()).toEqual(['changes', 'entries', 'get', 'getMany', 'versions']);
    expect(table.versions!()).toEqual([['a', 1]]);
    expect(table.changes).toBe(full.changes);
  });

  it('reads changes only when it is read itself', () => {
    let read = 0;
    const table = mapTable(
      {
        ...bare([]),
        get changes() {
          read++;
          return of('all' as const);
        },
      },
      () => 0,
    );
    const before = read;
    expect(table.changes).toBeDefined();
    expect(read).toBe(before + 1);
  });

  it('calls the methods of the table as its methods', () => {
    class Own implements Table<string, number> {
      readonly #rows: Row<string, number>[] = [['a', 1, 1]];
      get = () => [];
      entries() {
        return this.#rows;
      }
      getMany() {
        return this.#rows;
      }
      versions() {
        return this.#rows.map(([key, , version]) => [key, version!] as const);
      }
    }
    const table = mapTable(new Own(), (value) => value + 1);
    expect(rowsOf(table.entries())).toEqual([['a', 2, 1]]);
    expect(rowsOf(table.getMany!(['a']))).toEqual([['a', 2, 1]]);
    expect(table.versions!()).toEqual([['a', 1]]);
  });
});
