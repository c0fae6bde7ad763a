import type { ObservableInput } from 'rxjs';
import { defer, map, of } from 'rxjs';
import { InvalidRowError } from './errors.ts';
import { fromInput } from './from-input.ts';
import { isIterable } from './input-kinds.ts';
import type { Change, Key, Row, Table } from './table.ts';
import { isKey } from './table.ts';

/**
 * A table over whole snapshots of rows: a store's selector, a live query. Empty until the first one.
 *
 * Its `changes` is what subscribes to `rows$`, once for each subscriber, and emits `'all'` for every snapshot. An error
 * of `rows$` is its error, and so is a snapshot that isn't an iterable. When `rows$` completes, `changes` does, and the
 * last snapshot stays, also for a later run, until its first one. Rows may carry versions and RowErrors; of a key that comes twice, the first row counts.
 *
 * @example
 * ```ts
 * const table = tableFrom(store.select(selectServices).pipe(map((services) => services.map((s) => [s.id, s]))));
 * ```
 */
export function tableFrom<K extends Key, V>(rows$: ObservableInput<Iterable<Row<K, V>>>): Table<K, V> {
  let newest = new Snapshot<K, V>([]);
  return {
    get: (key) => defer(() => of(newest.find(key)?.[1])),
    getMany: (keys) => newest.findAll(keys),
    entries: () => newest.rows,
    changes: fromInput(rows$).pipe(
      map((rows): Change<K> => {
        newest = new Snapshot(rows);
        return 'all';
      }),
    ),
  };
}

class Snapshot<K extends Key, V> {
  readonly rows: Iterable<Row<K, V>>;
  #index: Map<K, Row<K, V>> | undefined = undefined;
  #malformed: InvalidRowError | undefined;

  constructor(rows: Iterable<Row<K, V>>) {
    if (!isIterable(rows)) throw new InvalidRowError('snapshot', 'an iterable of rows', rows);
    // An iterator can be read only once, but a snapshot is read at every pass.
    this.rows = 'next' in rows ? [...(rows as Iterable<Row<K, V>>)] : rows;
  }

  find(key: K): Row<K, V> | undefined {
    const [row] = this.findAll([key]);
    return row;
  }

  /** A row that isn't found may be one that is malformed, so that its absence isn't known: then it throws, at the end. */
  *findAll(keys: readonly K[]): Generator<Row<K, V>, void> {
    const index = (this.#index ??= this.#build());
    let missing = false;
    for (const key of keys) {
      const row = index.get(key);
      if (row === undefined) missing = true;
      else yield row;
    }
    if (missing && this.#malformed !== undefined) throw this.#malformed;
  }

  #build(): Map<K, Row<K, V>> {
    const index = new Map<K, Row<K, V>>();
    for (const row of this.rows) {
      if (!Array.isArray(row) || !isKey(row[0])) {
        this.#malformed ??= new InvalidRowError('snapshot', 'rows of [key, value]', row);
      } else if (!index.has(row[0])) index.set(row[0], row);
    }
    return index;
  }
}
