import type { ResourceLimits, Transferable, WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  finalize,
  fromEvent,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  share,
  take,
  takeUntil,
  tap,
} from 'rxjs';
import type { ProcessContext, Runnable } from '../index.ts';
import { NoChannelError } from './no-channel-error.ts';
import { WorkerExitError } from './worker-exit-error.ts';

/** `In`: the messages that it takes; `Out`: those that it posts. */
export interface WorkerThreadOptions<In = unknown, Out = unknown> extends Pick<
  WorkerOptions,
  'argv' | 'env' | 'execArgv' | 'name' | 'transferList' | 'workerData'
> {
  /** How much memory it may take, in MB. One that takes more ends with an error, and nobody else does. */
  readonly resourceLimits?: ResourceLimits;
  /**
   * When it is ready. Default `'online'`: once it runs. `'message'`: once it has posted the message `'ready'`. A function:
   * once it has posted a message for which that is true.
   */
  readonly ready?: 'online' | 'message' | ((message: Out) => boolean);
  /** The message that asks it to stop. Default `'stop'`. */
  readonly stopMessage?: In | 'stop';
}

/** A thread of this process, as `workerThread` makes it. It emits the messages that it posts. */
export interface WorkerThread<In = unknown, Out = unknown> extends Runnable<Out> {
  /** Node's number of the thread of its latest run. */
  readonly threadId: number | undefined;
  /** Posts it a message, and hands over what is in `transfer`. Throws a NoChannelError when it doesn't run. */
  postMessage(message: In, transfer?: readonly Transferable[]): void;
}

/**
 * Runs a module in a thread of its own, and emits the messages that it posts to its `parentPort`.
 *
 * It is ready when it runs, or when `ready` says so. Asked to stop, it gets `stopMessage`, upon which it closes its
 * `parentPort` or exits; forced, or unsubscribed, it is terminated. It has ended when the thread has exited.
 *
 * Completes after exit code 0, and after a stop. Errors with what the module threw, stack included; with Node's error when
 * it can't be started or takes more memory than it may; or with a WorkerExitError.
 *
 *     const supervisor = new Supervisor(table, { process: () => workerThread<Job, Result>(new URL('./worker.js', base)) });
 *     supervisor.get('resize').postMessage({ image }, [image]);
 */
export function workerThread<In = unknown, Out = unknown>(
  url: string | URL,
  options: WorkerThreadOptions<In, Out> = {},
): WorkerThread<In, Out> {
  let worker: Worker | undefined;
  let threadId: number | undefined;
  return {
    get threadId() {
      return threadId;
    },
    postMessage: (message, transfer = []) => {
      if (worker === undefined) throw new NoChannelError(`the thread of ${String(url)}`, 'Send while it runs.');
      worker.postMessage(message, transfer);
    },
    run: (running, context) =>
      defer(() => {
        const { ready: _ready, stopMessage: _stopMessage, transferList = [], ...own } = options;
        // Without a listener Node would throw it, also when nobody is subscribed any more.
        const thread = new Worker(url, { ...own, transferList }).on('error', () => undefined);
        worker = thread;
        ({ threadId } = thread);
        return threadLife(thread, url, options, running, context).pipe(
          finalize(() => {
            if (worker === thread) worker = undefined;
          }),
        );
      }),
  };
}

/** The life of a thread, until it has exited. */
function threadLife<In, Out>(
  worker: Worker,
  url: string | URL,
  { ready = 'online', stopMessage = 'stop' }: WorkerThreadOptions<In, Out>,
  running: Observable<never>,
  { force }: ProcessContext,
): Observable<Out> {
  let isReady = false;
  let asked = false;
  let failure: { readonly error: unknown } | undefined;

  const message$ = fromEvent(worker, 'message').pipe(
    map((message) => message as Out),
    share(),
  );
  const sign$: Observable<unknown> =
    ready === 'online'
      ? fromEvent(worker, 'online')
      : message$.pipe(filter(ready === 'message' ? (message) => message === 'ready' : ready));
  const opening$ = sign$.pipe(take(1), tap({ complete: () => (isReady = true) }));
  const closing$ = defer(() => {
    asked = true;
    worker.postMessage(stopMessage);
    return EMPTY;
  });
  const failed$ = merge(fromEvent(worker, 'error'), fromEvent(worker, 'messageerror')).pipe(
    map((error) => {
      throw error;
    }),
  );
  const life$ = merge(concat(opening$, running, closing$), failed$).pipe(
    catchError((error: unknown) => {
      failure = { error };
      terminate();
      return EMPTY;
    }),
  );
  const forced$ = defer(() => (force.aborted ? of(undefined) : fromEvent(force, 'abort'))).pipe(
    tap(() => {
      asked = true;
      terminate();
    }),
  );
  const exit$ = fromEvent(worker, 'exit').pipe(take(1), share());
  const judged$ = exit$.pipe(
    mergeMap((code) => {
      if (failure) throw failure.error;
      if (!asked && (code !== 0 || !isReady)) throw new WorkerExitError(String(url), code as number, isReady);
      return EMPTY;
    }),
  );

  function terminate(): void {
    void worker.terminate();
  }
  const rest$ = merge(life$, forced$).pipe(ignoreElements());
  return merge(judged$, merge(message$, rest$).pipe(takeUntil(exit$))).pipe(finalize(terminate));
}
