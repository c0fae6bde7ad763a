import type { Unsubscribable } from 'rxjs';
import { map, take } from 'rxjs';
import { DuplicateKeyError, InvalidRowError } from './errors.ts';
import type { StartCause } from './events.ts';
import { fromInput } from './from-input.ts';
import type { Verdict } from './judge.ts';
import { read } from './read.ts';
import { Retry } from './retry.ts';
import type { Wish } from './slot.ts';
import type { Slots } from './slots.ts';
import type { Key, Row, Table, Version } from './table.ts';
import { isRow, RowError } from './table.ts';

/** What a read found of one key. `failed`: the read itself failed. */
export type Found<V> =
  | { readonly kind: 'row'; readonly value: V; readonly version: Version | undefined }
  | { readonly kind: 'bad-row'; readonly error: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Who asked for a read of one key: it applies what was found, and says with what wish, or for what reason. */
export type Asker<V> = (found: Found<V>, apply: (wish?: Wish, cause?: StartCause) => Verdict) => void;

/** Those who asked for a key; most often it was a change, and nobody. */
type Asked<V> = readonly Asker<V>[] | undefined;

const ABSENT = { kind: 'absent' } as const;

/**
 * Reads single keys: with `getMany`, one at a time, while further keys collect (each once) and form the next; else with
 * `get`, each key on its own, so that one slow key holds up no other. A read that fails keeps its keys to be read again.
 * A key that was touched while its read was under way is judged by the next one. What is asked for while a read fails is
 * read at once, and doesn't wait with that one for its retry.
 */
export class KeyedReads<K extends Key, V> {
  readonly #table: Table<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #retry: Retry;
  /** Hears of each key whose read begins: a full read that is under way is older. */
  begins: (key: K) => void = () => undefined;
  /** Keys to read, with who asked for each. */
  #wanted = new Map<K, Asked<V>>();
  /** The keys that a `getMany` is reading, and what cancels it. */
  #many: readonly K[] | undefined = undefined;
  #readingMany: Unsubscribable | undefined = undefined;
  #soon = false;
  /** The keys that are being read with `get`, and what cancels each. */
  readonly #reading = new Map<K, Unsubscribable | undefined>();

  constructor(table: Table<K, V>, slots: Slots<K, V>) {
    this.#table = table;
    this.#slots = slots;
    this.#retry = new Retry(slots.alarms, 'get', () => this.readNow());
  }

  /** Reads a key; `readNow` does it. */
  want(key: K, asker?: Asker<V>): void {
    const askers = this.#wanted.get(key);
    this.#wanted.set(key, asker === undefined ? askers : [...(askers ?? []), asker]);
  }

  /** Reads whatever is wanted and may be read now. */
  readNow(): void {
    this.#retry.cancel();
    if (this.#wanted.size === 0) return;
    if (this.#table.getMany !== undefined) {
      if (this.#many === undefined) this.#readMany(this.#take());
    } else {
      for (const key of [...this.#wanted.keys()]) if (!this.#reading.has(key)) this.#readOne(key);
    }
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
    for (const key of this.#many ?? this.#reading.keys()) this.want(key);
  }

  /** Ends all reads. Who asked hears nothing. */
  cancel(): void {
    this.#retry.cancel();
    this.#wanted.clear();
    this.#readingMany?.unsubscribe();
    this.#many = undefined;
    for (const reading of this.#reading.values()) reading?.unsubscribe();
    this.#reading.clear();
  }

  #take(): Map<K, Asked<V>> {
    const taken = this.#wanted;
    this.#wanted = new Map();
    return taken;
  }

  /** `left`: those whose row hasn't come. */
  #readMany(left: Map<K, Asked<V>>): void {
    const keys = [...left.keys()];
    let asked: Set<K> | undefined;
    let malformed: { readonly row: unknown } | undefined;
    this.#many = keys;
    for (const key of keys) this.begins(key);
    const reading = read<Row<K, V>>(this.#slots, 'getMany', () => this.#table.getMany?.(keys) ?? [], {
      row: (row) => {
        if (!isRow(row)) {
          malformed ??= { row };
          return;
        }
        const [key, value, version] = row;
        const askers = left.get(key);
        if (left.delete(key)) this.#found(key, toFound(value, version), askers);
        else if ((asked ??= new Set(keys)).has(key)) this.#slots.rowFailed(key, new DuplicateKeyError(key));
      },
      end: (failure) => {
        this.#many = this.#readingMany = undefined;
        // A malformed row may be any of those that seem to be absent.
        const error =
          malformed === undefined
            ? failure
            : (failure ?? { error: new InvalidRowError('getMany', 'rows [key, value, version?]', malformed.row) });
        if (error !== undefined) {
          const meanwhile = this.#take();
          this.#failed('getMany', left, error.error, meanwhile);
          if (meanwhile.size > 0 && this.#slots.open) this.#readMany(meanwhile);
        } else {
          this.#retry.reset();
          for (const [key, askers] of left) this.#found(key, ABSENT, askers);
          this.readNow();
        }
      },
    });
    if (reading !== undefined) this.#readingMany = reading;
  }

  #readOne(key: K): void {
    const askers = this.#wanted.get(key);
    let found: Found<V> = ABSENT;
    this.#wanted.delete(key);
    this.#reading.set(key, undefined);
    this.begins(key);
    const reading = read<V | RowError | undefined>(
      this.#slots,
      'get',
      () =>
        fromInput(this.#table.get(key)).pipe(
          take(1),
          map((value) => [value]),
        ),
      {
        row: (value) => {
          if (value !== undefined) found = toFound(value, undefined);
        },
        end: (failure) => {
          this.#reading.delete(key);
          const meanwhile = this.#wanted.has(key);
          if (failure !== undefined) this.#failed('get', new Map([[key, askers]]), failure.error, this.#wanted);
          else {
            this.#retry.reset();
            this.#found(key, found, askers);
          }
          if (failure === undefined ? this.#wanted.has(key) : meanwhile && this.#slots.open) this.#readOne(key);
        },
      },
    );
    if (reading !== undefined) this.#reading.set(key, reading);
  }

  /** Hands over what was found; a key that is wanted again by now is judged by that read instead. */
  #found(key: K, found: Found<V>, askers: Asked<V>): void {
    if (this.#wanted.has(key)) {
      if (askers !== undefined) this.#wanted.set(key, [...askers, ...(this.#wanted.get(key) ?? [])]);
    } else if (askers === undefined) {
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

  /** The keys stay wanted, but for those that are read again anyway; who waited for the answer gets none. */
  #failed(
    operation: 'get' | 'getMany',
    asked: Map<K, Asked<V>>,
    error: unknown,
    meanwhile: ReadonlyMap<K, unknown>,
  ): void {
    this.#slots.tableFailed(operation, error);
    for (const [key, askers] of asked) {
      if (!meanwhile.has(key)) this.want(key);
      for (const asker of askers ?? []) asker({ kind: 'failed', error }, () => 'keep');
    }
    this.#retry.schedule(error);
  }
}

function toFound<V>(value: V | RowError, version: Version | undefined): Found<V> {
  if (value === undefined)
    return { kind: 'bad-row', error: new InvalidRowError('getMany', 'a value for each row', value) };
  return value instanceof RowError ? { kind: 'bad-row', error: value.error } : { kind: 'row', value, version };
}
