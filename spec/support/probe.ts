import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { ProcessContext, Runnable } from '../../lib/runnable.ts';

/** How a probe behaves by itself. */
export interface ProbeOptions {
  /** Is ready when `ready()` is called, and not at once. */
  readonly slow?: boolean;
  /** Reads `force`, so that it ends only when `end()` or `fail()` is called. */
  readonly patient?: boolean;
}

/** A Runnable that writes what it is told into a log, and does only what the test tells it to do. */
export class Probe implements Runnable<string> {
  context: ProcessContext | undefined = undefined;
  #subscriber: Subscriber<string> | undefined = undefined;
  #running: Observable<never> | undefined = undefined;

  constructor(
    readonly name: string,
    readonly log: string[],
    readonly options: ProbeOptions = {},
  ) {}

  run(running: Observable<never>, context: ProcessContext): Observable<string> {
    return new Observable((subscriber) => {
      this.log.push(`${this.name} starts`);
      this.context = context;
      this.#subscriber = subscriber;
      this.#running = running;
      subscriber.add(context.stop$.subscribe(() => this.log.push(`${this.name} asked`)));
      if (this.options.patient === true) {
        context.force.addEventListener('abort', () => this.log.push(`${this.name} forced`));
      }
      if (this.options.slow !== true) this.ready();
      return () => this.log.push(`${this.name} gone`);
    });
  }

  ready(): void {
    this.#subscriber?.add(this.#running?.subscribe());
  }

  emit(value: string): void {
    this.#subscriber?.next(value);
  }

  end(): void {
    this.#subscriber?.complete();
  }

  fail(error: unknown): void {
    this.#subscriber?.error(error);
  }
}

/** Probes by name that share one log; `logged` gives what is new since it was called last. */
export function probes<N extends string>(names: readonly N[], options?: ProbeOptions) {
  const log: string[] = [];
  const probe = Object.fromEntries(names.map((name) => [name, new Probe(name, log, options)])) as Record<N, Probe>;
  return { ...probe, log, logged: () => log.splice(0) };
}
