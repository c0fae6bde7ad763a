import type { Observer, TeardownLogic, Unsubscribable } from 'rxjs';
import { from, isObservable, Observable, Subscription } from 'rxjs';
import type { ForceSignal } from './abort.ts';
import { AsyncIteration } from './async-iteration.ts';
import { InvalidProcessError } from './errors.ts';
import { isAsyncIterable, isPromiseLike } from './input-kinds.ts';
import type { Process, ProcessContext } from './runnable.ts';
import { isRunnable } from './runnable.ts';
import { Signals } from './signals.ts';
import type { Key } from './table.ts';
import { tornDown } from './teardown.ts';

/** Who keeps a `Live`: a slot, or a combinator. */
export interface LiveOwner {
  /** The process became ready, or it ended: look at `ready` and `ended`. May come while `connect`, `ask` or `kill` is on the stack. */
  changed(live: Live): void;
  /** The process emitted a value. */
  emitted(live: Live, value: unknown): void;
}

// The facts about a process are bits of one number: there is a Live for every row, and a field for each takes eight bytes.
const READY = 1;
const ASKED = 2;
const FORCED = 4;
const ENDED = 8;
const FAILED = 16;
const CONNECTING = 32;
const RUNNABLE = 64;
/** It was built, and its source is known: until then there is nothing to unsubscribe. */
const ATTACHED = 128;
/** It ends when it settles, and not by unsubscribing. */
const SETTLES = 256;
/** The source has told its end. */
const TOLD = 512;
const CLOSED = 1024;
/** There are several teardowns, in a Subscription made for them. */
const SEVERAL = 2048;

/**
 * One subscription to one process, which can be asked, forced and ended, and knows when it has really ended; it is the
 * process's context as well. One object, since there is one for every row: RxJS takes whatever has an observer's and a
 * subscription's methods as the subscriber itself, so no other object stands between the process and this one.
 *
 * What ends a process (design, section 3): a plain Observable ends by unsubscribing, at once. A Promise, an async
 * iterable, and a Runnable that has read `force` end when they settle, and only then. Any other Runnable is asked, then
 * forced by unsubscribing. It has ended when its teardown has run, which RxJS does after telling the observer.
 */
export class Live implements Observer<unknown>, Unsubscribable, ProcessContext {
  /** The process itself, once it was built. */
  process: unknown = undefined;
  #facts = 0;
  #teardown: TeardownLogic = undefined;
  /** Made for the process that asks for one of them. */
  #signals: Signals | undefined = undefined;

  constructor(
    readonly owner: LiveOwner,
    readonly key: Key,
    readonly incarnation: number,
    public value: unknown,
  ) {}

  get ready(): boolean {
    return this.#is(READY);
  }

  get asked(): boolean {
    return this.#is(ASKED);
  }

  get forced(): boolean {
    return this.#is(FORCED);
  }

  /** Nothing of it is alive any more. */
  get ended(): boolean {
    return this.#is(ENDED);
  }

  /** It ended, or is ending, with an error: `failure`. */
  get failed(): boolean {
    return this.#is(FAILED);
  }

  get failure(): unknown {
    return this.#signals?.failure;
  }

  /** `connect` is on the stack. */
  get connecting(): boolean {
    return this.#is(CONNECTING);
  }

  /** It told its end by itself: it completed or errored, rather than being unsubscribed. */
  get endedByItself(): boolean {
    return this.#is(TOLD);
  }

  /** Unsubscribed: what is emitted from here on is ignored, and a teardown runs at once. */
  get closed(): boolean {
    return this.#is(CLOSED);
  }

