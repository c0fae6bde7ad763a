import type { Observable } from 'rxjs';
import { BehaviorSubject, Subscription } from 'rxjs';
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
  /** What waits for the process to be asked, or to end. A Subscription does each thing once, or at once when it is late. */
  #waiting: Subscription | undefined = undefined;
  #rows: BehaviorSubject<unknown> | undefined = undefined;
  #force: AbortHandle | undefined = undefined;

  /** Somebody has read `force`: the process ends by itself when it aborts. */
  get heedsForce(): boolean {
    return this.#force !== undefined;
  }

  get listensToRows(): boolean {
    return this.#rows?.observed === true;
  }

  /** Does it when the process is asked to stop, or has ended; returns what takes it back. */
  whenAsked(work: () => void, told: Told): () => void {
    const waiting = (this.#waiting ??= told.asked || told.ended ? Subscription.EMPTY : new Subscription());
    waiting.add(work);
    return () => waiting.remove(work);
  }

  rows(value: unknown, told: Told): Observable<unknown> {
    if (this.#rows === undefined) {
      this.#rows = new BehaviorSubject(value);
      if (told.asked || told.ended) this.#rows.complete();
    }
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
    this.#rows?.complete();
    this.#waiting?.unsubscribe();
  }

  abort(): void {
    this.#force?.abort();
  }

  /** The process has ended. */
  end(): void {
    this.iteration = undefined;
    this.#rows?.complete();
    this.#waiting?.unsubscribe();
  }
}
