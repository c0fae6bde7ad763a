import type { Unsubscribable } from 'rxjs';
import type { Alarms, Waiting } from './alarms.ts';
import { backoff } from './backoff.ts';

const delayOf = backoff();

/** Does something again after `backoff()`, later and later until it was reset. */
export class Retry implements Waiting {
  readonly #alarms: Alarms;
  readonly #name: string;
  readonly #again: () => void;
  #attempt = 0;
  #timer: Unsubscribable | undefined = undefined;

  constructor(alarms: Alarms, name: string, again: () => void) {
    this.#alarms = alarms;
    this.#name = name;
    this.#again = again;
  }

  /** After a failure. What is waiting already does for this one too. */
  schedule(): void {
    if (this.#timer !== undefined) return;
    this.#attempt++;
    this.#timer = this.#alarms.set(delayOf(this.#attempt, undefined, this.#name), this);
  }

  timeIsUp(): void {
    this.#timer = undefined;
    this.#again();
  }

  /** After a success. What is waiting, for something else that failed, goes on waiting. */
  reset(): void {
    this.#attempt = 0;
  }

  cancel(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }
}
