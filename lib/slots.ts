import { Alarms } from './alarms.ts';
import { Callbacks } from './callbacks.ts';
import type { Operation, Reconciled, StartCause } from './events.ts';
import { Gate } from './gate.ts';
import { Hub } from './hub.ts';
import type { Verdict } from './judge.ts';
import { Mailbox } from './mailbox.ts';
import type { Settings } from './settings.ts';
import type { SlotHost } from './slot-host.ts';
import type { SlotProcess } from './slot-process.ts';
import type { Wish } from './slot.ts';
import { Slot } from './slot.ts';
import type { Key, Version } from './table.ts';

/** What the slots need of the run that is on. */
export interface SlotsRun<K extends Key> {
  /** Reads the row again, with all others that are due in this turn. */
  look(key: K): void;
  /** A full read has ended. */
  reconciled(summary: Reconciled): void;
  /** The initial starts haven't all ended. */
  readonly waitsForStarts: boolean;
  /** Nothing starts any more, and nothing waits to. */
  startsEnded(): void;
  /** A slot that the end of the run waited for has gone, or is stuck. */
  slotEnded(): void;
}

/** All keys' slots. They outlast a run only where a process is stuck. */
export class Slots<K extends Key, V> implements SlotHost<K, V> {
  readonly byKey = new Map<K, Slot<K, V>>();
  readonly hub = new Hub<K, V>(this.byKey);
  readonly mailbox: Mailbox;
  readonly alarms: Alarms;
  readonly callbacks: Callbacks<K, V>;
  gate: Gate<SlotProcess<K, V>>;
  run: SlotsRun<K> | undefined = undefined;
  acting: SlotProcess<K, V> | undefined = undefined;
  open = false;
  cut = false;
  /** The highest incarnation of the keys that are gone: whoever comes back continues above it. */
  #taken = 0;

  constructor(readonly settings: Settings<K, V>) {
    const { scheduler } = settings;
    this.mailbox = new Mailbox(scheduler);
    this.alarms = new Alarms(this.mailbox, scheduler);
    this.gate = new Gate(settings.startConcurrency);
    this.callbacks = new Callbacks(settings, (key, error) => this.rowFailed(key, error));
  }

  saw(key: K, row: V, version: Version | undefined, trigger: StartCause, wish?: Wish): Verdict {
    if (!this.open) return 'keep';
    const slot = this.byKey.get(key);
    if (slot !== undefined) return slot.saw(row, version, trigger, wish);
    this.add(key, row, version, wish === undefined ? trigger : 'request', 0, wish?.within);
    return 'start';
  }

  /** A key that has no slot: starts it. `seen` marks the full read that found it. */
  add(key: K, row: V, version: Version | undefined, cause: StartCause, seen: number, within?: number): void {
    const slot = new Slot(this, key, row, version, this.#taken);
    slot.seen = seen;
    this.byKey.set(key, slot);
    slot.begin(cause, 1, within);
  }

  /** The row is there, but can't be read. */
  sawBadRow(key: K, error: unknown): Verdict {
    if (!this.open) return 'keep';
    this.rowFailed(key, error);
    return this.byKey.get(key)?.sawBadRow() ?? 'keep';
  }

  absent(key: K): Verdict {
    return this.open ? (this.byKey.get(key)?.absent() ?? 'keep') : 'keep';
  }

  rowFailed(key: K, error: unknown): void {
    this.hub.emit({ type: 'row-failed', at: this.mailbox.now, key, error });
  }

  tableFailed(operation: Operation, error: unknown): void {
    this.hub.emit({ type: 'table-failed', at: this.mailbox.now, operation, error });
  }

  look(key: K): void {
    this.run?.look(key);
  }

  /** Posted: a row of starts that end at once must not grow the stack, and `ready` comes after the last of them is said. */
  leftGate(): void {
    if (this.gate.waits) this.mailbox.post(() => this.#admit());
    else if (this.gate.idle && this.run?.waitsForStarts === true) this.mailbox.post(() => this.run?.startsEnded());
  }

  drop(slot: SlotProcess<K, V>): void {
    // At the end of a run all are let go of at once.
    if ((this.run !== undefined && !this.open) || this.byKey.get(slot.key) !== slot) return;
    this.byKey.delete(slot.key);
    this.#taken = Math.max(this.#taken, slot.incarnation);
  }

  /** A run begins: what has been stuck since an earlier one is no longer part of that one's shutdown. */
  beginRun(run: SlotsRun<K>): void {
    this.run = run;
    this.gate = new Gate(this.settings.startConcurrency);
    this.open = true;
    this.cut = false;
    for (const slot of this.byKey.values()) slot.adopt();
  }

  /** The run is over, and leaves what is stuck: those keys. */
  endRun(): K[] {
    const stuck: Slot<K, V>[] = [];
    this.run = undefined;
    for (const slot of this.byKey.values()) {
      if (slot.live !== undefined) stuck.push(slot);
      else this.#taken = Math.max(this.#taken, slot.incarnation);
    }
    this.byKey.clear(); // one by one a million take as long as stopping them did
    for (const slot of stuck) {
      slot.forget();
      this.byKey.set(slot.key, slot);
    }
    return stuck.map((slot) => slot.key);
  }

  ended(): void {
    this.run?.slotEnded();
  }

  #admit(): void {
    if (this.open) this.gate.admit()?.start();
  }
}
