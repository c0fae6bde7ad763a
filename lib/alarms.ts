import type { Unsubscribable } from 'rxjs';
import type { TurnContext } from './turn-timer.ts';
import { afterInTurn } from './turn-timer.ts';

/** What is due at one time. */
interface Bell {
  readonly works: Set<() => void>;
  timer: Unsubscribable | undefined;
}

/**
 * Timers for very many: those that are due at the same ms share one, so that ten thousand processes that failed together
 * are tried again in one turn.
 */
export class Alarms {
  readonly #context: TurnContext;
  readonly #bells = new Map<number, Bell>();

  constructor(context: TurnContext) {
    this.#context = context;
  }

  /** Calls `work` after `delay` ms, in the mailbox's turn; never, for `Infinity`. Unsubscribing cancels it. */
  set(delay: number, work: () => void): Unsubscribable | undefined {
    if (delay === Infinity) return undefined;
    const due = this.#context.settings.scheduler.now() + delay;
    const bell = this.#bells.get(due) ?? this.#hang(due, delay);
    const own = (): void => work();
    bell.works.add(own);
    return {
      unsubscribe: () => {
        if (bell.works.delete(own) && bell.works.size === 0) this.#takeDown(due, bell);
      },
    };
  }

  #hang(due: number, delay: number): Bell {
    const bell: Bell = { works: new Set(), timer: undefined };
    this.#bells.set(due, bell);
    bell.timer = afterInTurn(this.#context, delay, () => this.#ring(due, bell));
    return bell;
  }

  #ring(due: number, bell: Bell): void {
    // What is set from here on for this very ms gets a timer of its own.
    if (this.#bells.get(due) === bell) this.#bells.delete(due);
    // Each in a turn of its own; what was cancelled before its turn isn't done.
    for (const work of bell.works) {
      this.#context.mailbox.post(() => {
        if (bell.works.delete(work)) work();
      });
    }
  }

  #takeDown(due: number, bell: Bell): void {
    if (this.#bells.get(due) === bell) this.#bells.delete(due);
    bell.timer?.unsubscribe();
  }
}
