import { lastValueFrom, from } from 'rxjs';
import { filterTable } from '../lib/filter-table.ts';
import { MemoryTable } from '../lib/memory-table.ts';
import type { Batches, Row, Table } from '../lib/table.ts';
import { RowError } from '../lib/table.ts';

const rowsOf = (batches: Batches<Row<string, unknown>>) => [...(batches as Iterable<Row<string, unknown>>)];
const valueOf = (table: Table<string, unknown>, key: string) => lastValueFrom(from(table.get(key)));

interface Service {
  readonly port: number;
  readonly enabled: boolean;
}

const on: Service = { port: 1, enabled: true };
const off: Service = { port: 2, enabled: false };

describe('filterTable', () => {
  it('has only the rows that the predicate takes, in every read', async () => {
    const table = filterTable(
      new MemoryTable([
        ['a', on],
        ['b', off],
      ]),
      (service) => service.enabled,
    );
    expect(rowsOf(table.entries())).toEqual([['a', on]]);
    expect(rowsOf(table.getMany!(['a', 'b']))).toEqual([['a', on]]);
    expect(await valueOf(table, 'a')).toBe(on);
    expect(await valueOf(table, 'b')).toBeUndefined();
  });

  it('tells the predicate the key', () => {
    const table = filterTable(
      new MemoryTable([
        ['a', on],
        ['b', on],
      ]),
      (_, key) => key === 'b',
    );
    expect(rowsOf(table.entries())).toEqual([['b', on]]);
  });

  it('keeps RowErrors, and makes one where the predicate throws', () => {
    const boom = new Error('boom');
    const broken = new RowError('unreadable');
    const base: Table<string, Service> = {
      get: () => [],
      entries: () => [
        ['a', broken],
        ['b', off],
        ['c', on],
      ],
    };
    const table = filterTable(base, (service) => {
      if (service === off) throw boom;
      return true;
    });
    expect(rowsOf(table.entries())).toEqual([
      ['a', broken],
      ['b', new RowError(boom)],
      ['c', on],
    ]);
  });

  it('keeps the versions of all rows, and leaves out those that it does not have when they are fetched', () => {
    const rows: Row<string, Service>[] = [
      ['a', on, 1],
      ['b', off, 1],
    ];
    const table = filterTable<string, Service>(
      {
        get: () => [],
        entries: () => rows,
        getMany: (keys) => rows.filter(([key]) => keys.includes(key)),
        versions: () => rows.map(([key, , version]) => [key, version!] as const),
      },
      (service) => service.enabled,
    );
    expect(rowsOf(table.entries())).toEqual([['a', on, 1]]);
    expect([...(table.versions!() as Iterable<unknown>)]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(rowsOf(table.getMany!(['b']))).toEqual([]);
  });

  it('announces what the table announces', () => {
    const base = new MemoryTable<string, Service>();
    const changes: unknown[] = [];
    filterTable(base, () => false).changes!.subscribe((change) => changes.push(change));
    base.set('a', on);
    expect(changes).toEqual(['all', ['a']]);
  });

  it('narrows the type by a type guard', () => {
    const base = new MemoryTable<string, string | number>([
      ['a', 1],
      ['b', 'x'],
    ]);
    const table: Table<string, number> = filterTable(base, (value) => typeof value === 'number');
    expect(rowsOf(table.entries())).toEqual([['a', 1]]);
  });
});
