import type { Observable, ObservableInput } from 'rxjs';
import { InvalidRowError } from './errors.ts';
import type { Operation } from './events.ts';

/** What identifies a row: compared by value, as a `Map` does. Composite keys are encoded by the user. */
export type Key = string | number | bigint | boolean | symbol;

/** Equal versions mean an unchanged row, and nothing else is compared. */
export type Version = string | number | bigint;

/** In the place of a row's value: the row is there, but it can't be read. Its process keeps the last good row. */
export class RowError {
  constructor(readonly error: unknown) {}
}

/** One row as a table gives it. */
export type Row<K extends Key, V> = readonly [key: K, value: V | RowError, version?: Version];

/**
 * What a read gives: a synchronous iterable, or what a Promise resolves to, *is* the batch; Observables and async
 * iterables emit batches. The reader calls an iterator's `return()` when it unsubscribes or times out, also while a
 * `next()` is pending.
 */
export type Batches<R> = Iterable<R> | PromiseLike<Iterable<R>> | Observable<Iterable<R>> | AsyncIterable<Iterable<R>>;

/** A change: keys to look at again, or `'all'` when it can't tell which. */
export type Change<K extends Key> = readonly K[] | 'all';

/**
 * Rows by key: the truth about what should be live. Rows are values: a row mutated in place can't be seen to change.
 *
 * @typeParam K - type of the keys
 * @typeParam V - type of a row's value
 */
export interface Table<K extends Key, V> {
  /** The row of one key: one value; `undefined` or nothing when there is none. May fail. */
  get(key: K): ObservableInput<V | RowError | undefined>;
  /** Every row. Need not be a consistent snapshot, and may fail half-way: what was read before that is used. */
  entries(): Batches<Row<K, V>>;
  /** The rows of these keys, in any order; a key that is left out has no row. */
  getMany?(keys: readonly K[]): Batches<Row<K, V>>;
  /** A cheap pass over everything, key and version only. Such a table has `getMany`. */
  versions?(): Batches<readonly [key: K, version: Version]>;
  /**
   * Hints to look again. Emits `'all'` whenever it has become gap-free: it listens, and misses nothing from here on.
   * A lost connection is its error; the supervisor resubscribes, so that a table needs no reconnect loop.
   */
  readonly changes?: Observable<Change<K>>;
}

/** Whether something can be a key. */
export function isKey(key: unknown): key is Key {
  switch (typeof key) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'symbol':
      return true;
    default:
      return false;
  }
}

/** Whether something can be a row, or a pair of key and version. */
export function isRow(row: unknown): row is readonly [Key, ...unknown[]] {
  return Array.isArray(row) && isKey(row[0]);
}

/** What a row gives as its value; `undefined`, which is none, is a row that can't be read. */
export function givenValue<V>(operation: Operation, value: V | RowError): V | RowError {
  if (value !== undefined) return value;
  return new RowError(new InvalidRowError(operation, 'a value for each row', value));
}

/** Whether something can be a row's version. */
export function isVersion(version: unknown): version is Version {
  return ['string', 'number', 'bigint'].includes(typeof version);
}
