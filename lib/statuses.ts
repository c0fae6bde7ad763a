import type { StatusRecord } from './apply-event.ts';
import { statusOf } from './apply-event.ts';
import type { ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/**
 * The statuses as others see them: immutable, and made when somebody asks. A supervisor whose statuses nobody looks at
 * keeps no second Map of a million keys, and makes no object for each event.
 */
export class Statuses<K extends Key, V> {
  readonly #records: ReadonlyMap<K, StatusRecord<K, V>>;
  /** Those that were asked for, as they are now. */
  readonly #made = new Map<K, ProcessStatus<K, V>>();
  /** All were asked for: the Map is complete, and kept so. */
  #all = false;

  constructor(records: ReadonlyMap<K, StatusRecord<K, V>>) {
    this.#records = records;
  }

  /** The same object for as long as nothing is said about the key. */
  get(key: K): ProcessStatus<K, V> | undefined {
    const made = this.#made.get(key);
    if (made !== undefined || this.#all) return made;
    const record = this.#records.get(key);
    if (record !== undefined) this.#make(record);
    return this.#made.get(key);
  }

  /** The one live view. */
  all(): ReadonlyMap<K, ProcessStatus<K, V>> {
    if (!this.#all) {
      this.#all = true;
      this.#made.clear();
      for (const record of this.#records.values()) this.#make(record);
    }
    return this.#made;
  }

  /** Something was written into a record. */
  changed(record: StatusRecord<K, V>): void {
    if (this.#all) this.#make(record);
    else if (this.#made.size > 0) this.#made.delete(record.key);
  }

  /** The run is down: what it leaves is stuck. */
  keepOnly(keys: readonly K[]): void {
    const kept = new Set(keys);
    for (const key of this.#made.keys()) if (!kept.has(key)) this.#made.delete(key);
  }

  #make(record: StatusRecord<K, V>): void {
    const status = statusOf(record);
    if (status === undefined) this.#made.delete(record.key);
    else this.#made.set(record.key, status);
  }
}
