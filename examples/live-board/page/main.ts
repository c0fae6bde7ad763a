/** A live board: rows in PostgreSQL, in this page, and for each row a feed from the server. */
import { catchError, EMPTY } from 'rxjs';
import { backoff, Supervisor } from 'rxjs-supervisor';
import { announce } from './announcer.ts';
import { showBoard } from './board.ts';
import { Rows } from './database.ts';
import { find } from './dom.ts';
import { Editor } from './editor.ts';
import type { Feed } from './feed.ts';
import { openFeed } from './feed.ts';
import { Histories } from './histories.ts';
import { showPower } from './power.ts';
import type { Action } from './row-view.ts';
import { showSummary } from './summary.ts';

const MANY = 200;

const GONE =
  'Not saved: this feed should be on the board, but was removed while you edited it. Cancel, and add it again.';

async function start(): Promise<void> {
  const rows = await Rows.open();
  const feeds = new Supervisor(rows.table, {
    process: openFeed,
    restart: { delay: backoff({ initial: 1_000, max: 8_000 }), resetAfter: 10_000 },
  });
  const histories = new Histories(feeds);
  const editor = new Editor();

  const actions: Record<Action, (feed: Feed) => unknown> = {
    restart: ({ name }) =>
      feeds
        .restart(name)
        .pipe(catchError(() => EMPTY))
        .subscribe(),
    start: ({ name }) =>
      feeds
        .start(name)
        .pipe(catchError(() => EMPTY))
        .subscribe(),
    stop: ({ name }) =>
      feeds
        .stop(name)
        .pipe(catchError(() => EMPTY))
        .subscribe(),
    edit: (feed) => {
      editor.open(feed, async (edited) => ((await rows.change(edited)) ? undefined : { text: GONE }));
    },
    remove: ({ name }) => rows.remove(name),
    restore: (feed) => {
      histories.of(feed.name).removed = false;
      return rows.restore(feed);
    },
  };
  showBoard(feeds, histories, (action, feed) => void actions[action](feed));
  showSummary(feeds);
  announce(feeds);
  showPower();

  onClick('#fill', () => rows.fill(MANY));
  onClick('#clear', async () => {
    if (confirm('Remove all feeds?')) await rows.clear();
  });
  onClick('#add', () =>
    editor.open(undefined, async (feed) =>
      (await rows.add(feed)) ? undefined : { field: 'name', text: `There is a feed named ${feed.name} already.` },
    ),
  );

  feeds.run().subscribe((event) => {
    if (event.type === 'reconciled') {
      find(HTMLElement, '#board').ariaBusy = 'false';
      find(HTMLElement, '#empty').textContent = 'No feeds. Add one, or fill the board.';
    }
    if (event.type === 'table-failed') say(event.error);
  });
}

function onClick(selector: string, act: () => unknown): void {
  const button = find(HTMLButtonElement, selector);
  button.disabled = false;
  button.addEventListener('click', () => void act());
}

function say(error: unknown): void {
  find(HTMLElement, '#empty').textContent = `The database can't be read: ${String(error)}`;
  document.body.classList.add('broken');
}

start().catch(say);
