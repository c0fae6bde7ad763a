import type { Key } from './table.ts';

/** Why a process starts. */
export type StartCause = 'initial' | 'interval' | 'change' | 'request' | 'restart' | 'update';

/** Why a process is stopped. */
export type StopCause = 'removed' | 'request' | 'update' | 'timeout' | 'shutdown';

/** What made the supervisor read the whole table. */
export type Trigger = 'initial' | 'interval' | 'change' | 'request';

/** `at`: ms, by the scheduler's clock. */
interface At {
  readonly at: number;
}

interface OfProcess<K extends Key> extends At {
  readonly key: K;
  readonly incarnation: number;
}

/** `startConcurrency` makes it wait: it will be started with this row, or a newer one. */
export interface Queued<K extends Key, V> extends OfProcess<K> {
  readonly type: 'queued';
  readonly value: V;
  readonly cause: StartCause;
  readonly attempt: number;
}

export interface Starting<K extends Key, V> extends OfProcess<K> {
  readonly type: 'starting';
  readonly value: V;
  readonly cause: StartCause;
  /** 1 for the first try. */
  readonly attempt: number;
}

export interface Running<K extends Key> extends OfProcess<K> {
  readonly type: 'running';
  /** ms from `starting`. */
  readonly took: number;
}

/** A new row was delivered on `rows$`. */
export interface Updated<K extends Key, V> extends OfProcess<K> {
  readonly type: 'updated';
  readonly value: V;
}

export interface Stopping<K extends Key> extends OfProcess<K> {
  readonly type: 'stopping';
  readonly cause: StopCause;
}

export interface Stopped<K extends Key> extends OfProcess<K> {
  readonly type: 'stopped';
  readonly cause: StopCause;
  /** ms from `running`; 0 if it never ran. */
  readonly uptime: number;
  readonly forced: boolean;
  /** The error it ended with, if it did. */
  readonly error?: unknown;
}

/** It ended by itself, without an error. */
export interface Completed<K extends Key> extends OfProcess<K> {
  readonly type: 'completed';
}

/** It ended by itself with an error, or wasn't ready in time. */
export interface Failed<K extends Key> extends OfProcess<K> {
  readonly type: 'failed';
  readonly error: unknown;
  readonly phase: 'starting' | 'running';
}

export interface Backoff<K extends Key> extends OfProcess<K> {
  readonly type: 'backoff';
  /** ms */
  readonly delay: number;
  /** The try that just ended. */
  readonly attempt: number;
  /** When the next one is due: ms, by the scheduler's clock. */
  readonly until: number;
}

/** No retry until its row changes. */
export interface GivenUp<K extends Key> extends OfProcess<K> {
  readonly type: 'given-up';
  readonly error: unknown;
}

/** It was stopped by a command and its row is still there: only a changed row, or a command, starts it again. */
export interface Held<K extends Key> extends OfProcess<K> {
  readonly type: 'held';
}

/** It was asked and forced, and lives on. */
export interface Stuck<K extends Key> extends OfProcess<K> {
  readonly type: 'stuck';
}

/** The key has no row and nothing is left of it. */
export interface Removed<K extends Key> extends OfProcess<K> {
  readonly type: 'removed';
}

/** What happens to one key's process. */
export type ProcessEvent<K extends Key = Key, V = unknown> =
  | Queued<K, V>
  | Starting<K, V>
  | Running<K>
  | Updated<K, V>
  | Stopping<K>
  | Stopped<K>
  | Completed<K>
  | Failed<K>
  | Backoff<K>
  | GivenUp<K>
  | Held<K>
  | Stuck<K>
  | Removed<K>;

/** The initial starts have ended, one way or the other, or `initialWait` has passed. */
export interface Ready extends At {
  readonly type: 'ready';
  /** The first read was complete. */
  readonly complete: boolean;
}

/** The whole table was read, and the absent keys read again. */
export interface Reconciled extends At {
  readonly type: 'reconciled';
  readonly trigger: Trigger;
  readonly rows: number;
  readonly started: number;
  readonly stopped: number;
  readonly restarted: number;
  readonly updated: number;
  /** ms */
  readonly took: number;
  /** Nothing failed, timed out or was malformed; otherwise nothing was stopped for being absent. */
  readonly complete: boolean;
}

/** A row can't be read, came twice, or a function of the options threw for it. Its process keeps the last good row. */
export interface RowFailed<K extends Key> extends At {
  readonly type: 'row-failed';
  readonly key: K;
  readonly error: unknown;
}

/** A read of the table failed; it is retried. */
export interface TableFailed extends At {
  readonly type: 'table-failed';
  readonly operation: Operation;
  readonly error: unknown;
}

/** What is done to a table. */
export type Operation = 'entries' | 'versions' | 'getMany' | 'get' | 'changes' | 'interval';

/** The stream of changes ended with an error; it is subscribed again. */
export interface ChangesLost extends At {
  readonly type: 'changes-lost';
  readonly error: unknown;
}

/** Nothing starts from here on. */
export interface Shutdown extends At {
  readonly type: 'shutdown';
}

/** The run has ended. */
export interface Down<K extends Key> extends At {
  readonly type: 'down';
  /** What is stuck. */
  readonly keys: readonly K[];
}

/** All that a supervisor does, as one stream: a union on `type`, plain data but for `error` and `value`. */
export type LifecycleEvent<K extends Key = Key, V = unknown> =
  ProcessEvent<K, V> | Ready | Reconciled | RowFailed<K> | TableFailed | ChangesLost | Shutdown | Down<K>;

/** Whether an event is about one key's process. */
export function isProcessEvent<K extends Key, V>(event: LifecycleEvent<K, V>): event is ProcessEvent<K, V> {
  return 'incarnation' in event;
}
