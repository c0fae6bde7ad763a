import type { Observable } from 'rxjs';
import { concat, finalize, merge, NEVER } from 'rxjs';
import type { ProcessContext, Runnable } from '../../lib/runnable.ts';
import { runProcess } from './run-process.ts';

/** A process that isn't ready while the source lasts. */
export function notReady(source$: Observable<unknown>): Runnable {
  return { run: (running) => concat(source$, running) };
}

/** The combinator with another `running`. */
export function within(process: Runnable, running: Observable<never>): Runnable {
  return { run: (own, context) => process.run(merge(own, running), context) };
}

/** What run gives, for a subscription without a `Live` around it. */
export function byHand(process: Runnable): Observable<unknown> {
  let context!: ProcessContext;
  runProcess({
    run: (running: Observable<never>, own: ProcessContext) => {
      context = own;
      return running;
    },
  });
  return process.run(NEVER, context) as Observable<unknown>;
}

export function failsInTeardown(error: unknown): Observable<never> {
  return NEVER.pipe(
    finalize(() => {
      throw error;
    }),
  );
}
