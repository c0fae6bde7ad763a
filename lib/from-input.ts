import type { ObservableInput } from 'rxjs';
import { from, isObservable, Observable, observable } from 'rxjs';

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

/** Whether something is an Observable, of this copy of RxJS or of any library that RxJS can subscribe to. */
export function isObservableLike(input: unknown): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the very symbol that this RxJS's `from` looks for
  return isObservable(input) || hasMethod(input, observable);
}

/** Whether something is to be awaited. */
export function isPromiseLike(input: unknown): input is PromiseLike<unknown> {
  return hasMethod(input, 'then');
}

/** Whether something is an async iterable, and neither an Observable nor a Promise first. */
export function isAsyncIterable(input: unknown): input is AsyncIterable<unknown> {
  return hasMethod(input, Symbol.asyncIterator) && !isObservableLike(input) && !isPromiseLike(input);
}

/** Whether something is an iterable that isn't a string. */
export function isIterable(input: unknown): input is Iterable<unknown> {
  return typeof input !== 'string' && hasMethod(input, Symbol.iterator);
}

function hasMethod(input: unknown, name: string | symbol): boolean {
  return typeof (input as Record<string | symbol, unknown> | null | undefined)?.[name] === 'function';
}

function fromAsyncIterable<T>(iterable: AsyncIterable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]();
    let ended = false;
    const drive = async (): Promise<void> => {
      try {
        while (!subscriber.closed) {
          const result = await iterator.next();
          if (result.done === true) {
            ended = true;
            subscriber.complete();
          } else subscriber.next(result.value);
        }
      } catch (error) {
        ended = true;
        subscriber.error(error);
      }
    };
    const close = async (): Promise<void> => {
      try {
        if (!ended) await iterator.return?.();
      } catch {
        // It was told to end, and has.
      }
    };
    void drive();
    return () => void close();
  });
}
