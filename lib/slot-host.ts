import type { Alarms } from './alarms.ts';
import type { Callbacks } from './callbacks.ts';
import type { Gate } from './gate.ts';
import type { Hub } from './hub.ts';
import type { Mailbox } from './mailbox.ts';
import type { Settings } from './settings.ts';
import type { SlotProcess } from './slot-process.ts';
import type { Key } from './table.ts';

/** What a slot needs of the supervisor that keeps it. */
export interface SlotHost<K extends Key, V> {
  readonly settings: Settings<K, V>;
  readonly hub: Hub<K, V>;
  readonly mailbox: Mailbox;
  readonly callbacks: Callbacks<K, V>;
  readonly alarms: Alarms;
  readonly gate: Gate<SlotProcess<K, V>>;
  /** Processes may start: there is a run, and it isn't shutting down. */
  readonly open: boolean;
  /** The run was unsubscribed: everything is about to be ended. */
  readonly cut: boolean;
  /** The slot that is calling into its process, and looks at it afterwards. */
  acting: SlotProcess<K, V> | undefined;
  /** Reads the row again, with all others that are due in this turn. */
  look(key: K): void;
  /** A start has ended, one way or the other, or is no longer waited for. */
  leftGate(): void;
  /** Nothing is left of the key. */
  drop(slot: SlotProcess<K, V>): void;
  /** A process has ended, or is stuck: nothing waits for it any more. */
  ended(): void;
}
