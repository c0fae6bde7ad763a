import type { StatusRecord } from './apply-event.ts';
import { applyEvent, statusOf } from './apply-event.ts';
import type { LifecycleEvent } from './events.ts';
import type { ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/**
 * The statuses as others see them: immutable, and kept from when somebody asks for the first time. Until then there is
 * no second Map of a million keys, and no object for each event.
 */
export class Statuses<K extends Key, V> {
  readonly #records: ReadonlyMap<K, StatusRecord<K, V>>;
  readonly #statuses = new Map<K, ProcessStatus<K, V>>();
  #kept = false;

  constructor(records: ReadonlyMap<K, StatusRecord<K, V>>) {
    this.#records = records;
  }

  /** The one live view. */
  get all(): Map<K, ProcessStatus<K, V>> {
    if (!this.#kept) {
      this.#kept = true;
      for (const record of this.#records.values()) this.changed(record);
    }
    return this.#statuses;
  }

  /** Something was said that is about no process. */
  apply(event: LifecycleEvent<K, V>): void {
    if (this.#kept) applyEvent(this.#statuses, event);
  }

  /** Something was written into a record. */
  changed(record: StatusRecord<K, V>): void {
    if (!this.#kept) return;
    const status = statusOf(record);
    if (status === undefined) this.#statuses.delete(record.key);
    else this.#statuses.set(record.key, status);
  }
}
