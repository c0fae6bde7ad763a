import type { Subscription } from 'rxjs';
import { animationFrameScheduler, auditTime, startWith } from 'rxjs';
import type { ProcessState, Supervisor } from 'rxjs-supervisor';
import { find } from './dom.ts';
import type { Feed } from './feed.ts';

/** How many feeds are in each of the states that the page names. Until unsubscribed. */
export function showSummary(feeds: Pick<Supervisor<string, Feed, unknown>, 'events' | 'statuses'>): Subscription {
  const items = Array.from(find(HTMLElement, '#summary').querySelectorAll('li'));
  return feeds.events.pipe(startWith(undefined), auditTime(0, animationFrameScheduler)).subscribe(() => {
    const counts = new Map<ProcessState, number>();
    for (const { state } of feeds.statuses().values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const item of items) {
      const count = String(counts.get(item.dataset['state'] as ProcessState) ?? 0);
      const counter = find(HTMLElement, 'b', item);
      if (counter.textContent !== count) counter.textContent = count;
    }
  });
}
