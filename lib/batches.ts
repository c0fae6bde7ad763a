import type { Observable, ObservableInput } from 'rxjs';
import { from, map } from 'rxjs';
import { InvalidRowError } from './errors.ts';
import { fromInput } from './from-input.ts';
import { isAsyncIterable, isIterable, isObservableLike, isPromiseLike } from './input-kinds.ts';
import type { Batches } from './table.ts';

/**
 * What a read gave, in one of two forms: a synchronous iterable *is* the batch; a Promise, an Observable and an async
 * iterable become an Observable of batches.
 *
 * Throws, and the Observable errors with, an InvalidRowError for what is neither a source of batches nor a batch (a
 * string isn't). Unsubscribing calls an async iterator's `return()` also while a `next()` is pending.
 */
export function batchesOf<R>(operation: string, batches: Batches<R>): Iterable<R> | Observable<Iterable<R>> {
  // An array first, without as many look-ups for what it isn't: `getMany` gives one for each edit of a table in memory.
  if (Array.isArray(batches) && !isPromiseLike(batches)) return batches as R[];
  if (isObservableLike(batches) || isPromiseLike(batches) || isAsyncIterable(batches)) {
    return fromInput(batches as ObservableInput<unknown>).pipe(map((batch) => toBatch<R>(operation, batch)));
  }
  return toBatch(operation, batches);
}

function toBatch<R>(operation: string, batch: unknown): Iterable<R> {
  if (!isIterable(batch)) throw new InvalidRowError(operation, 'an iterable of rows', batch);
  return batch as Iterable<R>;
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
