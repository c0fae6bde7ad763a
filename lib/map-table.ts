import type { Key, RowError, Table } from './table.ts';
import { view } from './view.ts';

/**
 * A view of a table with each row's value projected.
 *
 * A `project` that throws makes that row a RowError (its process keeps the last good row), one that gives `undefined`
 * leaves it out. It is called at every read of a row, so it is to depend on nothing else. Versions pass through, and
 * `getMany`, `versions` and `changes` are there where the table has them.
 *
 * @example
 * ```ts
 * const ports = mapTable(services, (service) => ({ port: service.port })); // other columns restart nothing
 * ```
 */
export function mapTable<K extends Key, V, W>(
  table: Table<K, V>,
  project: (value: V, key: K) => W | RowError | undefined,
): Table<K, W> {
  return view(table, project);
}
