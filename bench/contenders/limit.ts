import type { Observer, Subscription } from 'rxjs';
import { equals } from 'rxjs-supervisor';
import type { Contender, Keeper, Reader, World } from '../contender.ts';

const ignore = (): void => undefined;
const observer: Observer<unknown> = { next: ignore, error: ignore, complete: ignore };

/** The limit: what the processes cost with nothing around them but a Map of their subscriptions. */
export const limit: Contender = {
  open: (world) => new Bare(world),
  openReader: (world) => new TwoMaps(world),
};

class Bare<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(readonly world: World<R>) {
    this.#rows = new Map(world.rows());
  }

  start(): void {
    for (const [key, row] of this.#rows) this.#subscriptions.set(key, this.world.bare(row).subscribe(observer));
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) {
        this.#subscriptions.get(key)?.unsubscribe();
        this.#subscriptions.delete(key);
      } else this.#subscriptions.set(key, this.world.bare(row).subscribe(observer));
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    for (const [key, row] of edits) {
      const previous = this.#rows.get(key);
      this.#rows.set(key, row);
      if (equals(previous, row)) continue;
      this.#subscriptions.get(key)?.unsubscribe();
      this.#subscriptions.set(key, this.world.bare(row).subscribe(observer));
    }
  }

  /** All of them have failed. */
  startAgain(): void {
    this.start();
  }

  stop(): void {
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    this.#subscriptions.clear();
  }
}

/** What finds that nothing has changed by comparing this table with the one before. */
class TwoMaps<R> implements Reader<R> {
  readonly #bare: Bare<R>;
  #rows: ReadonlyMap<string, R>;

  constructor(world: World<R>) {
    this.#rows = new Map(world.rows());
    this.#bare = new Bare(world);
    this.#bare.start();
  }

  read(rows: ReadonlyMap<string, R>): number {
    const previous = this.#rows;
    let read = 0;
    for (const [key, row] of rows) {
      const before = previous.get(key);
      if (before === undefined) this.#bare.edit([[key, row]]);
      else if (!equals(before, row)) this.#bare.change([[key, row]]);
      read++;
    }
    for (const key of previous.keys()) if (!rows.has(key)) this.#bare.edit([[key, undefined]]);
    this.#rows = rows;
    return read;
  }
}
