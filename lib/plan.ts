import { InvalidRowError } from './errors.ts';
import type { Verdict } from './judge.ts';
import type { Slots } from './slots.ts';
import type { Key, Row } from './table.ts';
import { isRow, RowError } from './table.ts';

/** What a reconciliation would do now. */
export interface Plan<K extends Key = Key> {
  readonly start: readonly K[];
  readonly stop: readonly K[];
  readonly restart: readonly K[];
  readonly update: readonly K[];
  /** How many keys would be left as they are. */
  readonly unchanged: number;
}

/** Judges every row and acts on none. The first of several rows of a key counts. */
export class Planner<K extends Key, V> {
  readonly #slots: Slots<K, V>;
  readonly #seen = new Set<K>();
  readonly #keys = { start: [] as K[], stop: [] as K[], restart: [] as K[], update: [] as K[] };
  #unchanged = 0;

  constructor(slots: Slots<K, V>) {
    this.#slots = slots;
  }

  row(row: Row<K, V>): void {
    if (!isRow(row)) throw new InvalidRowError('entries', 'rows [key, value, version?]', row);
    const [key, value, version] = row;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (value === undefined || value instanceof RowError) this.#unchanged++;
    else this.#note(key, this.#slots.byKey.get(key)?.plan(value, version) ?? 'start');
  }

  plan(): Plan<K> {
    for (const slot of this.#slots.byKey.values()) if (!this.#seen.has(slot.key)) this.#note(slot.key, slot.plan());
    return { ...this.#keys, unchanged: this.#unchanged };
  }

  #note(key: K, verdict: Verdict): void {
    if (verdict === 'keep' || verdict === 'note') this.#unchanged++;
    else this.#keys[verdict === 'remove' ? 'stop' : verdict].push(key);
  }
}
