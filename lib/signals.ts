import type { Observable, Unsubscribable } from 'rxjs';
import { BehaviorSubject } from 'rxjs';
import type { AbortHandle, ForceSignal } from './abort.ts';
import { abortHandle } from './abort.ts';
import type { AsyncIteration } from './async-iteration.ts';

/** How far the process has been told, or has got, now. */
export interface Told {
  readonly asked: boolean;
  readonly forced: boolean;
  readonly ended: boolean;
}

/** What a process can be told: each is made when it is first asked for, also too late, and tells then what it would have. */
export class Signals {
  /** What the process failed with, and the iteration that it is: here, since few processes have one. */
  failure: unknown = undefined;
  iteration: AsyncIteration | undefined = undefined;
  /** Who listens to `stop$` or to `running`; and the rows. */
  #listeners: Listener[] | undefined = undefined;
  #rows: BehaviorSubject<unknown> | undefined = undefined;
  #force: AbortHandle | undefined = undefined;

  /** Somebody has read `force`: the process ends by itself when it aborts. */
  get heedsForce(): boolean {
    return this.#force !== undefined;
  }

  get listensToRows(): boolean {
    return this.#rows?.observed === true;
  }

  /**
   * Completes when the process is asked to stop, or has ended; one that `emits` emits first if it was asked. The process
   * itself needs no teardown for it.
   */
  listen(subscriber: Listening, emits: boolean, told: Told): Unsubscribable | undefined {
    const listener = new Listener(this, subscriber, emits);
    if (this.#listeners) this.#listeners.push(listener);
    else this.#listeners = [listener];
    if (told.asked || told.ended) this.#tell(told.asked);
    return subscriber === (told as unknown) ? undefined : listener;
  }

  ignore(listener: Listener): void {
    this.#listeners = this.#listeners?.filter((other) => other !== listener);
  }

  rows(value: unknown, told: Told): Observable<unknown> {
    if (this.#rows) return this.#rows;
    this.#rows = new BehaviorSubject(value);
    this.listen(this.#rows, false, told);
    return this.#rows;
  }

  force(told: Told): ForceSignal {
    this.#force ??= abortHandle();
    if (told.forced) this.#force.abort();
    return this.#force.signal;
  }

  deliver(value: unknown): void {
    this.#rows?.next(value);
  }

  ask(): void {
    this.#tell(true);
  }

  abort(): void {
    this.#force?.abort();
  }

  /** The process has ended. */
  end(): void {
    this.iteration = undefined;
    this.#tell(false);
  }

  /** `stop$` emits before anything completes, since that may end the process. */
  #tell(asked: boolean): void {
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    this.#listeners = undefined;
    if (asked) for (const { subscriber, emits } of listeners) if (emits) subscriber.next();
    completeAll(listeners.values());
  }
}

/** All of them, also if a teardown throws. */
function completeAll(left: IterableIterator<Listener>): void {
  try {
    for (const { subscriber } of left) subscriber.complete();
  } catch (error) {
    completeAll(left);
    throw error;
  }
}

interface Listening {
  next(nothing?: never): void;
  complete(): void;
}

/** One object and no closures, since there is one for nearly every Runnable. */
class Listener implements Unsubscribable {
  constructor(
    readonly signals: Signals,
    readonly subscriber: Listening,
    readonly emits: boolean,
  ) {}

  unsubscribe(): void {
    this.signals.ignore(this);
  }
}
