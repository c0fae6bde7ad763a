import type { Unsubscribable } from 'rxjs';
import type { Mailbox } from './mailbox.ts';
import type { Scheduler } from './scheduler.ts';
import { after } from './scheduler.ts';

/** What was set at one time, for one delay. The time when it is due wouldn't do: a clock may jump in between. */
interface Bell {
  readonly setAt: number;
  readonly works: Set<() => void>;
  timer: Unsubscribable | undefined;
}

/**
 * Every wait. Those that begin at the same ms and are equally long share one timer, so that ten thousand processes that
 * failed together are tried again together.
 */
export class Alarms {
  readonly #mailbox: Mailbox;
  readonly #scheduler: Scheduler;
  readonly #bells = new Map<number, Bell>();

  constructor(mailbox: Mailbox, scheduler: Scheduler) {
    this.#mailbox = mailbox;
    this.#scheduler = scheduler;
  }

  /**
   * Calls `work` after `delay` ms, in a turn of its own. Unsubscribing cancels it, also while it waits for that turn.
   * `Infinity` arms no timer.
   */
  set(delay: number, work: () => void): Unsubscribable | undefined {
    if (delay === Infinity) return undefined;
    const setAt = this.#scheduler.now();
    let bell = this.#bells.get(delay);
    if (bell?.setAt !== setAt) bell = this.#hang(setAt, delay);
    const { works } = bell;
    const own = (): void => work();
    works.add(own);
    return {
      unsubscribe: () => {
        if (!works.delete(own) || works.size > 0) return;
        this.#bells.delete(delay);
        bell.timer?.unsubscribe();
      },
    };
  }

  #hang(setAt: number, delay: number): Bell {
    const bell: Bell = { setAt, works: new Set(), timer: undefined };
    this.#bells.set(delay, bell);
    bell.timer = after(this.#scheduler, delay, () => this.#mailbox.post(() => this.#ring(delay, bell)));
    return bell;
  }

  #ring(delay: number, bell: Bell): void {
    // What is set from here on has a timer of its own.
    this.#bells.delete(delay);
    for (const own of bell.works) {
      this.#mailbox.post(() => {
        if (bell.works.delete(own)) own();
      });
    }
  }
}
