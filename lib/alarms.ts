import type { Unsubscribable } from 'rxjs';
import type { Mailbox } from './mailbox.ts';
import type { Scheduler } from './scheduler.ts';
import { after } from './scheduler.ts';

/** Who is told when the time has come: an object, since where all fail together there is one for each row. */
export interface Waiting {
  timeIsUp(): void;
}

/** One timer: of all that was set at one time, for one delay. When it is due wouldn't do: a clock may jump in between. */
interface Bell {
  readonly setAt: number;
  readonly dueAt: number;
  /** In the order in which they were set. What is cancelled stays until the others ring, as next to nothing. */
  readonly alarms: Alarm[];
  /** How many weren't cancelled. */
  left: number;
  /** Nobody waits any more. */
  readonly takeDown: () => void;
}

/** One wait. */
export class Alarm implements Unsubscribable {
  readonly #bell: Bell;
  #waiting: Waiting | undefined;

  constructor(bell: Bell, waiting: Waiting) {
    this.#bell = bell;
    this.#waiting = waiting;
    bell.alarms.push(this);
    bell.left++;
  }

  /** When it rings: ms. */
  get dueAt(): number {
    return this.#bell.dueAt;
  }

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.timeIsUp();
  }

  /** Cancels it, also while it waits for its turn. */
  unsubscribe(): void {
    if (this.#waiting === undefined) return;
    this.#waiting = undefined;
    if (--this.#bell.left === 0) this.#bell.takeDown();
  }
}

/**
 * Every wait. Those that begin at the same ms and are equally long share one timer, so that ten thousand processes that
 * failed together are tried again together.
 */
export class Alarms {
  readonly #mailbox: Mailbox;
  readonly #scheduler: Scheduler;
  /** The last one for each delay. */
  readonly #bells = new Map<number, Bell>();

  constructor(mailbox: Mailbox, scheduler: Scheduler) {
    this.#mailbox = mailbox;
    this.#scheduler = scheduler;
  }

  /** Tells it after `delay` ms, in the mailbox's turn. `Infinity` arms no timer. */
  set(delay: number, waiting: Waiting): Alarm | undefined {
    if (delay === Infinity) return undefined;
    const setAt = this.#scheduler.now();
    let bell = this.#bells.get(delay);
    if (bell?.setAt !== setAt) bell = this.#hang(setAt, delay);
    return new Alarm(bell, waiting);
  }

  #hang(setAt: number, delay: number): Bell {
    const alarms: Alarm[] = [];
    const timer = after(this.#scheduler, delay, () =>
      this.#mailbox.post(() => {
        // What is set from here on has a timer of its own.
        this.#bells.delete(delay);
        this.#ring(alarms.splice(0).values());
      }),
    );
    const takeDown = (): void => {
      this.#bells.delete(delay);
      timer?.unsubscribe();
    };
    const bell = { setAt, dueAt: setAt + delay, alarms, left: 0, takeDown };
    this.#bells.set(delay, bell);
    return bell;
  }

  /** Each in a step of its own; all of them, also if one throws. */
  #ring(left: IterableIterator<Alarm>): void {
    try {
      for (const alarm of left) {
        this.#mailbox.step();
        alarm.ring();
      }
    } catch (error) {
      this.#mailbox.post(() => this.#ring(left));
      throw error;
    }
  }
}
