import type { Observer } from 'rxjs';
import { describe } from './errors.ts';
import { isPromiseLike } from './input-kinds.ts';

/** Who iterates: it stops when it is closed, or was asked to. */
export interface Iterating extends Observer<unknown> {
  readonly asked?: boolean;
  readonly closed: boolean;
}

/**
 * An async iterable driven by hand, since a process that is one ends when it settles, and only then: asked to stop, its
 * `return()` is called, also while a `next()` is pending, and its end is what that or the `next()` says.
 */
export class AsyncIteration {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #observer: Iterating;
  #ended = false;

  constructor(iterable: AsyncIterable<unknown>, observer: Iterating) {
    this.#iterator = iterable[Symbol.asyncIterator]();
    this.#observer = observer;
  }

  /** Begins; one that was asked to stop by now is only closed. */
  begin(): void {
    if (this.#observer.asked !== true) this.#pull();
    else if (this.#iterator.return === undefined) this.#observer.complete();
    else this.close();
  }

  /** A loop, for an iterator that answers at once. */
  #pull(): void {
    const next = (): unknown => this.#iterator.next();
    while (this.#settle(next, (result) => this.#take(result)));
  }

  /** Asks it to end, unless it has. One without a `return()` ends with the `next()` that is pending. */
  close(): void {
    if (this.#ended || this.#iterator.return === undefined) return;
    this.#settle(
      () => this.#iterator.return?.(),
      () => {
        this.#observer.complete();
        return false;
      },
    );
  }

  /** Whether to go on. */
  #take(result: unknown): boolean {
    if (!isResult(result)) {
      const found = describe(result);
      this.#fail(new TypeError(`next() of an async iterator must give { done, value }, but gave ${found}.`));
    } else if (result.done === true) {
      this.#ended = true;
      this.#observer.complete();
    } else {
      this.#observer.next(result.value);
      if (this.#observer.asked !== true && !this.#observer.closed) return true;
      if (this.#iterator.return === undefined) this.#observer.complete();
    }
    return false;
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#observer.error(error);
  }

  /** What a method throws is as good as what it rejects with. Whether to go on with what it gave at once. */
  #settle(call: () => unknown, done: (result: unknown) => boolean): boolean {
    const failed = (error: unknown): void => this.#fail(error);
    try {
      const pending = call();
      if (!isPromiseLike(pending)) return done(pending);
      pending.then((result) => {
        if (done(result)) this.#pull();
      }, failed);
    } catch (error) {
      failed(error);
    }
    return false;
  }
}

function isResult(result: unknown): result is IteratorResult<unknown> {
  return typeof result === 'object' && result !== null && !isPromiseLike(result);
}
