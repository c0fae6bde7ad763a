import type { Observable } from 'rxjs';
import { defer, finalize, isObservable } from 'rxjs';
import type { Key, Process, ProcessContext, Runnable } from '../index.ts';

type AnyProcess = Process & Partial<AsyncIterable<unknown> & PromiseLike<unknown>>;

/**
 * Counts the processes that live, whatever the supervisor says of them: from when they are subscribed (a Promise: from
 * when it is there) until their teardown has run, or they have settled. An array and the like is never alive.
 */
export class Census<K extends Key> {
  readonly #living = new Map<K, Set<number>>();
  readonly #counted = new Map<K, number>();
  readonly #broken: (what: string) => void;

  /** `broken` is told of each process that begins while another one of its key lives. */
  constructor(broken: (what: string) => void) {
    this.#broken = broken;
  }

  /** The incarnations of a key that live. */
  living(key: K): ReadonlySet<number> {
    return this.#living.get(key) ?? new Set();
  }

  /** Whether that one's life can be seen. */
  counts(key: K, incarnation: number): boolean {
    return this.#counted.get(key) === incarnation;
  }

  /** The same process, counted. */
  count(process: Process, { key, incarnation }: ProcessContext<K, never>): Process {
    const begin = (): void => this.#begin(key, incarnation);
    const end = (): void => this.#end(key, incarnation);
    const found = process as AnyProcess;
    const counted = <T>(source: Observable<T>): Observable<T> =>
      defer(() => {
        begin();
        return source.pipe(finalize(end));
      });
    if (isObservable(process)) return counted(process);
    if (typeof (process as Partial<Runnable>).run === 'function') {
      const runnable = process as Runnable;
      return overlay(runnable, 'run', (running: Observable<never>, context: ProcessContext) =>
        counted(defer(() => runnable.run(running, context))),
      );
    }
    if (typeof found.then === 'function') {
      begin();
      found.then(end, end);
      return process;
    }
    const iterate = found[Symbol.asyncIterator];
    if (typeof iterate !== 'function') return process;
    return overlay(found as AsyncIterable<unknown>, Symbol.asyncIterator, () => {
      begin();
      return countedIterator(iterate.call(process), end);
    });
  }

  #begin(key: K, incarnation: number): void {
    const living = this.#living.get(key) ?? new Set();
    for (const other of living) {
      if (other !== incarnation) this.#broken(`incarnation ${incarnation} begins while ${other} lives`);
    }
    this.#living.set(key, living.add(incarnation));
    this.#counted.set(key, incarnation);
  }

  #end(key: K, incarnation: number): void {
    this.#living.get(key)?.delete(incarnation);
  }
}

/** The same object, but for one method; its other methods work on the object itself. */
function overlay<T extends object>(target: T, name: keyof T, method: unknown): T {
  return new Proxy(target, {
    get(_, property) {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function countedIterator(iterator: AsyncIterator<unknown>, end: () => void): AsyncIterator<unknown> {
  const counted: AsyncIterator<unknown> = {
    next() {
      const next = iterator.next();
      next.then(({ done }) => {
        if (done === true) end();
      }, end);
      return next;
    },
  };
  if (iterator.return !== undefined) {
    counted.return = (value: unknown) => {
      const returned = iterator.return?.(value) as Promise<IteratorResult<unknown>>;
      returned.then(end, end);
      return returned;
    };
  }
  return counted;
}
