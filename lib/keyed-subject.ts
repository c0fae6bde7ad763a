import { Observable, Subject } from 'rxjs';

/**
 * A Subject for each key that somebody listens to: a thousand listeners of a thousand keys cost each emission one
 * look-up, where as many filters on one Subject would cost it a thousand calls.
 */
export class KeyedSubject<K, T> {
  readonly #subjects = new Map<K, Subject<T>>();

  /** How many keys somebody listens to. */
  get size(): number {
    return this.#subjects.size;
  }

  next(key: K, value: T): void {
    if (this.size > 0) this.#subjects.get(key)?.next(value);
  }

  /** To the listeners of every key. */
  broadcast(value: T): void {
    for (const subject of [...this.#subjects.values()]) subject.next(value);
  }

  of(key: K): Observable<T> {
    return new Observable((subscriber) => {
      const subject = this.#subjects.get(key) ?? new Subject<T>();
      this.#subjects.set(key, subject);
      subject.subscribe(subscriber);
      // The subject has let go of the subscriber by then.
      return () => {
        if (!subject.observed) this.#subjects.delete(key);
      };
    });
  }
}
