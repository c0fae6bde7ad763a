import type { Signal } from '@angular/core';
import { computed, DestroyRef, inject, signal, untracked } from '@angular/core';
import type { Key, ProcessStatus, Supervisor } from '../index.ts';
import { equals } from '../index.ts';

/**
 * What a selector makes of all statuses, as a signal. The selector runs when the signal is read after something has
 * happened, however much that was; a selection that is equal by value changes nothing. Without `destroyRef` it must be
 * called in an injection context; once that is destroyed it keeps its last value.
 *
 * @example
 * ```ts
 * const failing = statusesSignal(feeds, (statuses) => [...statuses.values()].filter(({ error }) => error !== undefined));
 * ```
 */
export function statusesSignal<K extends Key, V, S>(
  supervisor: Pick<Supervisor<K, V, unknown>, 'statuses' | 'events'>,
  selector: (statuses: ReadonlyMap<K, ProcessStatus<K, V>>) => S,
  destroyRef: DestroyRef = inject(DestroyRef),
): Signal<S> {
  const happened = signal(0);
  // Untracked: whoever makes the supervisor say something may be in the middle of a computation.
  // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
  const events = supervisor.events.subscribe(() => untracked(() => happened.update((count) => count + 1)));
  destroyRef.onDestroy(() => events.unsubscribe());
  // A copy, since the live view never differs from itself.
  return computed(() => (happened(), selector(new Map(supervisor.statuses()))), { equal: equals });
}
