import type { ObservableInput } from 'rxjs';
import type { Around } from './combination.ts';
import { Combination, combinator } from './combination.ts';
import type { Live } from './live.ts';
import type { ProcessContext, Runnable } from './runnable.ts';

/**
 * A process made of two functions: one that opens, one that closes.
 *
 * `start` runs to its end, and the process is ready. When it is asked to stop, `stop` runs to its end, and the process
 * completes. Both may give an Observable, a Promise or an iterable; what they emit is what the process emits.
 *
 * - Errors: that of `start` (then `stop` isn't called); else that of `running`; else that of `stop`.
 * - Forced, the one of the two that runs is forced: its `force` aborts, if it has read it; a Promise is waited for in any
 *   case; anything else is unsubscribed. A `start` that was cut in this way has opened nothing. One that completed all
 *   the same (a Promise) has: then `stop` is called, and forced as well.
 * - Unsubscribing does the same, within the frame as far as nothing has to be waited for.
 *
 * ```
 * asked      ---------x
 * start      --o--|
 * stop                -c-|
 * startStop  --o--R----c-|     R: ready
 * ```
 * ```ts
 * startStop(() => server.listen(8080), () => server.close());
 * ```
 */
export function startStop<A, B>(
  start: (context: ProcessContext) => ObservableInput<A>,
  stop: (context: ProcessContext) => ObservableInput<B>,
): Runnable<A | B> {
  return combinator(
    (around) => new StartStopRun(around, { run: (_, own) => start(own) }, { run: (_, own) => stop(own) }),
  );
}

class StartStopRun extends Combination {
  readonly #first: Runnable;
  readonly #last: Runnable;

  constructor(around: Around, first: Runnable, last: Runnable) {
    super(around);
    this.#first = first;
    this.#last = last;
  }

  protected override advance(): void {
    const [start, stop] = this.members;
    if (start === undefined) this.#open();
    else if (!start.ended) this.#forceIfDue(start);
    else if (start.failed || !start.endedByItself) this.finish(start.failures);
    else if (!this.closing) this.listen();
    else if (stop === undefined) this.start(this.#last);
    else if (!stop.ended) this.#forceIfDue(stop);
    else this.finish([...this.carried, ...stop.failures]);
  }

  #open(): void {
    if (this.forced) this.finish([]);
    else this.start(this.#first);
  }

  #forceIfDue(phase: Live): void {
    if (this.forced) phase.kill();
  }
}
