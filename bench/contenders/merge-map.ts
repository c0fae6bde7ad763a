import type { Observable } from 'rxjs';
import { filter, mergeMap, retry, Subject, takeUntil } from 'rxjs';
import type { Contender, Keeper, World } from '../contender.ts';

const ignore = (): void => undefined;

/** Written by hand: `mergeMap` over added rows, each process until its key is heard of again. */
export const merging: Contender = {
  open: (world, { restart = false } = {}) => new MergeMap(world, restart),
};

class MergeMap<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #added$ = new Subject<readonly [key: string, row: R]>();
  readonly #ended$ = new Subject<string>();
  readonly stop: () => void;

  constructor(world: World<R>, restart: boolean) {
    this.#rows = new Map(world.rows());
    const process = (row: R): Observable<unknown> => (restart ? world.bare(row).pipe(retry()) : world.bare(row));
    const subscription = this.#added$
      .pipe(mergeMap(([key, row]) => process(row).pipe(takeUntil(this.#ended$.pipe(filter((ended) => ended === key))))))
      .subscribe(ignore);
    this.stop = () => subscription.unsubscribe();
  }

  start(): void {
    for (const row of this.#rows) this.#added$.next(row);
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) this.#ended$.next(key);
      else this.#added$.next([key, row]);
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    for (const [key, row] of edits) {
      this.#ended$.next(key);
      this.#added$.next([key, row]);
    }
  }
}
