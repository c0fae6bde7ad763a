import { Subscription } from 'rxjs';
import type { Supervisor } from 'rxjs-supervisor';
import { isProcessEvent } from 'rxjs-supervisor';
import type { Feed } from './feed.ts';
import { History } from './history.ts';

/** The histories of all feeds, as long as there is something of them, until unsubscribed. */
export class Histories extends Subscription {
  readonly #byName = new Map<string, History>();

  constructor(feeds: Pick<Supervisor<string, Feed, unknown, number>, 'events' | 'outputs'>) {
    super();
    this.add(
      feeds.events.subscribe((event) => {
        if (!isProcessEvent(event)) return;
        if (event.type === 'removed') this.#byName.delete(event.key);
        else this.of(event.key).add(event);
      }),
    );
    this.add(feeds.outputs.subscribe(([name, value]) => this.of(name).read(Date.now(), value)));
  }

  of(name: string): History {
    let history = this.#byName.get(name);
    if (history === undefined) this.#byName.set(name, (history = new History()));
    return history;
  }
}
