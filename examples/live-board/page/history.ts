import type { LifecycleEvent, ProcessState } from 'rxjs-supervisor';
import { isState } from './states.ts';

/** ms of the past that the board shows. */
export const SHOWN = 60_000;

/** From a time on, in a state. */
export interface Span {
  readonly from: number;
  readonly state: ProcessState;
}

export interface Reading {
  readonly at: number;
  readonly value: number;
}

/** The last minute of one feed: what it was like, when it failed, and what it said. */
export class History {
  readonly spans: Span[] = [];
  readonly failures: number[] = [];
  readonly readings: Reading[] = [];
  restarts = 0;
  /** Its row was taken from the table, and its feed may still be closing. */
  removed = false;

  /** What a lifecycle event of this feed adds. */
  add(event: LifecycleEvent<string>): void {
    if (event.type === 'starting' && event.cause === 'restart') this.restarts++;
    if (event.type === 'failed') this.failures.push(event.at);
    if (isState(event.type)) {
      this.removed = event.type === 'stopping' && event.cause === 'removed';
      this.spans.push({ from: event.at, state: event.type });
    }
    this.#forget(event.at - SHOWN);
  }

  read(at: number, value: number): void {
    this.readings.push({ at, value });
    // One from before stays, and so does a span: a line begins at the edge.
    while ((this.readings[1]?.at ?? Infinity) < at - SHOWN) this.readings.shift();
  }

  #forget(before: number): void {
    while ((this.spans[1]?.from ?? Infinity) < before) this.spans.shift();
    while ((this.failures[0] ?? Infinity) < before) this.failures.shift();
  }
}
