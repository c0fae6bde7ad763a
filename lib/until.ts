import type { Observable, ObservableInput } from 'rxjs';
import { NEVER, takeUntil } from 'rxjs';

/**
 * Completes when the notifier first emits: a `running` that lasts until something happens.
 *
 * Emits nothing. Never completes when the notifier completes without having emitted; errors when the notifier does.
 * Unsubscribing unsubscribes from the notifier.
 *
 * ```
 * notifier  ----x--
 * until     ----|
 *
 * notifier  ----|
 * until     -------
 * ```
 * ```ts
 * supervisor.run(until(shutdown$));
 * ```
 */
export function until(notifier: ObservableInput<unknown>): Observable<never> {
  return NEVER.pipe(takeUntil(notifier));
}
