import type { Subscriber } from 'rxjs';
import { catchError, concat, defer, EMPTY, filter, from, Observable, tap } from 'rxjs';
import type { ForceSignal } from './abort.ts';
import { abortHandle, onAbort } from './abort.ts';
import { someCause } from './errors.ts';
import type { ProcessContext, Runnable } from './runnable.ts';
import type { Key } from './table.ts';

/** What an async function is given to be a process. */
export interface AsyncContext<K extends Key = Key, V = unknown> {
  /** Aborts when the process is asked to stop, already then; force adds nothing to it. */
  readonly signal: ForceSignal;
  /**
   * Marks readiness; calling it again is harmless. A function that reads it before its first `await` is ready when it
   * calls it; one that doesn't was ready when it was called.
   */
  readonly ready: () => void;
  readonly key: K;
  readonly incarnation: number;
  /** The row as it is now, then each later version. Completes when the process is asked to stop. */
  readonly rows$: Observable<V>;
}

/**
 * A plain async function as a process: it lives from its call until its Promise settles, and nothing cuts it short.
 *
 * It emits the function's value, unless that is undefined, and completes. It errors with the function's error, except
 * when `signal` has aborted and the error is its reason, or has it among its causes: that is a clean end. An error of
 * `running` aborts `signal`, and is the error of the process once the function has settled, however it did.
 * Unsubscribing aborts `signal`.
 *
 * ```ts
 * fromAsync(async ({ signal, ready }) => {
 *   const socket = await connect({ signal });
 *   ready();
 *   for await (const message of socket.messages({ signal })) handle(message);
 * });
 * ```
 */
export function fromAsync<T>(run: (context: AsyncContext) => PromiseLike<T>): Runnable<Exclude<T, void>> {
  return {
    run: (running, context) => new Observable((subscriber) => new AsyncCall(subscriber, running, context).settle(run)),
  };
}

class AsyncCall implements AsyncContext {
  readonly #abort = abortHandle();
  readonly #subscriber: Subscriber<unknown>;
  readonly #running: Observable<never>;
  readonly #context: ProcessContext;
  readonly #carried: unknown[] = [];
  #readsReady = false;
  #isReady = false;

  constructor(subscriber: Subscriber<unknown>, running: Observable<never>, context: ProcessContext) {
    this.#subscriber = subscriber;
    this.#running = running;
    this.#context = context;
    subscriber.add(context.stop$.subscribe({ next: this.#stop, error: this.#stop }));
    subscriber.add(onAbort(context.force, this.#stop));
  }

  get signal(): ForceSignal {
    return this.#abort.signal;
  }

  get ready(): () => void {
    this.#readsReady = true;
    return this.#markReady;
  }

  get key(): Key {
    return this.#context.key;
  }

  get incarnation(): number {
    return this.#context.incarnation;
  }

  get rows$(): Observable<unknown> {
    return this.#context.rows$;
  }

  settle(run: (context: AsyncContext) => PromiseLike<unknown>): void {
    const promise = Promise.resolve(run(this));
    if (!this.#readsReady) this.#markReady();
    const result$ = from(promise).pipe(
      tap({ unsubscribe: this.#stop }),
      filter((value) => value !== undefined),
      catchError((error: unknown) => {
        if (this.#isExpected(error)) return EMPTY;
        throw error;
      }),
    );
    const carried$ = defer(() => {
      if (this.#carried.length > 0) throw this.#carried[0];
      return EMPTY;
    });
    this.#subscriber.add(concat(result$, carried$).subscribe(this.#subscriber));
  }

  readonly #stop = (): void => {
    this.#abort.abort();
  };

  readonly #markReady = (): void => {
    if (this.#isReady) return;
    this.#isReady = true;
    const error = (e: unknown): void => {
      this.#carried.push(e);
      this.#stop();
    };
    this.#subscriber.add(this.#running.subscribe({ error, complete: this.#stop }));
  };

  #isExpected(error: unknown): boolean {
    if (this.#carried.length > 0) return true;
    return this.signal.aborted && someCause(error, (cause) => cause === this.signal.reason);
  }
}
