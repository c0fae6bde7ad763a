import { isObservable, observable } from 'rxjs';

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