  get stop$(): Observable<void> {
    return new Observable((subscriber) => this.#given.listen(subscriber, true, this));
  }

  get force(): ForceSignal {
    return this.#given.force(this);
  }

  get rows$(): Observable<unknown> {
    return new Observable((subscriber) => this.#given.rows(this.value, this).subscribe(subscriber));
  }

  /** Whether somebody listens to `rows$`, so that a new row can be delivered. */
  get listensToRows(): boolean {
    return this.#signals?.listensToRows === true;
  }

  /** Delivers a new version of the row on `rows$`. */
  deliver(value: unknown): void {
    this.value = value;
    this.#signals?.deliver(value);
  }

  /** Builds the process (or takes the row as it) and subscribes to it. What throws on the way is a failure of the process. */
  connect(build?: (value: unknown, context: ProcessContext) => unknown): void {
    this.#facts |= CONNECTING;
    try {
      const process = build === undefined ? this.value : build(this.value, this);
      this.process = process;
      if (isRunnable(process)) {
        this.#facts |= RUNNABLE;
        this.#attach(process.run(this.#running(), this));
      } else {
        this.#attach(process as Process);
      }
    } catch (error) {
      this.#fail(error);
      this.#facts |= TOLD;
      this.unsubscribe();
    }
    this.#facts &= ~CONNECTING;
    if (this.closed) {
      this.#finish();
    } else {
      if (!this.#is(RUNNABLE)) this.#facts |= READY;
      if (this.ready) this.owner.changed(this);
    }
  }

  /** Asks the process to stop: `stop$`, `running`, `return()`. A plain Observable ends by it. */
  ask(): void {
    if (this.#is(ASKED | ENDED)) return;
    this.#facts |= ASKED;
    this.#tell('ask');
    if (this.#signals?.iteration !== undefined) this.#signals.iteration.close();
    else if (this.#isCut) this.unsubscribe();
  }

  /** Asks, aborts, and unsubscribes what doesn't end by settling. */
  kill(): void {
    this.ask();
    if (this.#is(FORCED | ENDED)) return;
    this.#facts |= FORCED;
    this.#tell('abort');
    if (this.#isCut) this.unsubscribe();
  }

  next(value: unknown): void {
    if (this.closed) return;
    if (!this.#is(RUNNABLE)) this.#facts |= READY;
    this.owner.emitted(this, value);
  }

  error(error: unknown): void {
    if (this.closed) {
      // RxJS hands over here what a teardown threw that ran as soon as it was there.
      if (this.connecting) this.#fail(error);
      return;
    }
    this.#facts |= TOLD;
    this.#fail(error);
    this.unsubscribe();
  }

  complete(): void {
    if (this.closed) return;
    this.#facts |= TOLD;
    this.unsubscribe();
  }

  /** A Subscription's `add`. Most processes have one teardown, and for it there is no list. */
  add(teardown: TeardownLogic): void {
    if (!teardown || teardown === this || teardown === this.#teardown) return;
    if (this.closed) {
      tearDown(teardown);
    } else if (this.#teardown === undefined) {
      this.#teardown = teardown;
    } else {
      if (!this.#is(SEVERAL)) {
        this.#facts |= SEVERAL;
        const all = new Subscription();
        all.add(this.#teardown);
        this.#teardown = all;
      }
      (this.#teardown as Subscription).add(teardown);
    }
  }

  /** A Subscription's `remove`. */
  remove(teardown: Exclude<TeardownLogic, void>): void {
    if (this.#is(SEVERAL)) (this.#teardown as Subscription | undefined)?.remove(teardown);
    else if (teardown === this.#teardown) this.#teardown = undefined;
  }

  /** Runs the teardown; the process has ended when it has run. */
  unsubscribe(): void {
    if (this.closed) return;
    // What ends by itself, and hasn't failed, was ready first; what was stopped while it started was not.
    this.#facts |= this.#is(ASKED | FAILED) ? CLOSED : CLOSED | READY;
    const teardown = this.#teardown;
    this.#teardown = undefined;
    try {
      if (teardown) tearDown(teardown);
    } catch (error) {
      this.#fail(error);
    }
    if (!this.connecting) this.#finish();
  }

  /** Becomes ready when the process subscribes to it, and completes when the process is asked to stop. */
  #running(): Observable<never> {
    return new Observable<never>((subscriber) => {
      if (!this.ready && !this.closed) {
        this.#facts |= READY;
        if (!this.connecting) this.owner.changed(this);
      }
      return this.#given.listen(subscriber, false, this);
    });
  }

  #is(facts: number): boolean {
    return (this.#facts & facts) !== 0;
  }

  /** It was told to stop in a way that ends it by unsubscribing; what was never connected ends at once. */
  get #isCut(): boolean {
    if (!this.#is(ATTACHED)) return !this.connecting;
    if (this.#is(SETTLES)) return false;
    return this.#is(RUNNABLE) ? this.forced && this.#signals?.heedsForce !== true : this.asked;
  }

  get #given(): Signals {
    return (this.#signals ??= new Signals());
  }

  #attach(input: Process): void {
    this.#facts |= ATTACHED;
    if (isObservable(input)) {
      this.#take(input);
    } else if (isPromiseLike(input)) {
      this.#facts |= SETTLES;
      input.then(
        (value) => {
          this.next(value);
          this.complete();
        },
        (error: unknown) => this.error(error),
      );
    } else if (isAsyncIterable(input)) {
      this.#facts |= SETTLES;
      const iteration = new AsyncIteration(input, this);
      this.#given.iteration = iteration;
      iteration.begin();
    } else {
      this.#take(fromOther(input));
    }
  }

  /** A teardown of somebody who listens may throw: that is a failure of the process, and no other's. */
  #tell(what: 'ask' | 'abort' | 'end'): void {
    try {
      this.#signals?.[what]();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What was stopped while it was built isn't subscribed. */
  #take(source: Observable<unknown>): void {
    if (this.#isCut) this.unsubscribe();
    // eslint-disable-next-line rxjs-x/no-ignored-subscription -- this object is the subscription
    else source.subscribe(this);
  }

  #fail(error: unknown): void {
    if (this.failed) return;
    this.#facts |= FAILED;
    this.#given.failure = tornDown(error);
  }

  #finish(): void {
    this.#facts |= ENDED;
    this.#tell('end');
    this.owner.changed(this);
  }
}

function tearDown(teardown: Exclude<TeardownLogic, void>): void {
  if (typeof teardown === 'function') teardown();
  else teardown.unsubscribe();
}

/** Iterables, readable streams and other libraries' Observables, as RxJS takes them. */
function fromOther(input: unknown): Observable<unknown> {
  try {
    if (typeof input !== 'string') return from(input as Iterable<unknown>);
  } catch {
    // It is nothing of the kind.
  }
  throw new InvalidProcessError(input);
}
