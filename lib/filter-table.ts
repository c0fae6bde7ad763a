import type { Key, Table } from './table.ts';
import { view } from './view.ts';

/**
 * A view of a table in which a row that the predicate refuses isn't there.
 *
 * RowErrors stay, and a predicate that throws makes that row one. It is called at every read of a row, so it is to depend
 * on nothing else. `getMany`, `versions` and `changes` are there where the table has them; of versions, those of refused
 * rows are given too, and such rows are fetched again at each pass.
 *
 * @example
 * ```ts
 * const enabled = filterTable(services, (service) => service.enabled); // disabling one stops it
 * ```
 */
export function filterTable<K extends Key, V, W extends V>(
  table: Table<K, V>,
  predicate: (value: V, key: K) => value is W,
): Table<K, W>;
export function filterTable<K extends Key, V>(
  table: Table<K, V>,
  predicate: (value: V, key: K) => boolean,
): Table<K, V>;
export function filterTable<K extends Key, V>(
  table: Table<K, V>,
  predicate: (value: V, key: K) => boolean,
): Table<K, V> {
  return view(table, (value, key) => (predicate(value, key) ? value : undefined));
}
