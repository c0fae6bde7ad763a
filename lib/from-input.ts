import type { ObservableInput } from 'rxjs';
import { from, Observable } from 'rxjs';
import type { Iterating } from './async-iteration.ts';
import { AsyncIteration } from './async-iteration.ts';
import { isAsyncIterable, isObservableLike, isPromiseLike } from './input-kinds.ts';

/**
 * RxJS's `from`, but an async iterator's `return()` is called when it is unsubscribed, also while a `next()` is pending
 * (RxJS calls it only after that `next()` has settled), and any thenable is a Promise.
 *
 * What a late `next()` or `return()` rejects with is nobody's any more, and is dropped.
 */
export function fromInput<T>(input: ObservableInput<T>): Observable<T> {
  if (isAsyncIterable(input)) return fromAsyncIterable(input);
  return from(isPromiseLike(input) && !isObservableLike(input) ? Promise.resolve(input) : input);
}

function fromAsyncIterable<T>(iterable: AsyncIterable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const iteration = new AsyncIteration(iterable, subscriber as Iterating);
    iteration.begin();
    return () => iteration.close();
  });
}
