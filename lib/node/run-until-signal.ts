import {
  defer,
  fromEvent,
  ignoreElements,
  merge,
  Observable,
  ReplaySubject,
  share,
  skip,
  takeUntil,
  tap,
  throttle,
} from 'rxjs';
import { until } from '../index.ts';

/** What can be run until it is told to stop, and then be forced: a Supervisor. */
export interface Stoppable<E> {
  run(running: Observable<never>, context: { readonly force: AbortSignal }): Observable<E>;
}

/** ms in which a signal that comes again is the same one: a Ctrl-C under npm comes from the terminal and from npm. */
const SAME = 300;

/**
 * Runs a supervisor until this process gets a signal (SIGINT or SIGTERM, if none are named): the first stops everything
 * gracefully, the next, from 300 ms later on, forces.
 *
 * Emits the lifecycle events of the run, and completes when everything has ended. Unsubscribing ends the run at once. The
 * signals' handlers are removed 300 ms after that, unless this process has ended before, so that the echo of a signal
 * doesn't kill it on its way out.
 *
 *     runUntilSignal(supervisor).subscribe({ next: console.log, complete: () => database.close() });
 */
export function runUntilSignal<E>(supervisor: Stoppable<E>, ...signals: NodeJS.Signals[]): Observable<E> {
  const names = signals.length === 0 ? (['SIGINT', 'SIGTERM'] as const) : signals;
  return defer(() => {
    const force = new AbortController();
    const signal$ = merge(...names.map((name) => fromEvent(process, name))).pipe(
      throttle(() => unheldTimer(SAME)),
      share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: () => unheldTimer(SAME) }),
    );
    const forcing$ = signal$.pipe(
      skip(1),
      tap(() => force.abort()),
      ignoreElements(),
    );
    // It lasts as long as the run does, and never ends it.
    return supervisor.run(until(signal$), { force: force.signal }).pipe(takeUntil(forcing$));
  });
}

/** A timer for which this process doesn't wait. */
function unheldTimer(ms: number): Observable<void> {
  return new Observable((subscriber) => {
    const timeout = setTimeout(() => subscriber.next(), ms).unref();
    return () => clearTimeout(timeout);
  });
}
