import { DestroyRef, inject } from '@angular/core';
import type { Observable } from 'rxjs';
import { Subscription } from 'rxjs';

/**
 * Runs a supervisor, and ends it when its injector is destroyed: with a component, a route's environment, or the
 * application. Gives the supervisor back. Everything then ends at once, in the same frame, as unsubscribing a run does;
 * for a graceful end call `close()` before. Without `destroyRef` it must be called in an injection context.
 */
export function runUntilDestroyed<S extends { run(): Observable<unknown> }>(
  supervisor: S,
  destroyRef: DestroyRef = inject(DestroyRef),
): S {
  const life = new Subscription();
  // First: what starts may destroy the injector, and one that is destroyed already is an error.
  destroyRef.onDestroy(() => life.unsubscribe());
  if (!life.closed) life.add(supervisor.run().subscribe());
  return supervisor;
}
