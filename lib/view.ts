import { map } from 'rxjs';
import { mapBatches } from './batches.ts';
import { fromInput } from './from-input.ts';
import type { Key, Row, Table } from './table.ts';
import { isKey, RowError } from './table.ts';

/**
 * A table seen through a function of its rows: `undefined` leaves a row out, and what the function throws is a RowError.
 * RowErrors of the table stay, and so does what isn't a row, for the reader to say so.
 *
 * The view has `getMany`, `versions` and `changes` where the table has them. Versions are of all rows, also of those that
 * are left out, since only a row tells whether it is: nobody keeps the version of such a row, so it is fetched again at
 * each pass, and left out again. That is never more than a full read fetches.
 */
export function view<K extends Key, V, W>(
  table: Table<K, V>,
  project: (value: V, key: K) => W | RowError | undefined,
): Table<K, W> {
  const see = (value: V | RowError, key: K): W | RowError | undefined => {
    if (value instanceof RowError) return value;
    try {
      return project(value, key);
    } catch (error) {
      return new RowError(error);
    }
  };
  function* seeRows(rows: Iterable<Row<K, V>>): Generator<Row<K, W>, void> {
    for (const row of rows) {
      if (!Array.isArray(row) || !isKey(row[0]) || row[1] === undefined) yield row as readonly unknown[] as Row<K, W>;
      else {
        const [key, value, version] = row as Row<K, V>;
        const seen = see(value, key);
        if (seen !== undefined) yield version === undefined ? [key, seen] : [key, seen, version];
      }
    }
  }

  const viewed: Table<K, W> = {
    get: (key) => fromInput(table.get(key)).pipe(map((value) => (value === undefined ? undefined : see(value, key)))),
    entries: () => mapBatches(table.entries(), seeRows),
  };
  const getMany = table.getMany?.bind(table);
  if (getMany !== undefined) viewed.getMany = (keys) => mapBatches(getMany(keys), seeRows);
  const versions = table.versions?.bind(table);
  if (versions !== undefined) viewed.versions = versions;
  if ('changes' in table) {
    Object.defineProperty(viewed, 'changes', { enumerable: true, get: () => table.changes });
  }
  return viewed;
}
