import type { Observable } from 'rxjs';
import { EMPTY, filter, groupBy, mergeMap, retry, Subject, switchMap } from 'rxjs';
import type { Contender, Edit, Keeper, World } from '../contender.ts';

const ignore = (): void => undefined;

/** Written by hand: `groupBy` over edits, a `switchMap` in each group, which a removal ends (its `duration`). */
export const grouping: Contender = {
  open: (world, { restart = false } = {}) => new GroupBy(world, restart),
};

class GroupBy<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #edits$ = new Subject<Edit<R>>();
  readonly stop: () => void;

  constructor(world: World<R>, restart: boolean) {
    this.#rows = new Map(world.rows());
    const process = (row: R): Observable<unknown> => (restart ? world.bare(row).pipe(retry()) : world.bare(row));
    const subscription = this.#edits$
      .pipe(
        groupBy(([key]) => key, { duration: (group$) => group$.pipe(filter(([, row]) => row === undefined)) }),
        mergeMap((group$) => group$.pipe(switchMap(([, row]) => (row === undefined ? EMPTY : process(row))))),
      )
      .subscribe(ignore);
    this.stop = () => subscription.unsubscribe();
  }

  start(): void {
    this.edit([...this.#rows]);
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const edit of edits) this.#edits$.next(edit);
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    this.edit(edits);
  }
}
