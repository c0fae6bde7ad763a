import type { Observer } from 'rxjs';
import {
  AsyncSubject,
  BehaviorSubject,
  from,
  ignoreElements,
  isObservable,
  Observable,
  Subscription,
  UnsubscriptionError,
} from 'rxjs';
import type { AbortHandle, ForceSignal } from './abort.ts';
import { abortHandle } from './abort.ts';
import { InvalidProcessError } from './errors.ts';
import type { Process, ProcessContext } from './runnable.ts';
import { isRunnable } from './runnable.ts';
import type { Key } from './table.ts';

/** Who keeps a `Live`: a slot, or a combinator. */
export interface LiveOwner {
  /** The process became ready, or it ended: look at `ready` and `ended`. May come while `connect`, `ask` or `force` is on the stack. */
  changed(live: Live): void;
  /** The process emitted a value. */
  emitted(live: Live, value: unknown): void;
}

/**
 * One subscription to one process, which can be asked, forced and ended, and knows when it has really ended; it is the
 * process's context as well. One object, since there is one for every row: RxJS takes whatever has an observer's and a
 * subscription's methods as the subscriber itself, so no other object stands between the process and this one.
 *
 * What ends a process (design, section 3): a plain Observable ends by unsubscribing, at once. A Promise, an async
 * iterable, and a Runnable that has read `force` end when they settle, and only then. Any other Runnable is asked, then
 * forced by unsubscribing. It has ended when its teardown has run, which RxJS does after telling the observer.
 */
export class Live extends Subscription implements Observer<unknown>, ProcessContext {
  /** The process itself, once it was built. */
  process: unknown = undefined;
  ready = false;
  asked = false;
  forced = false;
  /** Nothing of it is alive any more. */
  ended = false;
  /** It ended, or is ending, with an error: `failure`. */
  failed = false;
  failure: unknown = undefined;
  /** `connect` is on the stack. */
  connecting = false;
  /** The source has told its end: what it emits from here on is ignored. */
  #told = false;
  #runnable = false;
  /** It was built, and its source is known: until then there is nothing to unsubscribe. */
  #attached = false;
  /** It ends when it settles, and not by unsubscribing. */
  #settles = false;
  #iterator: AsyncIterator<unknown> | undefined = undefined;
  #stop: AsyncSubject<void> | undefined = undefined;
  #controller: AbortHandle | undefined = undefined;
  #rows: BehaviorSubject<unknown> | undefined = undefined;

  constructor(
    readonly owner: LiveOwner,
    readonly key: Key,
    readonly incarnation: number,
    public value: unknown,
  ) {
    super();
  }

  get stop$(): Observable<void> {
    return new Observable((subscriber) => {
      if (this.#stop === undefined) {
        this.#stop = new AsyncSubject();
        if (this.asked) this.#stop.next();
        if (this.asked || this.ended) this.#stop.complete();
      }
      return this.#stop.subscribe(subscriber);
    });
  }

  get force(): ForceSignal {
    this.#controller ??= abortHandle();
    if (this.forced) this.#controller.abort();
    return this.#controller.signal;
  }

  get rows$(): Observable<unknown> {
    return new Observable((subscriber) => {
      if (this.#rows === undefined) {
        this.#rows = new BehaviorSubject(this.value);
        if (this.asked || this.ended) this.#rows.complete();
      }
      return this.#rows.subscribe(subscriber);
    });
  }

  /** Whether somebody listens to `rows$`, so that a new row can be delivered. */
  get listensToRows(): boolean {
    return this.#rows?.observed === true;
  }

  /** The process told its end by itself: it completed or errored, rather than being unsubscribed. */
  get endedByItself(): boolean {
    return this.#told;
  }

  /** Delivers a new version of the row on `rows$`. */
  deliver(value: unknown): void {
    this.value = value;
    this.#rows?.next(value);
  }

