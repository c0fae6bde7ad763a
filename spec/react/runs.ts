import type { Observable, Subscription } from 'rxjs';

const runs: Subscription[] = [];
// After Testing Library's own, which unmounts.
afterEach(() => runs.splice(0).forEach((run) => run.unsubscribe()));

/** Runs a supervisor until the end of the test. */
export function running(supervisor: { run(): Observable<unknown> }): Subscription {
  const run = supervisor.run().subscribe();
  runs.push(run);
  return run;
}
