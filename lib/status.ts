import type { Key } from './table.ts';

export type ProcessState =
  'queued' | 'starting' | 'running' | 'stopping' | 'backoff' | 'completed' | 'given-up' | 'held' | 'stuck';

/** How a key is now: an immutable value, written by `applyEvent`. */
export interface ProcessStatus<K extends Key = Key, V = unknown> {
  readonly state: ProcessState;
  readonly key: K;
  /** The row its process was started with, or was last updated to. */
  readonly value: V;
  readonly incarnation: number;
  readonly attempt: number;
  /** When it came into this state: ms, by the scheduler's clock. */
  readonly since: number;
  /** The error of the last failure, until it runs again. */
  readonly error?: unknown;
  /** When the next try is due (`backoff`): ms, by the scheduler's clock. */
  readonly until?: number;
}
