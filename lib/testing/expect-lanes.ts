import type { Observable } from 'rxjs';
import { asyncScheduler } from 'rxjs';
import type { LifecycleEvent } from '../index.ts';
import type { Lane } from './lane.ts';
import { parseLane } from './lane.ts';
import { parseTime } from './lane-time.ts';
import { addToLanes } from './lanes.ts';
import { sameLane, showLanes } from './show-lanes.ts';

/** What lifecycle events are compared with. */
export interface LaneExpectation {
  /** One lane for each key that has events; a key without any may be left out, or be `''`. */
  toBe(wanted: Readonly<Record<string, string>>): void;
}

/**
 * Compares lifecycle events with lanes, in virtual time: to be called inside `TestScheduler.run`, with any test framework.
 *
 * Subscribes at time 0, like `expectObservable`, and unsubscribes just after `end` (`'10s'`), so that a supervisor that
 * never ends doesn't hang virtual time. Without it, that is the last time which the lanes name; a time may stand alone
 * at the end of a lane to say "and nothing more until then". When that moment comes and the lanes differ, or the events
 * have errored, the flush throws an Error that shows them aligned, wanted over found.
 *
 * ```ts
 * testScheduler.run(({ cold }) => {
 *   const table = new MemoryTable([['bot', 1]]);
 *   expectLanes(supervise(table, { process: () => cold('5s #'), restart: { delay: 1_000 } })).toBe({
 *     bot: '0 SR  5s XB  6s SR',
 *   });
 * });
 * ```
 * ```
 * Lanes differ, wanted over found:
 *
 *          0   5s  6s
 * ≠ bot    SR  XB  SR
 *          SR  XB
 * ```
 */
export function expectLanes(events$: Observable<LifecycleEvent>, end?: string): LaneExpectation {
  // Outside of virtual time nobody would wait for the comparison.
  if (asyncScheduler.now() > 1e11) throw new Error('expectLanes must be called inside TestScheduler.run.');
  return {
    toBe(wanted) {
      const parsed = Object.entries(wanted).map(([key, text]) => [key, parseLane(text)] as const);
      const until = end === undefined ? Math.max(0, ...parsed.map(([, lane]) => lane.end)) : parseTime(end);
      const expected = new Map(parsed.map(([key, { lane }]) => [key, lane]));
      asyncScheduler.schedule(() => compare(events$, expected, until));
    },
  };
}

function compare(events$: Observable<LifecycleEvent>, wanted: ReadonlyMap<string, Lane>, until: number): void {
  const found = new Map<string, Lane>();
  let failure: { readonly error: unknown } | undefined;
  const subscription = events$.subscribe({
    next: (event) => {
      addToLanes(found, event);
    },
    error: (error: unknown) => {
      failure = { error };
    },
  });
  asyncScheduler.schedule(() => {
    subscription.unsubscribe();
    const shown = (): string => `\n\n${showLanes(wanted, found)}\n`;
    if (failure !== undefined) {
      throw new Error(`The events errored with ${String(failure.error)}.${shown()}`, { cause: failure.error });
    }
    const keys = new Set([...wanted.keys(), ...found.keys()]);
    if (![...keys].every((key) => sameLane(wanted.get(key), found.get(key)))) {
      throw new Error(`Lanes differ, wanted over found:${shown()}`);
    }
  }, until + 1);
}
