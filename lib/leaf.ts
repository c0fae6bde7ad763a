import type { ObservableInput } from 'rxjs';
import type { Around } from './combination.ts';
import { Combination, combinator } from './combination.ts';
import { someCause } from './errors.ts';
import type { Live } from './live.ts';
import type { ProcessContext, Runnable } from './runnable.ts';

/**
 * A process made of one function that runs, and one that makes it stop.
 *
 * `run` is subscribed, and the process is ready. When it is asked to stop, `gracefulStop` runs to its end; then `run` is
 * forced (its `force` aborts, if it has read it; a Promise is waited for in any case; anything else is unsubscribed), and
 * the process completes when `run` has ended. Without `gracefulStop`, `run` is forced as soon as it is asked to stop.
 * The `stop$` of `run` emits when it is forced, not before. What both emit is what the process emits.
 *
 * - When `run` ends by itself, that is the end of the process, and `gracefulStop` isn't called.
 * - Errors: that of `running`; else that of `gracefulStop`; else that of `run`. An error of `run` after it was forced that
 *   is the reason of its `force`, or has it among its causes, is a clean end.
 * - Forced, both are forced. Unsubscribing does the same.
 *
 * ```
 * asked         -----x
 * run           -a--b--c--d--e
 * gracefulStop       ---z|
 * leaf          Ra--b--cz|     R: ready
 * ```
 * ```ts
 * leaf(({ force }) => server.serve({ signal: force }), () => server.drain());
 * ```
 */
export function leaf<R, G = never>(
  run: (context: ProcessContext) => ObservableInput<R>,
  gracefulStop?: (context: ProcessContext) => ObservableInput<G>,
): Runnable<R | G> {
  const work: Runnable = { run: (_, own) => run(own) };
  const end: Runnable | undefined = gracefulStop && { run: (_, own) => gracefulStop(own) };
  return combinator((around) => new LeafRun(around, work, end));
}

class LeafRun extends Combination {
  readonly #work: Runnable;
  readonly #gracefulStop: Runnable | undefined;

  constructor(around: Around, work: Runnable, gracefulStop: Runnable | undefined) {
    super(around);
    this.#work = work;
    this.#gracefulStop = gracefulStop;
  }

  protected override advance(): void {
    const [run, stop] = this.members;
    if (run === undefined) this.#open();
    else if (run.ended && stop?.ended !== false)
      this.finish([...this.carried, ...(stop?.failures ?? []), ...(endedCleanly(run) ? [] : run.failures)]);
    else if (!this.closing) this.listen();
    else if (this.forced) {
      stop?.kill();
      run.kill();
    } else if (this.#gracefulStop === undefined || stop?.ended === true) run.kill();
    else if (stop === undefined) this.start(this.#gracefulStop);
  }

  #open(): void {
    if (this.forced) this.finish([]);
    else this.start(this.#work);
  }
}

/** It failed with the reason for which it was forced. */
function endedCleanly(run: Live): boolean {
  return run.forced && run.failed && someCause(run.failure, (error) => error === run.force.reason);
}
