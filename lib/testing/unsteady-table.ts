import type { Observable } from 'rxjs';
import { concat, defer, from, map, merge, mergeMap, NEVER, of, Subject, throwError, timer } from 'rxjs';
import type { Batches, Change, Key, Row, RowError, Table, Version } from '../index.ts';
import { batchesOf } from './rows-of.ts';
import type { Fault, Told } from './simulation-step.ts';

const trouble$ = throwError(() => new Error('trouble that the simulation makes'));

/** ms that a slow read takes, and that a late change takes to be told. */
const LATE = 50;

/** A table on top of another one, whose reads fail and whose changes are lost when they are told to. */
export class UnsteadyTable<K extends Key, V> implements Table<K, V> {
  readonly changes?: Observable<Change<K>>;
  readonly getMany?: (keys: readonly K[]) => Batches<Row<K, V>>;
  readonly versions?: () => Batches<readonly [K, Version]>;
  /** What becomes of the next reads. */
  readonly faults: Fault[] = [];
  /** How the next change is told. */
  told: Told = 'at once';
  readonly #table: Table<K, V>;
  readonly #lost$ = new Subject<void>();

  constructor(table: Table<K, V>) {
    this.#table = table;
    const { changes } = table;
    if (changes !== undefined) {
      const told$ = changes.pipe(mergeMap((change) => this.#tell(change)));
      const lost$ = this.#lost$.pipe(mergeMap(() => trouble$));
      this.changes = merge(told$, lost$);
    }
    if (table.getMany !== undefined) this.getMany = (keys) => this.#read(() => table.getMany?.(keys) ?? []);
    if (table.versions !== undefined) this.versions = () => this.#read(() => table.versions?.() ?? []);
  }

  /** From now on everything is as the table underneath has it. */
  steady(): void {
    this.faults.length = 0;
    this.told = 'at once';
  }

  get(key: K): Observable<V | RowError | undefined> {
    const read$ = defer(() => from(this.#table.get(key)));
    return this.#with(this.faults.shift(), read$, () => trouble$);
  }

  entries(): Batches<Row<K, V>> {
    return this.#read(() => this.#table.entries());
  }

  /** The changes fail. */
  loseChanges(): void {
    this.#lost$.next();
  }

  #read<R>(read: () => Batches<R>): Batches<R> {
    const fault = this.faults.shift();
    // A read that is left alone stays as synchronous as it is.
    if (fault === undefined) return read();
    const batches$ = defer(() => batchesOf(read()));
    return this.#with(fault, batches$, () =>
      concat(batches$.pipe(map((batch) => [...batch].filter((_, index) => index % 2 === 0))), trouble$),
    );
  }

  #with<T>(fault: Fault | undefined, read$: Observable<T>, halfWay: () => Observable<T>): Observable<T> {
    switch (fault) {
      case undefined:
        return read$;
      case 'is slow':
        return timer(LATE).pipe(mergeMap(() => read$));
      case 'fails':
        return trouble$;
      case 'fails half-way':
        return halfWay();
      case 'never ends':
        return NEVER;
    }
  }

  #tell(change: Change<K>): Observable<Change<K>> {
    const { told } = this;
    this.told = 'at once';
    switch (told) {
      case 'at once':
        return of(change);
      case 'late':
        return timer(LATE).pipe(map(() => change));
      case 'never':
        return NEVER;
      case 'twice':
        return of(change, change);
      case "as 'all'":
        return of('all' as const);
    }
  }
}
