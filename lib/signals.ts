import type { Observable } from 'rxjs';
import { AsyncSubject, BehaviorSubject } from 'rxjs';
import type { AbortHandle, ForceSignal } from './abort.ts';
import { abortHandle } from './abort.ts';
import type { AsyncIteration } from './async-iteration.ts';

/** How far the process has been told, or has got, by when a signal is first asked for. */
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
  #stop: AsyncSubject<void> | undefined = undefined;
  #rows: BehaviorSubject<unknown> | undefined = undefined;
  #force: AbortHandle | undefined = undefined;

  /** Somebody has read `force`: the process ends by itself when it aborts. */
  get heedsForce(): boolean {
    return this.#force !== undefined;
  }

  get listensToRows(): boolean {
    return this.#rows?.observed === true;
  }

  stop(told: Told): Observable<void> {
    if (this.#stop === undefined) {
      this.#stop = new AsyncSubject();
      if (told.asked) this.#stop.next();
      if (told.asked || told.ended) this.#stop.complete();
    }
    return this.#stop;
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
    this.#stop?.next();
    this.#stop?.complete();
  }

  abort(): void {
    this.#force?.abort();
  }

  /** The process has ended: `stop$` completes without a word, if it was never asked. */
  end(): void {
    this.iteration = undefined;
    this.#rows?.complete();
    this.#stop?.complete();
  }
}
