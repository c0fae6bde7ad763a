import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';

/**
 * A Subject that never ends, for what is said a million times: a plain loop over those who listened when it was said.
 * RxJS's own makes a closure for each value.
 */
export class Broadcast<T> {
  /** Replaced when one comes or goes, and never changed: that doesn't disturb the loop which is on. */
  #listeners: readonly Subscriber<T>[] = [];

  readonly values: Observable<T> = new Observable((subscriber) => {
    this.#listeners = [...this.#listeners, subscriber];
    return () => {
      this.#listeners = this.#listeners.filter((listener) => listener !== subscriber);
    };
  });

  next(value: T): void {
    for (const listener of this.#listeners) listener.next(value);
  }
}
