import type { Subscription } from 'rxjs';
import {
  animationFrames,
  auditTime,
  interval,
  map,
  Observable,
  startWith,
  throttleTime,
  animationFrameScheduler,
} from 'rxjs';
import type { ProcessStatus, Supervisor } from 'rxjs-supervisor';
import { superviseMap } from 'rxjs-supervisor';
import { find } from './dom.ts';
import type { Feed } from './feed.ts';
import type { Histories } from './histories.ts';
import { GridKeys } from './keyboard.ts';
import type { Action } from './row-view.ts';
import { RowView } from './row-view.ts';

type Status = ProcessStatus<string, Feed>;
type Feeds = Pick<Supervisor<string, Feed, unknown>, 'statuses' | 'events' | 'explain'>;

/** ms between two pictures; a second where people asked for less motion. */
const PICTURES = { usual: 100, calm: 1_000 };

/** Shows the rows, one for each status, until unsubscribed. */
export function showBoard(feeds: Feeds, histories: Histories, act: (action: Action, feed: Feed) => void): Subscription {
  const rows = find(HTMLElement, '#rows');
  const keys = new GridKeys(rows);
  const visible = new Set<RowView>();
  const views = new Map<Element, RowView>();
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const view = views.get(target);
      if (view !== undefined && isIntersecting) visible.add(view);
      else if (view !== undefined) visible.delete(view);
    }
  });

  /** A row of the page is a process too: there from when its status comes until it goes. */
  const rowOf = (first: Status, updates$: Observable<Status>): Observable<never> =>
    new Observable(() => {
      const view = new RowView(first, histories.of(first.key), act);
      views.set(view.element, view);
      insert(view);
      seen.observe(view.element);
      keys.added();
      const updates = updates$.subscribe((status) => view.show(status));
      return () => {
        updates.unsubscribe();
        seen.unobserve(view.element);
        visible.delete(view);
        views.delete(view.element);
        keys.remove(view.element);
      };
    });

  const insert = (view: RowView): void => {
    const next = Array.from(rows.children).find((row) => (views.get(row)?.position ?? 0) > view.position);
    rows.insertBefore(view.element, next ?? null);
  };

  const board = feeds.events
    .pipe(
      startWith(undefined),
      // Much may happen between two frames.
      auditTime(0, animationFrameScheduler),
      map(() => [...feeds.statuses().values()].sort((a, b) => a.value.position - b.value.position)),
      superviseMap(
        (status) => status.key,
        (status, { rows$ }) => rowOf(status, rows$),
        { onChange: 'update' },
      ),
    )
    .subscribe();

  const tell = (view: RowView, now: number): void => view.tell(now, feeds.explain(view.key));
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  board.add(
    animationFrames()
      .pipe(throttleTime(calm ? PICTURES.calm : PICTURES.usual))
      .subscribe(() => {
        const now = Date.now();
        for (const view of visible) {
          tell(view, now);
          view.draw(now);
        }
      }),
  );
  // What is out of sight is read all the same, by screen readers and by who searches the page.
  board.add(
    interval(1_000).subscribe(() => {
      const now = Date.now();
      for (const view of views.values()) if (!visible.has(view)) tell(view, now);
    }),
  );
  return board;
}
