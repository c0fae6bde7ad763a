import type { ObservableInput } from 'rxjs';
import { from, NEVER, Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { TestScheduler } from 'rxjs/testing';
import type { LiveOwner } from '../../lib/live.ts';
import { Live } from '../../lib/live.ts';
import type { ProcessContext } from '../../lib/runnable.ts';

/** A process kept alive by a bare `Live`, and what became of it. */
export class ProcessRun implements LiveOwner {
  readonly live: Live;
  /** 'ready', what it emitted, 'ended': in the order of time. */
  readonly log: unknown[] = [];
  readonly emissions: unknown[] = [];
  readonly #listeners: ((event: 'ready' | 'value' | 'ended', value?: unknown) => void)[] = [];

  constructor(row: unknown) {
    this.live = new Live(this, 'key', 1, row);
  }

  connect(build?: (value: unknown, context: ProcessContext) => unknown): this {
    this.live.connect(build);
    return this;
  }

  changed(live: Live): void {
    this.#noteReady();
    if (live.ended && this.log.at(-1) !== 'ended') this.#note('ended');
  }

  emitted(_live: Live, value: unknown): void {
    this.#noteReady();
    this.emissions.push(value);
    this.#note('value', value);
  }

  get ready(): boolean {
    return this.live.ready;
  }

  get ended(): boolean {
    return this.live.ended;
  }

  get failure(): unknown {
    return this.live.failure;
  }

  ask(): this {
    this.live.ask();
    return this;
  }

  kill(): this {
    this.live.kill();
    return this;
  }

  /** Resolves when the process has ended, however it did. */
  async end(): Promise<this> {
    if (!this.ended) {
      await new Promise<void>((resolve) => {
        this.listen((event) => {
          if (event === 'ended') resolve();
        });
      });
    }
    return this;
  }

  listen(listener: (event: 'ready' | 'value' | 'ended', value?: unknown) => void): void {
    this.#listeners.push(listener);
  }

  #noteReady(): void {
    if (this.ready && !this.log.includes('ready')) this.#note('ready');
  }

  #note(event: 'ready' | 'value' | 'ended', value?: unknown): void {
    this.log.push(event === 'value' ? value : event);
    for (const listener of this.#listeners) listener(event, value);
  }
}

/** Runs a process now. */
export function runProcess(process: unknown): ProcessRun {
  return new ProcessRun(process).connect();
}

/**
 * The life of a process as marbles: R when it is ready, what it emits, then the end when it has really ended. It is asked
 * and killed when those signals first emit.
 *
 * ```
 * expectObservable(lifeOf(process, { ask: cold('-----x') })).toBe('--R--a-|');
 * ```
 */
export function lifeOf(
  process: unknown,
  {
    ask = NEVER,
    kill = NEVER,
  }: { readonly ask?: ObservableInput<unknown>; readonly kill?: ObservableInput<unknown> } = {},
): Observable<unknown> {
  return new Observable((subscriber) => {
    const run = new ProcessRun(process);
    run.listen((event, value) => {
      if (event === 'ready') subscriber.next('R');
      else if (event === 'value') subscriber.next(value);
      else if (run.live.failed) subscriber.error(run.failure);
      else subscriber.complete();
    });
    run.connect();
    subscriber.add(from(ask).subscribe(() => run.ask()));
    subscriber.add(from(kill).subscribe(() => run.kill()));
  });
}

/** A test in virtual time, whose diagrams are compared with Jest. */
export function marbles(test: (helpers: RunHelpers) => void): () => void {
  return () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
  };
}
