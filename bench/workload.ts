import { Observable } from 'rxjs';

/** What one side of a comparison took: µs and bytes for each process. */
export interface Figures {
  readonly start: number;
  readonly bytes: number;
  readonly stop: number;
}

/** Observables with a teardown, ready at once, and a counter that proves how many really live. */
export class Processes {
  live = 0;
  readonly rows: readonly (readonly [string, Observable<number>])[];

  constructor(readonly count: number) {
    this.rows = Array.from({ length: count }, (_, i) => [`key-${String(i)}`, this.#process()] as const);
  }

  expectLive(expected: number): void {
    if (this.live !== expected)
      throw new Error(`${String(expected)} processes should live, but ${String(this.live)} do.`);
  }

  #process(): Observable<number> {
    return new Observable(() => {
      this.live++;
      return () => {
        this.live--;
      };
    });
  }
}

/** One side: `start` brings all processes up and returns what stops them. */
export type Side = (processes: Processes) => () => () => void;

/** Runs one side once. `prepare` isn't measured; what `start` keeps is. */
export function measure(processes: Processes, side: Side): Figures {
  const start = side(processes);
  const before = heap();
  const began = performance.now();
  const stop = start();
  const started = performance.now();
  processes.expectLive(processes.count);
  const bytes = heap() - before;
  const stopping = performance.now();
  stop();
  const stopped = performance.now();
  processes.expectLive(0);
  const each = (ms: number): number => (ms * 1_000) / processes.count;
  return { start: each(started - began), bytes: bytes / processes.count, stop: each(stopped - stopping) };
}

/** Bytes on the heap after a forced collection: run with --expose-gc. */
function heap(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('The benchmark needs --expose-gc: use npm run bench.');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}