  /** Builds the process (or takes the row as it) and subscribes to it. What throws on the way is a failure of the process. */
  connect(build?: (value: unknown, context: ProcessContext) => unknown): void {
    this.connecting = true;
    try {
      const process = build === undefined ? this.value : build(this.value, this);
      this.process = process;
      this.#runnable = isRunnable(process);
      this.#attach(isRunnable(process) ? process.run(this.#running(), this) : (process as Process));
    } catch (error) {
      this.#fail(error);
      this.#told = true;
      this.unsubscribe();
    }
    this.connecting = false;
    if (this.closed) this.#finish();
    else {
      if (!this.#runnable) this.ready = true;
      if (this.ready) this.owner.changed(this);
    }
  }

  /** Asks the process to stop: `stop$`, `running`, `return()`. A plain Observable ends by it. */
  ask(): void {
    if (this.asked || this.ended) return;
    this.asked = true;
    this.#rows?.complete();
    this.#stop?.next();
    this.#stop?.complete();
    if (this.#iterator !== undefined) this.#return(this.#iterator);
    else if (this.#isCut) this.unsubscribe();
  }

  /** Asks, aborts, and unsubscribes what doesn't end by settling. */
  kill(): void {
    this.ask();
    if (this.forced || this.ended) return;
    this.forced = true;
    this.#controller?.abort();
    if (this.#isCut) this.unsubscribe();
  }

  next(value: unknown): void {
    if (this.closed) return;
    if (!this.#runnable) this.ready = true;
    this.owner.emitted(this, value);
  }

  error(error: unknown): void {
    if (this.closed) {
      // RxJS hands over here what a teardown threw that ran as soon as it was there.
      if (this.connecting) this.#fail(error);
      return;
    }
    this.#told = true;
    this.#fail(error);
    this.unsubscribe();
  }

  complete(): void {
    if (this.closed) return;
    this.#told = true;
    // What completes by itself was ready first; what was stopped while it started was not.
    if (!this.asked) this.ready = true;
    this.unsubscribe();
  }

  /** Runs the teardown; the process has ended when it has run. */
  override unsubscribe(): void {
    if (this.closed) return;
    try {
      super.unsubscribe();
    } catch (error) {
      this.#fail(error);
    }
    if (!this.connecting) this.#finish();
  }

  /** Becomes ready when the process subscribes to it, and completes when the process is asked to stop. */
  #running(): Observable<never> {
    return new Observable<never>((subscriber) => {
      if (!this.ready && !this.closed) {
        this.ready = true;
        if (!this.connecting) this.owner.changed(this);
      }
      return this.stop$.pipe(ignoreElements()).subscribe(subscriber);
    });
  }

  /** It was told to stop in a way that ends it by unsubscribing. */
  get #isCut(): boolean {
    if (!this.#attached || this.#settles) return false;
    return this.#runnable ? this.forced && this.#controller === undefined : this.asked;
  }

  #attach(input: Process): void {
    this.#attached = true;
    if (isObservable(input)) {
      this.#take(input);
    } else if (typeof (input as Partial<PromiseLike<unknown>> | null)?.then === 'function') {
      this.#settles = true;
      (input as PromiseLike<unknown>).then(
        (value) => {
          this.next(value);
          this.complete();
        },
        (error: unknown) => this.error(error),
      );
    } else if (typeof (input as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function') {
      this.#settles = true;
      this.#iterator = (input as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      if (!this.asked) this.#pull(this.#iterator);
      else if (this.#iterator.return === undefined) this.complete();
      else this.#return(this.#iterator);
    } else {
      this.#take(fromOther(input));
    }
  }

  /** What was stopped while it was built isn't subscribed. */
  #take(source: Observable<unknown>): void {
    if (this.#isCut) this.unsubscribe();
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- this object is the subscription
    else source.subscribe(this);
  }

  /** RxJS's own `from` never calls `return()` while a `next()` is pending, so the iterator is driven here. */
  #pull(iterator: AsyncIterator<unknown>): void {
    settle(
      () => iterator.next(),
      (result) => {
        if (result.done === true) {
          this.complete();
          return;
        }
        this.next(result.value);
        if (!this.asked) this.#pull(iterator);
        else if (iterator.return === undefined) this.complete();
      },
      (error) => this.error(error),
    );
  }

  #return(iterator: AsyncIterator<unknown>): void {
    if (iterator.return === undefined) return;
    settle(
      () => iterator.return?.(),
      () => this.complete(),
      (error) => this.error(error),
    );
  }

  #fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.failure = tornDown(error);
  }

  #finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.#iterator = undefined;
    this.#rows?.complete();
    this.#stop?.complete();
    this.owner.changed(this);
  }
}

/** Calls a method of an async iterator; what it throws is as good as what it rejects with. */
function settle<R>(
  call: () => PromiseLike<R> | undefined,
  done: (result: R) => void,
  failed: (error: unknown) => void,
): void {
  try {
    call()?.then(done, failed);
  } catch (error) {
    failed(error);
  }
}

/** Iterables, readable streams and other libraries' Observables, as RxJS takes them. */
function fromOther(input: unknown): Observable<unknown> {
  if (typeof input === 'object' || typeof input === 'function') {
    try {
      return from(input as Iterable<unknown>);
    } catch {
      throw new InvalidProcessError(input);
    }
  }
  throw new InvalidProcessError(input);
}

/** RxJS wraps what a teardown throws, also when it is a single error. */
function tornDown(error: unknown): unknown {
  return error instanceof UnsubscriptionError && error.errors.length === 1 ? error.errors[0] : error;
}
