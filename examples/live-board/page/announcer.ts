import type { Subscription } from 'rxjs';
import { bufferTime, filter, map } from 'rxjs';
import type { LifecycleEvent, Supervisor } from 'rxjs-supervisor';
import { isProcessEvent } from 'rxjs-supervisor';
import { find } from './dom.ts';
import type { Feed } from './feed.ts';

/** What is worth a word; the rest is on the board. */
const words: { readonly [Type in LifecycleEvent['type']]?: string } = {
  running: 'live',
  failed: 'failed',
  'given-up': 'given up',
  held: 'stopped',
  stuck: 'stuck',
  removed: 'removed',
};

/** Of how many feeds each is named. */
const NAMED = 3;

/** Tells screen readers what happens: once a second at most, and many feeds as one. Until unsubscribed. */
export function announce({ events }: Pick<Supervisor<string, Feed, unknown>, 'events'>): Subscription {
  const log = find(HTMLElement, '#said');
  return events
    .pipe(
      filter(isProcessEvent),
      filter(({ type }) => words[type] !== undefined),
      bufferTime(1_000),
      filter((happened) => happened.length > 0),
      map((happened) => {
        const names = new Map<string, Set<string>>();
        for (const { type, key } of happened) {
          const word = words[type] ?? '';
          names.set(word, (names.get(word) ?? new Set()).add(key));
        }
        return Array.from(names, ([word, keys]) =>
          keys.size > NAMED ? `${String(keys.size)} feeds: ${word}.` : `${[...keys].join(', ')}: ${word}.`,
        ).join(' ');
      }),
    )
    .subscribe((text) => (log.textContent = text));
}
