import type { Signal } from '@angular/core';
import { computed, DestroyRef, inject, signal, untracked } from '@angular/core';
import { Subscription } from 'rxjs';
import type { Key, ProcessStatus, Supervisor } from '../index.ts';

/**
 * How a key is, as a signal; `undefined` while there is nothing of the key. It changes with that key's status and with no
 * other. The key may be a signal itself, an input for one: the signal then follows it. Its value is right from the start,
 * and whenever it is read. Without `destroyRef` it must be called in an injection context; once that is destroyed it keeps
 * its last value.
 */
export function statusSignal<K extends Key, V>(
  supervisor: Pick<Supervisor<K, V, unknown>, 'status' | 'watch'>,
  key: K | (() => K),
  destroyRef: DestroyRef = inject(DestroyRef),
): Signal<ProcessStatus<K, V> | undefined> {
  const keyOf = typeof key === 'function' ? key : () => key;
  const life = new Subscription();
  destroyRef.onDestroy(() => life.unsubscribe());
  let watching = Subscription.EMPTY;
  // A subscription for the key of now: made when the signal is first read, or was given another key.
  const watched = computed(() => {
    const now = keyOf();
    const status = signal(supervisor.status(now));
    if (!life.closed) {
      watching.unsubscribe();
      // Untracked: whoever makes the supervisor say something may be in the middle of a computation.
      // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
      watching = supervisor.watch(now).subscribe((next) => untracked(() => status.set(next)));
      life.add(watching);
    }
    return status;
  });
  return computed(() => watched()());
}
