import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs';
import type { ForceSignal } from './abort.ts';
import type { Key } from './table.ts';

/**
 * A process whose start and stop take time.
 *
 * `run` opens what it needs, then subscribes to `running`: that moment it is ready. It stays up while `running` lasts.
 * `running` only ever completes: then the process was asked to stop, closes what it opened and completes. So the whole
 * life of a resource reads `concat(open, running, close)`, and with work in it
 * `concat(open, merge(running, work$.pipe(takeUntil(stop$))), close)`.
 *
 * Force comes as `context.force`, and whoever has read it is waited for. A Runnable that never read it is forced by
 * unsubscribing.
 */
export interface Runnable<T = unknown> {
  run(running: Observable<never>, context: ProcessContext): ObservableInput<T>;
}

/** What a process knows about its life: one for each incarnation. */
export interface ProcessContext<K extends Key = Key, V = unknown> {
  readonly key: K;
  /** 1, 2, 3 … for each key; never reused while the supervisor object lives. */
  readonly incarnation: number;
  /** Emits once when the process is asked to stop, then completes; also for a late subscriber. For `takeUntil`. */
  readonly stop$: Observable<void>;
  /** Aborts when the process must end now. Made only when it is read: reading it says "I end by myself when it aborts". */
  readonly force: ForceSignal;
  /** The row as it is now, then each later version (`onChange: 'update'`). Completes when the process is asked to stop. */
  readonly rows$: Observable<V>;
}

/** Whatever can be kept alive: a Runnable, or any Observable, Promise, iterable or async iterable (a string is none). */
export type Process<T = unknown> = Runnable<T> | (ObservableInput<T> & object);

/** What a process emits. */
export type OutputOf<P> =
  P extends Runnable<infer T> ? T : P extends ObservableInput<unknown> ? ObservedValueOf<P> : never;

/** Whether something is a Runnable. */
export function isRunnable(process: unknown): process is Runnable {
  return typeof (process as Partial<Runnable> | null | undefined)?.run === 'function';
}
