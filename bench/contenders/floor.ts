import type { Observer, Subscriber, TeardownLogic, Unsubscribable } from 'rxjs';
import { Observable } from 'rxjs';
import { equals } from 'rxjs-supervisor';
import type { Contender, Keeper, World } from '../contender.ts';

const ignore = (): void => undefined;

/**
 * Not what anybody would use: the least that a supervisor has to do by its rules, in plain loops. One object for each
 * key, which is the subscriber too; every event told to one subscriber, with the fields that it has; the clock read where
 * an event's time needs it; a failed process waits for a millisecond, and its row is looked at again. No policies, no
 * turns, no reads that may be late or fail, no commands, no force.
 */
export const floor: Contender = {
  open: (world) => new Floor(world),
};

class Floor<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #kept = new Map<string, Kept<R>>();
  readonly #listeners: Subscriber<object>[] = [];
  #failed: Kept<R>[] = [];

  constructor(readonly world: World<R>) {
    this.#rows = new Map(world.rows());
    new Observable<object>((subscriber) => {
      this.#listeners.push(subscriber);
    }).subscribe(ignore);
  }

  start(): void {
    for (const [key, row] of this.#rows) this.#add(key, row);
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) {
        this.#rows.delete(key);
        const kept = this.#kept.get(key);
        if (kept === undefined) continue;
        this.#end(kept, 'removed');
        this.#kept.delete(key);
        this.#tell({ type: 'removed', at: kept.since, key, incarnation: kept.incarnation });
      } else {
        this.#rows.set(key, row);
        this.#add(key, row);
      }
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    for (const [key, row] of edits) {
      this.#rows.set(key, row);
      const kept = this.#kept.get(key);
      if (kept === undefined || equals(kept.row, row)) continue;
      this.#end(kept, 'update');
      kept.row = row;
      this.#begin(kept, 'update');
    }
  }

  close(): void {
    const at = Date.now();
    for (const { key, incarnation } of this.#kept.values())
      this.#tell({ type: 'stopping', at, key, incarnation, cause: 'shutdown' });
    for (const kept of this.#kept.values()) this.#stopped(kept, at, 'shutdown');
    this.#kept.clear();
  }

  /** Nobody listens any more. */
  stop(): void {
    for (const kept of this.#kept.values()) kept.unsubscribe();
    this.#kept.clear();
  }

  fail(kept: Kept<R>, error: unknown): void {
    const { key, incarnation } = kept;
    const at = (kept.since = Date.now());
    this.#tell({ type: 'failed', at, key, incarnation, error, phase: 'running' });
    this.#tell({ type: 'backoff', at, key, incarnation, delay: 1, attempt: kept.attempt, until: at + 1 });
    if (this.#failed.push(kept) > 1) return;
    setTimeout(() => {
      const waited = this.#failed;
      this.#failed = [];
      for (const one of waited) {
        const row = this.#rows.get(one.key);
        if (row === undefined) continue;
        one.row = row;
        one.attempt++;
        this.#begin(one, 'restart');
      }
    }, 1);
  }

  #add(key: string, row: R): void {
    const kept = new Kept(this, key, row);
    this.#kept.set(key, kept);
    this.#begin(kept, 'initial');
  }

  #begin(kept: Kept<R>, cause: string): void {
    const { key, row: value, attempt } = kept;
    const incarnation = ++kept.incarnation;
    const at = Date.now();
    this.#tell({ type: 'starting', at, key, incarnation, value, cause, attempt });
    kept.closed = false;

    this.world.bare(value).subscribe(kept);
    kept.since = Date.now();
    this.#tell({ type: 'running', at: kept.since, key, incarnation, took: kept.since - at });
  }

  #end(kept: Kept<R>, cause: string): void {
    const { key, incarnation } = kept;
    const at = Date.now();
    this.#tell({ type: 'stopping', at, key, incarnation, cause });
    this.#stopped(kept, at, cause);
  }

  #stopped(kept: Kept<R>, at: number, cause: string): void {
    const { key, incarnation, since } = kept;
    kept.unsubscribe();
    kept.since = at;
    this.#tell({ type: 'stopped', at, key, incarnation, cause, uptime: at - since, forced: false });
  }

  #tell(event: object): void {
    for (const listener of this.#listeners) listener.next(event);
  }
}

/** What RxJS takes as a subscriber, since it has the methods of one. */
class Kept<R> implements Observer<unknown>, Unsubscribable {
  closed = false;
  incarnation = 0;
  attempt = 1;
  since = 0;
  #teardown: TeardownLogic = undefined;

  constructor(
    readonly floor: Floor<R>,
    readonly key: string,
    public row: R,
  ) {}

  next(): void {
    // Nobody listens to what processes emit.
  }

  error(error: unknown): void {
    this.unsubscribe();
    this.floor.fail(this, error);
  }

  complete(): void {
    this.unsubscribe();
  }

  add(teardown: TeardownLogic): void {
    if (teardown !== this) this.#teardown = teardown;
  }

  remove(): void {
    this.#teardown = undefined;
  }

  unsubscribe(): void {
    if (this.closed) return;
    this.closed = true;
    const teardown = this.#teardown;
    this.#teardown = undefined;
    if (typeof teardown === 'function') teardown();
    else if (teardown) teardown.unsubscribe();
  }
}
