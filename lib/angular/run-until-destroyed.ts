import { DestroyRef, inject } from '@angular/core';
import type { Observable } from 'rxjs';

/**
 * Runs a supervisor, and ends it when its injector is destroyed: with a component, a route's environment, or the
 * application. Gives the supervisor back. Everything then ends at once, in the same frame, as unsubscribing a run does;
 * for a graceful end call `close()` before. Without `destroyRef` it must be called in an injection context.
 */
export function runUntilDestroyed<S extends { run(): Observable<unknown> }>(
  supervisor: S,
  destroyRef: DestroyRef = inject(DestroyRef),
): S {
  const run = supervisor.run().subscribe();
  destroyRef.onDestroy(() => run.unsubscribe());
  return supervisor;
}
