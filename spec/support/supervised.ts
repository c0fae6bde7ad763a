import type { Observable } from 'rxjs';
import { asyncScheduler, concat, EMPTY, ignoreElements, merge } from 'rxjs';
import type { Key, LifecycleEvent, ProcessStatus, Runnable } from '../../lib/index.ts';
import { applyEvent, MemoryTable, Supervisor } from '../../lib/index.ts';

/** Does something at a time, in ms: virtual time inside a marble test. */
export function at(time: number, act: () => unknown): void {
  asyncScheduler.schedule(() => {
    act();
  }, time);
}

/** A Runnable that takes its time: ready when `open` has completed, gone when `close` has. */
export function resource(open: Observable<unknown>, close: Observable<unknown> = EMPTY): Runnable<never> {
  return { run: (running) => concat(open.pipe(ignoreElements()), running, close.pipe(ignoreElements())) };
}

/** A Runnable that heeds nothing: it is ready at once, has read `force`, and ends when `end` does. */
export function stubborn<T>(end: Observable<T>): Runnable<T> {
  return {
    run: (running, context) => {
      context.force.throwIfAborted();
      return merge(running, end);
    },
  };
}

/** Some keys, which start one after the other: each takes as long to start as `open`. */
export function oneAtATime(open: Observable<unknown>, keys = ['a', 'b']) {
  const table = new MemoryTable(keys.map((key) => [key, 1]));
  return { table, supervisor: new Supervisor(table, { process: () => resource(open), startConcurrency: 1 }) };
}

/**
 * All events of a supervisor, as they come. After each one `statuses()` must be the fold of those delivered so far.
 */
export function eventsOf<K extends Key, V>(
  supervisor: Pick<Supervisor<K, V, never>, 'events' | 'statuses'>,
): LifecycleEvent<K, V>[] {
  const events: LifecycleEvent<K, V>[] = [];
  const folded = new Map<K, ProcessStatus<K, V>>();
  supervisor.events.subscribe((event) => {
    events.push(event);
    applyEvent(folded, event);
    expect(supervisor.statuses()).toEqual(folded);
  });
  return events;
}

/** The events of one type, or of several. */
export function only<E extends LifecycleEvent, T extends E['type']>(
  events: readonly E[],
  ...types: readonly T[]
): Extract<E, { readonly type: T }>[] {
  return events.filter((event): event is Extract<E, { readonly type: T }> => types.includes(event.type as T));
}
