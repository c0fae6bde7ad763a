import type { ObservableInput } from 'rxjs';
import { from, ignoreElements, map, Observable, tap } from 'rxjs';
import { InvalidRowError } from './errors.ts';
import { fromInput, isAsyncIterable, isIterable, isObservableLike, isPromiseLike } from './from-input.ts';
import type { Batches } from './table.ts';

/**
 * Reads once for each subscription, and hands every batch to `eachBatch`: the one place that drives a read.
 *
 * A synchronous iterable, or what a Promise resolves to, is the one batch; Observables and async iterables emit batches.
 * A read that answers synchronously has ended when `subscribe` returns. `eachBatch` iterates its batch itself, so that
 * what a generator gave before it threw is kept.
 *
 * Completes when everything was read. Errors, once, with what `read`, its source or `eachBatch` throws, and with an
 * InvalidRowError for what is neither a source of batches nor a batch (a string isn't). Unsubscribing, or what
 * `eachBatch` throws, closes the source, calls an async iterator's `return()` also while a `next()` is pending, and
 * nothing is handed over any more. To stop from inside `eachBatch`, use `takeUntil` or throw; whoever stops while
 * iterating leaves the loop.
 */
export function readBatches<R>(
  operation: string,
  read: () => Batches<R>,
  eachBatch: (batch: Iterable<R>) => void,
): Observable<never> {
  const handOver = (batch: unknown): void => {
    if (!isIterable(batch)) throw new InvalidRowError(operation, 'an iterable of rows', batch);
    eachBatch(batch as Iterable<R>);
  };
  return new Observable((subscriber) => {
    const batches: unknown = read();
    if (isObservableLike(batches) || isPromiseLike(batches) || isAsyncIterable(batches)) {
      return fromInput(batches as ObservableInput<unknown>)
        .pipe(tap(handOver), ignoreElements())
        .subscribe(subscriber);
    }
    handOver(batches);
    subscriber.complete();
    return undefined;
  });
}

/**
 * The same read with each batch mapped: what was synchronous stays so, and an Observable, a Promise or an async iterable
 * stays what it was, closing its source as before.
 *
 * `mapBatch` is to be lazy (a generator), so that it fails where the batch fails. What isn't a batch is passed on, for
 * the reader to say so.
 */
export function mapBatches<A, B>(batches: Batches<A>, mapBatch: (batch: Iterable<A>) => Iterable<B>): Batches<B> {
  const mapped = (batch: Iterable<A>): Iterable<B> =>
    isIterable(batch) ? mapBatch(batch) : (batch as Iterable<never>);
  if (isObservableLike(batches)) return from(batches as Observable<Iterable<A>>).pipe(map(mapped));
  if (isPromiseLike(batches)) return (batches as PromiseLike<Iterable<A>>).then(mapped);
  if (isAsyncIterable(batches)) return mapAsyncIterable(batches as AsyncIterable<Iterable<A>>, mapped);
  return mapped(batches as Iterable<A>);
}

/** Not an async generator: its `return()` would wait for a pending `next()`. */
function mapAsyncIterable<A, B>(iterable: AsyncIterable<A>, project: (value: A) => B): AsyncIterable<B> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = iterable[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await iterator.next();
          return result.done === true ? result : { done: false, value: project(result.value) };
        },
        async return() {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
