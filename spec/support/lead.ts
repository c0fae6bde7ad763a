import { from, ignoreElements, NEVER, Observable, ReplaySubject, take } from 'rxjs';
import type { Runnable } from 'rxjs-supervisor';

/** What one life of a process has said so far. */
export interface Led<T> {
  readonly values: T[];
  readonly ready: boolean;
  /** 'alive', 'completed', or what it failed with. */
  readonly end: unknown;
  /** Has something done at the very end. */
  atEnd(act: () => unknown): void;
  ask(): void;
  force(): void;
  unsubscribe(): void;
}

/** Leads one life of a Runnable as a supervisor would, outside of one. */
export function lead<T>(runnable: Runnable<T>): Led<T> {
  const asked$ = new ReplaySubject<void>(1);
  const force = new AbortController();
  let act: () => unknown = () => undefined;
  const led = { values: [] as T[], ready: false, end: 'alive' as unknown };
  const running = new Observable<never>((subscriber) => {
    led.ready = true;
    return asked$.pipe(take(1), ignoreElements()).subscribe(subscriber);
  });
  const context = { key: 'key', incarnation: 1, stop$: asked$.pipe(take(1)), rows$: NEVER, force: force.signal };
  const subscription = from(runnable.run(running, context)).subscribe({
    next: (value) => led.values.push(value),
    error: (error: unknown) => ((led.end = error), act()),
    complete: () => ((led.end = 'completed'), act()),
  });
  return Object.assign(led, {
    atEnd: (last: () => unknown) => (act = last),
    ask: () => asked$.next(),
    force: () => force.abort(),
    unsubscribe: () => subscription.unsubscribe(),
  });
}
