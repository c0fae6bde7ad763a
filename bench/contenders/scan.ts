import type { Subscription } from 'rxjs';
import { retry, scan, Subject } from 'rxjs';
import { equals } from 'rxjs-supervisor';
import type { Contender, Keeper, Reader, World } from '../contender.ts';

const ignore = (): void => undefined;

/** Written by hand: a `scan` compares each snapshot of the rows with a Map of subscriptions. */
export const scanning: Contender = {
  open: (world, { restart = false } = {}) => new Scan(world, restart),
  openReader: (world) => {
    const scan = new Scan(world, false);
    scan.start();
    return scan;
  },
};

interface Kept<R> {
  readonly row: R;
  readonly subscription: Subscription;
}

class Scan<R> implements Keeper<R>, Reader<R> {
  readonly #rows: Map<string, R>;
  readonly #snapshots$ = new Subject<ReadonlyMap<string, R>>();
  #read = 0;

  constructor(world: World<R>, restart: boolean) {
    this.#rows = new Map(world.rows());
    const process = (row: R): Subscription => {
      const bare = world.bare(row);
      return (restart ? bare.pipe(retry()) : bare).subscribe(ignore);
    };
    this.#snapshots$
      .pipe(
        scan((kept, rows) => {
          for (const [key, row] of rows) {
            const before = kept.get(key);
            if (before !== undefined && equals(before.row, row)) continue;
            before?.subscription.unsubscribe();
            kept.set(key, { row, subscription: process(row) });
          }
          for (const [key, { subscription }] of kept) {
            if (rows.has(key)) continue;
            subscription.unsubscribe();
            kept.delete(key);
          }
          this.#read = rows.size;
          return kept;
        }, new Map<string, Kept<R>>()),
      )
      .subscribe();
  }

  start(): void {
    this.#snapshots$.next(this.#rows);
  }

  /** The same Map again: copying it for each edit would take as long as comparing it. */
  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
      this.#snapshots$.next(this.#rows);
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    this.edit(edits);
  }

  read(rows: ReadonlyMap<string, R>): number {
    this.#snapshots$.next(rows);
    return this.#read;
  }

  stop(): void {
    this.#snapshots$.next(new Map());
  }
}
