import type { Unsubscribable } from 'rxjs';
import { backoff } from './backoff.ts';
import type { ReadContext } from './read.ts';
import { after } from './scheduler.ts';

const delayOf = backoff();

/** Does something again after `backoff()`, later and later until it was reset. */
export class Retry {
  readonly #context: ReadContext;
  readonly #name: string;
  readonly #again: () => void;
  #attempt = 0;
  #timer: Unsubscribable | undefined = undefined;

  constructor(context: ReadContext, name: string, again: () => void) {
    this.#context = context;
    this.#name = name;
    this.#again = again;
  }

  /** After a failure. What is waiting already does for this one too. */
  schedule(error: unknown): void {
    const { mailbox, settings } = this.#context;
    if (this.#timer !== undefined) return;
    this.#attempt++;
    const timer = after(settings.scheduler, delayOf(this.#attempt, error, this.#name), () =>
      mailbox.post(() => {
        if (timer !== this.#timer) return; // cancelled while this waited for its turn
        this.#timer = undefined;
        this.#again();
      }),
    );
    this.#timer = timer;
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
