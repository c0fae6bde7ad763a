import { Observable, of } from 'rxjs';
import { Broadcast } from './broadcast.ts';
import { InvalidRowError, showKey } from './errors.ts';
import type { Change, Key, Table } from './table.ts';
import { isKey } from './table.ts';

/**
 * A table in memory: a `Map` whose edits are announced at once, synchronously.
 *
 * Where a `Table` and a `Map` use one name, it is the Table's: `get` gives an Observable (`peek` reads at once), and
 * whoever edits the table while reading its `entries` gets to the end. `keys`, `values`, `forEach` and iterating the table
 * itself are the Map's own.
 *
 * The type of its keys is inferred as a Map's is (`'a'` as `string`), which is why it isn't constrained to `Key` but
 * intersected with it.
 *
 * @example
 * ```ts
 * const services = new MemoryTable([['web', { port: 80 }]]);
 * supervise(services, (service) => listen(service.port)).subscribe(console.log);
 * services.set('web', { port: 8080 }); // restarts it
 * services.delete('web'); // stops it
 * ```
 */
export class MemoryTable<K, V> implements Table<K & Key, V>, Iterable<[K & Key, V]> {
  readonly #rows = new Map<K & Key, V>();
  readonly #edits = new Broadcast<Change<K & Key>>();

  /** `'all'` on subscription, then the key of each edit, or `'all'` when the table was cleared. Never ends. */
  readonly changes: Observable<Change<K & Key>> = new Observable((subscriber) => {
    this.#edits.values.subscribe(subscriber);
    subscriber.next('all');
  });

  constructor(entries: Iterable<readonly [key: K, value: V]> = []) {
    for (const [key, value] of entries) this.#write(key, value);
  }

  get size(): number {
    return this.#rows.size;
  }

  has(key: K & Key): boolean {
    return this.#rows.has(key);
  }

  /** The value as it is now, or `undefined` when there is no such row. */
  peek(key: K & Key): V | undefined {
    return this.#rows.get(key);
  }

  /**
   * Adds or replaces a row, and announces it, also when the value is the same as before (comparing is the supervisor's).
   * `undefined`, which means "no row", is an InvalidRowError, and so is a key that can't be one.
   */
  set(key: K & Key, value: V): this {
    this.#write(key, value);
    this.#edits.next([key]);
    return this;
  }

  /** Removes a row and announces it; `false`, and no announcement, when there was none. */
  delete(key: K & Key): boolean {
    const deleted = this.#rows.delete(key);
    if (deleted) this.#edits.next([key]);
    return deleted;
  }

  /** Removes all rows, with one announcement. */
  clear(): void {
    if (this.#rows.size === 0) return;
    this.#rows.clear();
    this.#edits.next('all');
  }

  get(key: K & Key): Observable<V | undefined> {
    return of(this.#rows.get(key));
  }

  getMany(keys: readonly (K & Key)[]): [K & Key, V][] {
    const rows: [K & Key, V][] = [];
    for (const key of keys) {
      const value = this.#rows.get(key);
      if (value !== undefined) rows.push([key, value]);
    }
    return rows;
  }

  /**
   * As many rows as there are now: whoever adds rows while reading gets to the end, and hears of them by `changes`. Not a
   * copy, since a million rows would be copied with it.
   */
  entries(): IterableIterator<[K & Key, V]> {
    // No generator, which would make an object more for each row.
    const rows = this.#rows.entries();
    let left = this.#rows.size;
    const next = (): IteratorResult<[K & Key, V], undefined> =>
      left-- > 0 ? rows.next() : { done: true, value: undefined };
    const limited = { next, [Symbol.iterator]: () => limited };
    return limited;
  }

  keys(): IterableIterator<K & Key> {
    return this.#rows.keys();
  }

  values(): IterableIterator<V> {
    return this.#rows.values();
  }

  forEach(each: (value: V, key: K & Key, table: this) => void): void {
    this.#rows.forEach((value, key) => each(value, key, this));
  }

  [Symbol.iterator](): IterableIterator<[K & Key, V]> {
    return this.#rows[Symbol.iterator]();
  }

  #write(key: K, value: V): void {
    if (!isKey(key)) throw new InvalidRowError('set', 'a key (a string, number, bigint, boolean or symbol)', key);
    if (value === undefined) {
      throw new InvalidRowError(
        `set(${showKey(key)}, …)`,
        'a value other than undefined, which means that there is no row (use delete)',
        value,
      );
    }
    this.#rows.set(key, value);
  }
}
