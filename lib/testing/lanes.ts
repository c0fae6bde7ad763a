import type { LifecycleEvent } from '../index.ts';
import type { Lane } from './lane.ts';
import { formatLane } from './lane.ts';

/** The letter of each event of a process. */
const letters: Readonly<Record<string, string>> = {
  queued: 'Q',
  starting: 'S',
  running: 'R',
  updated: 'U',
  failed: 'X',
  backoff: 'B',
  stopping: 'G',
  stopped: 'E',
  completed: 'C',
  'given-up': 'P',
  held: 'H',
  stuck: 'K',
  removed: '.',
};

/** Collects events into lanes, by what keys are as strings. */
export function addToLanes(lanes: Map<string, Lane>, event: LifecycleEvent, origin = 0): Map<string, Lane> {
  const letter = letters[event.type];
  if (letter === undefined || !('incarnation' in event)) return lanes;
  const name = String(event.key);
  const lane: Lane = lanes.get(name) ?? new Map<number, string>();
  const time = event.at - origin;
  lane.set(time, (lane.get(time) ?? '') + letter);
  lanes.set(name, lane);
  return lanes;
}

/**
 * Lifecycle events as one line of time for each key.
 *
 * | | | | | | |
 * |-|-|-|-|-|-|
 * | Q queued | S starting | R running | U updated | X failed | B backoff |
 * | G stopping | E stopped | C completed | P given up | H held | K stuck |
 * | `.` removed | | | | | |
 *
 * Times are absolute, in ms from `origin` (ms, by the scheduler's clock), and written in the largest unit of which they
 * are a whole number: `250ms`, `5s`, `90s`, `2m`. Events about the supervisor are left out.
 *
 * ```
 * { bot: '0 SR  5s XB  6s SR' }
 *         │ ││  │  ││  └─ after its backoff it starts and runs again
 *         │ ││  │  │└─ waits
 *         │ ││  │  └─ fails, 5 s after time 0
 *         │ │└─ runs, in the same moment
 *         │ └─ starts
 *         └─ at time 0
 * ```
 */
export function lanes(events: Iterable<LifecycleEvent>, origin = 0): Record<string, string> {
  const found = new Map<string, Lane>();
  for (const event of events) addToLanes(found, event, origin);
  return Object.fromEntries([...found].map(([key, lane]) => [key, formatLane(lane)]));
}
