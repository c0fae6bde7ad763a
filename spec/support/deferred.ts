/** A Promise, and what settles it. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Resolves once every microtask that is due has run. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
