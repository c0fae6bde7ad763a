import { DuplicateKeyError, InvalidRowError } from './errors.ts';
import type { Reconciled, Trigger } from './events.ts';
import type { Verdict } from './judge.ts';
import type { Asker } from './keyed-reads.ts';
import type { Slot } from './slot.ts';
import type { Slots } from './slots.ts';
import type { Key, Row, Version } from './table.ts';
import { givenValue, isRow, isVersion, RowError } from './table.ts';

/**
 * One full read: judges each row as it comes, and finds what is absent by marking what it saw. Keys that were touched
 * meanwhile are left to the fresh reads that they get.
 */
export class Pass<K extends Key, V> {
  readonly trigger: Trigger;
  /** Keys that a change or a command touched while it runs. */
  readonly touched = new Set<K>();
  /** Keys to read again: absent ones, and, by versions, new and changed ones. */
  readonly again = new Set<K>();
  /** No row was malformed, and the read hasn't failed. */
  complete = true;
  readonly #slots: Slots<K, V>;
  readonly #mark: number;
  readonly #began: number;
  /** Keys without a slot whose row is bad. */
  readonly #bad = new Set<K>();
  readonly #done: Record<'start' | 'stop' | 'restart' | 'update', number> = {
    start: 0,
    stop: 0,
    restart: 0,
    update: 0,
  };
  #rows = 0;
  #seen = 0;

  constructor(slots: Slots<K, V>, trigger: Trigger, mark: number) {
    this.#slots = slots;
    this.trigger = trigger;
    this.#mark = mark;
    this.#began = slots.mailbox.now;
  }

  /** Rows of `entries()`. */
  rows(batch: Iterable<Row<K, V>>): void {
    const { byKey, mailbox } = this.#slots;
    for (const row of batch) {
      mailbox.step();
      this.#rows++;
      const slot = Array.isArray(row) ? byKey.get(row[0]) : undefined;
      // The one that there are a million of: a look-up, a comparison, nothing else.
      if (slot?.keeps(row[1], row[2]) !== true || !this.#mine(slot)) this.#row(row, slot);
    }
  }

  #row(row: Row<K, V>, slot: Slot<K, V> | undefined): void {
    if (!this.#isRow(row, 'entries')) return;
    // By index: until the loop is optimised, taking a row apart as an iterable costs more than all that follows.
    const key = row[0];
    const value = givenValue('entries', row[1]);
    if (this.#skips(key)) return;
    if (slot === undefined ? this.#bad.has(key) : !this.#mine(slot)) {
      this.#slots.rowFailed(key, new DuplicateKeyError(key));
    } else if (value instanceof RowError) {
      if (slot === undefined) this.#bad.add(key);
      this.#slots.sawBadRow(key, value.error);
    } else if (slot === undefined) {
      this.#seen++;
      this.#done.start++;
      this.#slots.add(key, value, row[2], this.trigger, this.#mark);
    } else {
      this.#count(slot.saw(value, row[2], this.trigger));
    }
  }

  /** A row of `versions()`. */
  version(row: readonly [K, Version]): void {
    this.#rows++;
    if (!this.#isRow(row, 'versions')) return;
    const [key, version] = row;
    if (this.#skips(key)) return;
    const slot = this.#slots.byKey.get(key);
    if (this.again.has(key) || slot?.seen === this.#mark) {
      this.#slots.rowFailed(key, new DuplicateKeyError(key));
    } else if (slot?.version === version && slot.present) {
      this.#mine(slot);
      this.#count(slot.saw(slot.row, version, this.trigger)); // it may have waited for just that
    } else {
      this.again.add(key);
    }
  }

  /** The read has ended: what wasn't in it is read again, if it was complete. */
  findAbsent(): void {
    const { byKey } = this.#slots;
    // Everything that lives was seen: the usual case, and a million look-ups less.
    if (!this.complete || (this.touched.size === 0 && this.#seen === byKey.size)) return;
    for (const slot of byKey.values()) {
      const { key } = slot;
      if (slot.seen !== this.#mark && slot.present && !this.touched.has(key)) this.again.add(key);
    }
  }

  /** Applies what a read of one of the keys `again` found. */
  readonly apply: Asker<V> = (found, apply) => {
    this.#count(apply(undefined, this.trigger));
    if (found.kind === 'failed') this.complete = false;
  };

  summary(): Reconciled {
    const { start, stop, restart, update } = this.#done;
    const { mailbox } = this.#slots;
    mailbox.step();
    const at = mailbox.now;
    return {
      type: 'reconciled',
      at,
      trigger: this.trigger,
      rows: this.#rows,
      started: start,
      stopped: stop,
      restarted: restart,
      updated: update,
      took: at - this.#began,
      complete: this.complete,
    };
  }

  #isRow(row: unknown, operation: 'entries' | 'versions'): boolean {
    if (isRow(row) && (operation === 'entries' || isVersion(row[1]))) return true;
    const expected = operation === 'entries' ? 'rows [key, value, version?]' : 'pairs [key, version]';
    this.#slots.tableFailed(operation, new InvalidRowError(operation, expected, row));
    this.complete = false;
    return false;
  }

  /** A fresh read judges it; or a handler has ended the run. */
  #skips(key: K): boolean {
    return !this.#slots.open || this.touched.has(key);
  }

  /** Marks a slot as seen; false if it was already. */
  #mine(slot: { seen: number }): boolean {
    if (slot.seen === this.#mark) return false;
    slot.seen = this.#mark;
    this.#seen++;
    return true;
  }

  #count(verdict: Verdict): void {
    if (verdict === 'remove') this.#done.stop++;
    else if (verdict !== 'keep' && verdict !== 'note') this.#done[verdict]++;
  }
}
