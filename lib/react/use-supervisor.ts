import type { DependencyList } from 'react';
import { useEffect, useMemo } from 'react';
import type { Observable } from 'rxjs';

/**
 * Makes a supervisor, and runs it while the component is mounted. Gives the same one at each render, until one of `deps`
 * changes: then what the old one runs ends, and the new one begins.
 *
 * Unmounting ends everything at once, in the same frame, as unsubscribing a run does; for a graceful end call `close()`
 * before. Nothing runs before the component is mounted, so nothing does on a server. `create` may be called more often
 * than is used: a supervisor that doesn't run holds nothing.
 *
 * @example
 * ```tsx
 * const feeds = useSupervisor(() => new Supervisor(table, { process: open }));
 * ```
 */
export function useSupervisor<S extends { run(): Observable<unknown> }>(create: () => S, deps: DependencyList = []): S {
  const supervisor = useMemo(create, deps);
  useEffect(() => {
    const run = supervisor.run().subscribe();
    return () => run.unsubscribe();
  }, [supervisor]);
  return supervisor;
}
