import type { Unsubscribable } from 'rxjs';
import type { Mailbox } from './mailbox.ts';
import type { Scheduler } from './scheduler.ts';
import { after } from './scheduler.ts';

/** What is due at one time. */
interface Bell {
  readonly works: Set<() => void>;
  timer: Unsubscribable | undefined;
}

/**
 * Every wait. Those that end at the same ms share one timer, so that ten thousand processes that failed together are
 * tried again together.
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
    const due = this.#scheduler.now() + delay;
    const bell = this.#bells.get(due) ?? this.#hang(due, delay);
    const own = (): void => work();
    bell.works.add(own);
    return {
      unsubscribe: () => {
        if (!bell.works.delete(own) || bell.works.size > 0) return;
        this.#bells.delete(due);
        bell.timer?.unsubscribe();
      },
    };
  }

  #hang(due: number, delay: number): Bell {
    const bell: Bell = { works: new Set(), timer: undefined };
    this.#bells.set(due, bell);
    bell.timer = after(this.#scheduler, delay, () => this.#mailbox.post(() => this.#ring(due, bell)));
    return bell;
  }

  #ring(due: number, bell: Bell): void {
    // What is set from here on for the same ms has a timer of its own.
    this.#bells.delete(due);
    for (const own of bell.works) {
      this.#mailbox.post(() => {
        if (bell.works.delete(own)) own();
      });
    }
  }
}
