import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';

/**
 * A Subject that never ends, for what is said a million times: a plain loop over those who listened when it was said.
 * RxJS's own makes a closure for each value.
 */
export class Broadcast<T> {
  readonly #listeners = new Set<Subscriber<T>>();
  /** The listeners as an array, until one comes or goes: not changed, so that doing so meanwhile doesn't disturb the loop. */
  #current: readonly Subscriber<T>[] | undefined = [];

  readonly values: Observable<T> = new Observable((subscriber) => {
    this.#listeners.add(subscriber);
    this.#current = undefined;
    return () => {
      this.#listeners.delete(subscriber);
      this.#current = undefined;
    };
  });

  next(value: T): void {
    for (const listener of (this.#current ??= [...this.#listeners])) listener.next(value);
  }
}
