import type { Subscription } from 'rxjs';
import { defer, EMPTY } from 'rxjs';
import { InvalidRowError } from './errors.ts';
import { Retry } from './retry.ts';
import type { Slots } from './slots.ts';
import type { Change, Key, Table } from './table.ts';
import { isKey } from './table.ts';
import { endOf } from './teardown.ts';

/**
 * The table's stream of changes. When it errors it is subscribed again, later and later until it has emitted; after
 * each subscription a full read is to follow, also for a table that forgets to say 'all'.
 */
export class ChangeFeed<K extends Key, V> {
  readonly #table: Table<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #onChange: (change: Change<K>) => void;
  readonly #retry: Retry;
  #subscription: Subscription | undefined = undefined;
  #subscribing = false;
  #cancelled = false;

  constructor(table: Table<K, V>, slots: Slots<K, V>, onChange: (change: Change<K>) => void) {
    this.#table = table;
    this.#slots = slots;
    this.#onChange = onChange;
    this.#retry = new Retry(slots.alarms, 'changes', () => {
      this.subscribe();
      onChange('all');
    });
  }

  /** What calls it reads the whole table next, so an 'all' that comes meanwhile says nothing new. */
  subscribe(): void {
    const { mailbox } = this.#slots;
    this.#subscribing = true;
    this.#subscription = defer(() => this.#table.changes ?? EMPTY).subscribe({
      next: (change) => {
        if (this.#subscribing && change === 'all') this.#retry.reset();
        else mailbox.post(() => this.#changed(change));
      },
      error: (error: unknown) => mailbox.post(() => this.#lost(error)),
    });
    this.#subscribing = false;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#retry.cancel();
    const thrown = endOf(this.#subscription);
    if (thrown !== undefined) this.#slots.tableFailed('changes', thrown.error);
  }

  #changed(change: Change<K>): void {
    if (this.#cancelled) return;
    this.#retry.reset();
    if (change === 'all' || (Array.isArray(change) && (change as unknown[]).every(isKey))) {
      this.#onChange(change);
    } else {
      const error = new InvalidRowError('changes', "'all' or an array of keys", change);
      this.#slots.tableFailed('changes', error);
      this.#onChange('all');
    }
  }

  #lost(error: unknown): void {
    if (this.#cancelled) return;
    this.#slots.hub.emit({ type: 'changes-lost', at: this.#slots.mailbox.now, error });
    this.#retry.schedule();
  }
}
