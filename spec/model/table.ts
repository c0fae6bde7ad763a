import type { Subscriber } from 'rxjs';
import { Observable, of, throwError } from 'rxjs';
import type { Batches, Change, Key, Row, Table } from '../../lib/index.ts';
import { RowError } from '../../lib/index.ts';
import type { Reading } from './history.ts';
import type { StoredRow, Value, World } from './world.ts';
import { Mishap } from './world.ts';

type Rows = ReadonlyMap<Key, StoredRow>;

/** A table whose every read can be late, stale, cut short or wrong, as the history says. */
export class ModelTable implements Table<Key, Value> {
  readonly changes?: Observable<Change<Key>>;
  readonly getMany?: (keys: readonly Key[]) => Batches<Row<Key, Value>>;
  readonly versions?: () => Batches<readonly [Key, number]>;
  /** What the next reads are like. */
  readonly next: Reading[] = [];
  readonly listeners = new Set<Subscriber<Change<Key>>>();

  constructor(private readonly world: World) {
    const { table, changes } = world.config;
    if (changes !== 'none') {
      this.changes = new Observable((subscriber) => {
        this.listeners.add(subscriber);
        if (changes === 'says all') subscriber.next('all');
        return () => this.listeners.delete(subscriber);
      });
    }
    if (table === 'getMany' || table === 'versions') this.getMany = (keys) => this.#getMany(keys);
    if (table === 'versions') {
      this.versions = () =>
        this.#read('versions', (rows, _takes, complete) => {
          if (complete) this.#without(rows);
          for (const key of rows.keys()) {
            world.readAt.set(key, world.moment);
            world.hinted.set(key, world.moment); // one whose version differs is fetched
          }
          return [...rows].map(([key, { version }]) => [key, version] as const);
        });
    }
  }

  entries(): Batches<Row<Key, Value>> {
    return this.#read('entries', (rows, takes, complete, began) => {
      if (complete) this.#without(rows);
      return [...rows].map(([key, row]) => this.#row(key, row, takes, began));
    });
  }

  get(key: Key): Observable<Value | undefined> {
    const { takes, sees, fault } = this.#reading();
    const began = ++this.world.moment;
    const first = this.world.rows.get(key);
    this.world.note(() => `         get ${String(key)} ${fault}`);
    if (fault === 'throws') throw new Mishap('get throws');
    if (fault === 'hangs') return this.#counted(() => undefined);
    if (fault !== 'none' && fault !== 'a key twice') {
      if (takes === 0) return throwError(() => new Mishap('get fails'));
      return this.#counted((subscriber) =>
        this.world.clock.after(takes, () => subscriber.error(new Mishap('get fails'))),
      );
    }
    const answer = (row: StoredRow | undefined): Value | undefined => {
      if (row === undefined) this.#absent(key, began);
      else this.#told(key, row, takes, began);
      return row?.bad === true ? (new RowError(new Mishap('bad row')) as never) : row?.value;
    };
    if (takes === 0) return of(answer(first));
    return this.#counted((subscriber, answers) =>
      this.world.clock.after(takes, () => {
        answers();
        subscriber.next(answer(sees === 'the first moment' ? first : this.world.rows.get(key)));
        subscriber.complete();
      }),
    );
  }

  announce(change: Change<Key>): void {
    if (change !== 'all') for (const key of change) this.world.hinted.set(key, ++this.world.moment);
    for (const listener of [...this.listeners]) listener.next(change);
  }

  lose(): void {
    for (const listener of [...this.listeners]) listener.error(new Mishap('changes lost'));
  }

  #getMany(keys: readonly Key[]): Batches<Row<Key, Value>> {
    return this.#read('getMany', (rows, takes, complete, began) => {
      const found: Row<Key, Value>[] = [];
      for (const key of keys) {
        const row = rows.get(key);
        if (row !== undefined) found.push(this.#row(key, row, takes, began));
        else if (complete) this.#absent(key, began);
      }
      return found;
    });
  }

  #row(key: Key, row: StoredRow, takes: number, began: number): Row<Key, Value> {
    const { value, version, bad } = row;
    this.#told(key, row, takes, began);
    const given = bad ? new RowError(new Mishap('bad row')) : value;
    const numbered = this.world.config.table === 'versions' || this.world.config.table === 'numbered get';
    return numbered ? [key, given, version] : [key, given];
  }

  /** `rowsOf` gives the rows as they are in a state of the table; `complete`: it is all that will be told. */
  #read<R>(name: string, rowsOf: (rows: Rows, takes: number, complete: boolean, began: number) => R[]): Batches<R> {
    const { world } = this;
    const { takes, sees, fault } = this.#reading();
    const began = ++world.moment;
    const first = new Map(world.rows);
    world.note(() => `         ${name} ${fault}`);
    if (fault === 'throws') throw new Mishap(`${name} throws`);
    if (fault === 'hangs') return this.#counted(() => undefined);
    const batches = (last: Rows): { rows: R[]; failure: Mishap | undefined } => {
      const complete = fault === 'none' || fault === 'a key twice';
      let rows = rowsOf(
        sees === 'the first moment' ? first : sees === 'half of each' ? halves(first, last) : last,
        complete ? takes : -1,
        complete,
        began,
      );
      if (fault === 'fails') rows = [];
      if (fault === 'fails half-way') rows = rows.slice(0, rows.length >> 1);
      if (fault === 'a malformed row') rows = [...rows.slice(1), 'nonsense' as never];
      if (fault === 'a key twice' && rows.length > 0) rows = [...rows, rows[0] as R];
      return {
        rows,
        failure: fault === 'fails' || fault === 'fails half-way' ? new Mishap(`${name} ${fault}`) : undefined,
      };
    };
    if (takes > 0) {
      return this.#counted((subscriber, answers) =>
        world.clock.after(takes, () => {
          answers();
          const { rows, failure } = batches(world.rows);
          const half = rows.length >> 1;
          subscriber.next(rows.slice(0, half));
          subscriber.next(rows.slice(half));
          if (failure === undefined) subscriber.complete();
          else subscriber.error(failure);
        }),
      );
    }
    const { rows, failure } = batches(world.rows);
    if (world.config.batches === 'observable') {
      return this.#counted((subscriber) => {
        subscriber.next(rows);
        if (failure === undefined) subscriber.complete();
        else subscriber.error(failure);
        return undefined;
      });
    }
    if (world.config.batches === 'array' && failure === undefined) return rows;
    return this.#generate(rows, failure);
  }

  *#generate<R>(rows: readonly R[], failure: Mishap | undefined): Generator<R, void> {
    this.world.open++;
    try {
      yield* rows;
      if (failure !== undefined) throw failure;
    } finally {
      this.world.open--;
    }
  }

  #counted<R>(
    run: (subscriber: Subscriber<R>, answers: () => void) => { unsubscribe(): void } | undefined,
  ): Observable<R> {
    return new Observable((subscriber) => {
      let open = true;
      const close = (): void => {
        if (open) this.world.open--;
        open = false;
      };
      this.world.open++;
      subscriber.add(close);
      const timer = run(subscriber, close);
      return () => timer?.unsubscribe();
    });
  }

  /** An answer that comes late may be one that the library has to ignore. */
  #told(key: Key, { value: { content }, bad }: StoredRow, takes: number, began: number): void {
    this.world.readAt.set(key, this.world.moment);
    if (bad) {
      // The library knows the row as it was told before.
      this.world.toldBad.set(key, ++this.world.moment);
      this.world.answers.delete(key);
      return;
    }
    if (takes < 0) this.world.answers.delete(key);
    else this.world.tell(key, began, content);
    // Of a read that fails half-way it isn't certain what was told.
    if (takes >= 0) this.world.served.set(key, content);
    else this.world.served.delete(key);
    if (takes === 0) this.world.told.set(key, content);
    else this.world.told.delete(key);
  }

  #absent(key: Key, began: number): void {
    this.world.toldAbsent.set(key, ++this.world.moment);
    this.world.tell(key, began, undefined);
  }

  #without(rows: Rows): void {
    for (const key of this.world.keys) if (!rows.has(key)) this.world.fullWithout.set(key, ++this.world.moment);
  }

  #reading(): Reading {
    if (this.world.calm) return { takes: 0, sees: 'the last moment', fault: 'none' };
    const reading = this.next.shift() ?? this.world.config.reading;
    if (reading.fault !== 'none' || reading.takes >= this.world.config.readTimeout) {
      this.world.faulted = ++this.world.moment;
      this.world.faults.push(this.world.clock.now);
    }
    return reading;
  }
}

/** Every other key as it was, the others as they are. */
function halves(first: Rows, last: Rows): Rows {
  const keys = [...new Set([...first.keys(), ...last.keys()])];
  const mixed = new Map<Key, StoredRow>();
  keys.forEach((key, index) => {
    const row = (index % 2 === 0 ? first : last).get(key);
    if (row !== undefined) mixed.set(key, row);
  });
  return mixed;
}
