import { catchError, throwError } from 'rxjs';
import { NamedError } from './errors.ts';
import { group } from './group.ts';
import { isPatient, patient } from './patient.ts';
import type { OutputOf, Process, Runnable } from './runnable.ts';

/**
 * A process whose error tells whose it is: a NamedError, the name in front of its message, the original as `cause`.
 *
 * Everything else is as with the process itself: when it is ready, how it is asked and forced, what it emits.
 *
 * ```ts
 * chain(named('database', connection), named('worker', worker)); // NamedError: database: connect ECONNREFUSED
 * ```
 */
export function named<P extends Process>(name: string, process: P): Runnable<OutputOf<P>> {
  const alone = group<OutputOf<P>>([process], { inOrder: true, nested: true });
  const patience = { [patient]: isPatient(process) };
  return {
    ...patience,
    run: (running, context) =>
      alone.run(running, context).pipe(catchError((error: unknown) => throwError(() => new NamedError(name, error)))),
  };
}
