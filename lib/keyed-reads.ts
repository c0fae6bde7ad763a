import type { Unsubscribable } from 'rxjs';
import { map, Observable, take } from 'rxjs';
import { DuplicateKeyError, InvalidRowError } from './errors.ts';
import type { StartCause } from './events.ts';
import { fromInput } from './from-input.ts';
import { isPromiseLike } from './input-kinds.ts';
import type { Verdict } from './judge.ts';
import { eachRow, read } from './read.ts';
import { Retry } from './retry.ts';
import type { Wish } from './slot.ts';
import type { Slots } from './slots.ts';
import type { Batches, Key, Row, Table, Version } from './table.ts';
import { givenValue, isRow, RowError } from './table.ts';

/** What a read found of one key. `failed`: the read itself failed. */
export type Found<V> =
  | { readonly kind: 'row'; readonly value: V; readonly version: Version | undefined }
  | { readonly kind: 'bad-row'; readonly error: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Who asked for a read of one key: it applies what was found, and says with what wish, or for what reason. */
export type Asker<V> = (found: Found<V>, apply: (wish?: Wish, cause?: StartCause) => Verdict) => void;

interface Reading<K> {
  /** The keys whose row hasn't come. */
  readonly left: ReadonlySet<K>;
  /** What cancels it; `undefined` while the table is asked, and for one that has ended at once. */
  ends?: Unsubscribable | undefined;
}

const ABSENT = { kind: 'absent' } as const;

/**
 * Reads single keys: with `getMany`, one at a time, while further keys collect (each once) and form the next; else with
 * `get`, each key on its own, so that one slow key holds up no other. A read that fails keeps its keys to be read again.
 * A key that was touched while its read was under way is judged by the next one, which answers who asked for either. What
 * is asked for while a read fails is read at once, and doesn't wait with that one for its retry.
 */
export class KeyedReads<K extends Key, V> {
  readonly #table: Table<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #retry: Retry;
  /** Hears of each key that changed, and whose read begins: a full read that is under way is older. */
  touch: (key: K) => void = () => undefined;
  /** Keys to read. */
  #wanted = new Set<K>();
  /** Who waits for the row of a key that is wanted, or being read; most often it was a change, and nobody. */
  readonly #askers = new Map<K, readonly Asker<V>[]>();
  /** Keys whose read has failed: to be read again with whatever is read next, but for what was asked for meanwhile. */
  readonly #failed = new Set<K>();
  /** The reads that are under way: of one key each with `get`, by that key; or the one with `getMany`, by none. */
  readonly #reading = new Map<K | undefined, Reading<K>>();
  #soon = false;

  constructor(table: Table<K, V>, slots: Slots<K, V>) {
    this.#table = table;
    this.#slots = slots;
    this.#retry = new Retry(slots.alarms, 'get', () => this.readNow());
  }

  /** Reads a key; `readNow` does it. */
  want(key: K, asker?: Asker<V>): void {
    this.#wanted.add(key);
    if (asker !== undefined) this.#askers.set(key, [...(this.#askers.get(key) ?? []), asker]);
  }

  /** Keys have changed: most often one, whose row a table in memory has at once. That makes nothing that waiting needs. */
  changed(keys: readonly K[]): void {
    let rows: Batches<Row<K, V>> | undefined;
    for (const key of keys) this.touch(key);
    if (this.#table.getMany && keys.length === 1 && this.#wanted.size + this.#failed.size + this.#reading.size === 0) {
      const key = keys[0] as K;
      let found: Found<V> | undefined;
      try {
        rows = this.#ask(keys);
        found = foundAtOnce(key, rows);
      } catch (error) {
        rows = new Observable((subscriber) => subscriber.error(error));
      }
      if (found) {
        this.#apply(key, found);
        return;
      }
    }
    for (const key of keys) this.want(key);
    this.readNow(rows);
  }

  /** Reads whatever is wanted and may be read now; `rows` is what the table gave for it, if it was asked. */
  readNow(rows?: Batches<Row<K, V>>): void {
    this.#retry.cancel();
    if (this.#failed.size > 0) {
      this.#wanted = new Set([...this.#failed, ...this.#wanted]);
      this.#failed.clear();
    }
    for (const one of this.#table.getMany ? [undefined] : [...this.#wanted])
      if (!this.#reading.has(one)) this.#read(this.#take(one), one, rows);
  }

  /** Reads what is wanted, with all that is wanted by then, in a turn of its own. */
  readSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#slots.mailbox.post(() => {
      this.#soon = false;
      this.readNow();
    });
  }

  /** A full read begins: reads of single keys that are under way are older, so that these are read once more. */
  outdate(): void {
    for (const { left } of this.#reading.values()) for (const key of left) this.want(key);
  }

  /** Ends all reads. Who asked hears nothing. */
  cancel(): void {
    this.#retry.cancel();
    this.#wanted.clear();
    this.#failed.clear();
    this.#askers.clear();
    for (const { ends } of this.#reading.values()) ends?.unsubscribe();
    this.#reading.clear();
  }

  /** What is wanted of this key, or of all. */
  #take(one: K | undefined): Set<K> {
    const wanted = this.#wanted;
    if (!this.#table.getMany) return new Set(wanted.delete(one as K) ? [one as K] : []);
    this.#wanted = new Set();
    return wanted;
  }

  /** What the table gives for them. */
  #ask(keys: readonly K[]): Batches<Row<K, V>> {
    if (this.#table.getMany) return this.#table.getMany(keys);
    const key = keys[0] as K;
    return fromInput(this.#table.get(key)).pipe(
      take(1),
      map((found) => (found === undefined ? [] : [[key, found]])),
    );
  }

  /** `left`: those whose row hasn't come. */
  #read(left: Set<K>, one: K | undefined, rows?: Batches<Row<K, V>>): void {
    // What the table has given already is heard out, also by a run that ends: it may reject.
    if (left.size === 0 || (rows === undefined && !this.#slots.open)) return;
    const keys = [...left];
    const reading: Reading<K> = { left };
    const operation = this.#table.getMany ? 'getMany' : 'get';
    let asked: Set<K> | undefined;
    // It may be any of those that seem to be absent: the read has failed.
    let malformed: { readonly error: unknown } | undefined;
    this.#reading.set(one, reading);
    for (const key of keys) this.touch(key);
    reading.ends = read<Row<K, V>>(this.#slots, operation, () => rows ?? this.#ask(keys), {
      rows: eachRow(this.#slots, (row) => {
        if (!isRow(row)) {
          malformed ??= { error: new InvalidRowError(operation, 'rows [key, value, version?]', row) };
          return;
        }
        const key = row[0];
        const found = toFound(row[1], row[2]);
        if (left.delete(key)) this.#found(key, found);
        else if ((asked ??= new Set(keys)).has(key)) this.#slots.rowFailed(key, new DuplicateKeyError(key));
      }),
      end: (failure) => {
        this.#reading.delete(one);
        failure ??= malformed;
        if (failure === undefined) this.#retry.reset();
        else this.#slots.tableFailed(operation, failure.error);
        const found: Found<V> = failure === undefined ? ABSENT : { kind: 'failed', error: failure.error };
        for (const key of left) this.#found(key, found);
        if (failure !== undefined) {
          for (const key of left) if (!this.#wanted.has(key)) this.#failed.add(key);
          this.#retry.schedule();
        }
        if (failure === undefined && this.#table.getMany) {
          this.readNow(); // what failed goes along
        } else {
          this.#read(this.#take(one), one);
        }
      },
    });
  }

  /** Hands over what was found; a key that is wanted again by now is judged, and who asked answered, by that read instead. */
  #found(key: K, found: Found<V>): void {
    if (this.#wanted.has(key)) return;
    const askers = this.#askers.get(key);
    this.#askers.delete(key);
    if (askers === undefined) {
      this.#apply(key, found);
    } else {
      const apply = (wish?: Wish, cause?: StartCause): Verdict => this.#apply(key, found, wish, cause);
      for (const asker of askers) asker(found, apply);
    }
  }

  #apply(key: K, found: Found<V>, wish?: Wish, cause: StartCause = 'change'): Verdict {
    if (found.kind === 'row') return this.#slots.saw(key, found.value, found.version, cause, wish);
    if (found.kind === 'absent') return this.#slots.absent(key);
    return found.kind === 'bad-row' ? this.#slots.sawBadRow(key, found.error) : 'keep';
  }
}

function toFound<V>(value: V | RowError, version: Version | undefined): Found<V> {
  const given = givenValue('getMany', value);
  return given instanceof RowError ? { kind: 'bad-row', error: given.error } : { kind: 'row', value: given, version };
}

/** What rows say of the only key that was asked for; `undefined` if that isn't as plain as it is of a table in memory. */
function foundAtOnce<K extends Key, V>(key: K, rows: Batches<Row<K, V>>): Found<V> | undefined {
  if (Array.isArray(rows) && !isPromiseLike(rows)) {
    const [row] = rows as readonly Row<K, V>[];
    const isOwn = isRow(row) && row[0] === key;
    if (rows.length === (isOwn ? 1 : 0)) return isOwn ? toFound(row[1], row[2]) : ABSENT;
  }
  return undefined;
}
