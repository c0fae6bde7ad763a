import type { Observable } from 'rxjs';
import { of, Subject } from 'rxjs';
import type { Reconciled, Table } from 'rxjs-supervisor';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import type { Contender, Keeper, Reader, World } from '../contender.ts';

const ignore = (): void => undefined;

/** This library, with everything on: one subscriber of the events, statuses, the default policies. */
export const supervised: Contender = {
  open: (world, { restart = false } = {}) => new Supervised(world, restart),
  openReader: (world) => new SupervisedReads(world),
};

class Supervised<R> implements Keeper<R> {
  readonly #table: MemoryTable<string, R>;
  readonly #supervisor: Supervisor<string, R, ReturnType<World<R>['process']>>;
  #running = new Subject<never>();
  #stop = ignore;

  constructor(world: World<R>, restart: boolean) {
    this.#table = new MemoryTable(world.rows());
    this.#supervisor = new Supervisor(this.#table, {
      process: (row, context) => world.process(row, context),
      ...(restart ? { restart: { delay: 0 } } : {}),
    });
  }

  start(): void {
    this.#running = new Subject();
    const subscription = this.#supervisor.run(this.#running).subscribe(ignore);
    this.#stop = () => subscription.unsubscribe();
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) this.#table.delete(key);
      else this.#table.set(key, row);
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    this.edit(edits);
  }

  stop(): void {
    this.#stop();
  }

  reread(): number {
    return reconcile(this.#supervisor);
  }

  close(): void {
    this.#running.complete();
  }
}

/** A table whose rows come from elsewhere, as a query's do: each full read is of a Map of its own. */
class Snapshots<R> implements Table<string, R> {
  constructor(public rows: ReadonlyMap<string, R>) {}

  get(key: string): Observable<R | undefined> {
    return of(this.rows.get(key));
  }

  entries(): ReadonlyMap<string, R> {
    return this.rows;
  }
}

class SupervisedReads<R> implements Reader<R> {
  readonly #table: Snapshots<R>;
  readonly #supervisor: Supervisor<string, R, ReturnType<World<R>['process']>>;

  constructor(world: World<R>) {
    this.#table = new Snapshots(new Map(world.rows()));
    this.#supervisor = new Supervisor(this.#table, { process: (row, context) => world.process(row, context) });
    this.#supervisor.run().subscribe(ignore);
  }

  read(rows: ReadonlyMap<string, R>): number {
    this.#table.rows = rows;
    return reconcile(this.#supervisor);
  }
}

/** How many rows a full read saw; none, when it wasn't complete. */
function reconcile(supervisor: { reconcile(): Observable<Reconciled> }): number {
  let read = 0;
  supervisor.reconcile().subscribe(({ complete, rows }) => {
    if (complete) read = rows;
  });
  return read;
}
