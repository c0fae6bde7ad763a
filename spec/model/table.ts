import type { Subscriber } from 'rxjs';
import { from, Observable, of, throwError } from 'rxjs';
import type { Batches, Change, Key, Row, Table } from '../../lib/index.ts';
import { RowError } from '../../lib/index.ts';
import type { Reading } from './history.ts';
import type { StoredRow, Value, World } from './world.ts';
import { Mishap } from './world.ts';

type Rows = ReadonlyMap<Key, StoredRow>;

/** A row to be given, and what is known once it has been. */
interface Found<R> {
  readonly key: Key;
  readonly row: R;
  readonly tell: () => void;
}

/** One read: how it goes, whether it gets through, and the moment when it began. */
interface Answering extends Reading {
  readonly complete: boolean;
  readonly began: number;
}

/** What a read finds, and what is known once it has ended. */
interface Findings<R> {
  /** Of which keys it tells. */
  readonly keys: readonly Key[];
  readonly found: readonly Found<R>[];
  readonly end: () => void;
}

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
        this.#read('versions', (rows) => ({
          keys: world.keys,
          found: [...rows].map(([key, { version }]) => ({
            key,
            row: [key, version] as const,
            tell: () => {
              world.readAt.set(key, world.moment);
              world.hinted.set(key, world.moment); // one whose version differs is fetched
            },
          })),
          end: () => this.#without(rows),
        }));
    }
  }

  entries(): Batches<Row<Key, Value>> {
    return this.#read('entries', (rows, reading) => ({
      keys: this.world.keys,
      found: [...rows].map(([key, row]) => this.#row(key, row, reading)),
      end: () => this.#without(rows),
    }));
  }

  get(key: Key): Observable<Value | undefined> {
    const reading = this.#reading();
    const { takes, sees, fault, complete } = reading;
    const first = this.world.rows.get(key);
    this.world.note(() => `         get ${String(key)} ${fault}`);
    if (fault === 'throws') throw new Mishap('get throws');
    if (fault === 'hangs') return this.#counted(() => undefined);
    if (!complete) {
      if (takes === 0) return throwError(() => new Mishap('get fails'));
      return this.#counted((subscriber) =>
        this.world.clock.after(takes, () => subscriber.error(new Mishap('get fails'))),
      );
    }
    const answer = (row: StoredRow | undefined): Value | undefined => {
      if (row === undefined) this.#absent(key, reading);
      else this.#told(key, row, reading);
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
    return this.#read('getMany', (rows, reading) => {
      const found: Found<Row<Key, Value>>[] = [];
      const absent: Key[] = [];
      for (const key of keys) {
        const row = rows.get(key);
        if (row !== undefined) found.push(this.#row(key, row, reading));
        else absent.push(key);
      }
      return { keys, found, end: () => absent.forEach((key) => this.#absent(key, reading)) };
    });
  }

  #row(key: Key, row: StoredRow, reading: Answering): Found<Row<Key, Value>> {
    const { value, version, bad } = row;
    const given = bad ? new RowError(new Mishap('bad row')) : value;
    const numbered = this.world.config.table === 'versions' || this.world.config.table === 'numbered get';
    return {
      key,
      row: numbered ? [key, given, version] : [key, given],
      tell: () => this.#told(key, row, reading),
    };
  }

  /** `rowsOf` gives what a read finds in a state of the table. */
  #read<R>(name: string, rowsOf: (rows: Rows, reading: Answering) => Findings<R>): Batches<R> {
    const { world } = this;
    const reading = this.#reading();
    const { takes, sees, fault, complete } = reading;
    const first = new Map(world.rows);
    world.note(() => `         ${name} ${fault}`);
    if (name !== 'getMany') world.failing = world.plans.size === 0 && !(complete && takes <= world.config.readTimeout);
    if (fault === 'throws') throw new Mishap(`${name} throws`);
    if (fault === 'hangs') return this.#counted(() => undefined);
    const answer = (): Generator<readonly R[], void> => {
      const last = world.rows;
      const rows = sees === 'the first moment' ? first : sees === 'half of each' ? halves(first, last) : last;
      return batches(world, name, reading, rowsOf(rows, reading));
    };
    const give = (subscriber: Subscriber<readonly R[]>) => from(answer()).subscribe(subscriber);
    if (takes > 0) {
      return this.#counted((subscriber, answers) =>
        world.clock.after(takes, () => {
          answers();
          give(subscriber);
        }),
      );
    }
    if (world.config.batches === 'observable') return this.#counted(give);
    if (world.config.batches === 'array' && (complete || fault === 'a malformed row')) return [...answer()].flat();
    return this.#generate(answer());
  }

  *#generate<R>(answer: Generator<readonly R[], void>): Generator<R, void> {
    this.world.open++;
    try {
      for (const batch of answer) yield* batch;
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
  #told(key: Key, { value: { content }, bad }: StoredRow, { takes, complete, began }: Answering): void {
    const { world } = this;
    world.readAt.set(key, world.moment);
    if (bad) {
      // The library knows the row as it was told before.
      world.toldBad.set(key, ++world.moment);
      world.answers.delete(key);
      return;
    }
    // Of a read that doesn't get through it isn't certain what was told, nor of one that may be a plan's.
    const certain = complete && world.plans.size === 0;
    if (certain) world.served.set(key, content);
    else world.served.delete(key);
    if (certain && takes === 0) world.told.set(key, content);
    else world.told.delete(key);
    world.answer(key, began, content, certain);
  }

  #absent(key: Key, { began }: Answering): void {
    const { world } = this;
    world.toldAbsent.set(key, ++world.moment);
    world.readAt.set(key, world.moment);
    world.answer(key, began, undefined, world.plans.size === 0);
  }

  #without(rows: Rows): void {
    for (const key of this.world.keys) if (!rows.has(key)) this.world.fullWithout.set(key, ++this.world.moment);
  }

  #reading(): Answering {
    const { world } = this;
    const { readTimeout, reading: usual } = world.config;
    const reading: Reading = world.calm
      ? { takes: 0, sees: 'the last moment', fault: 'none' }
      : (this.next.shift() ?? usual);
    const { fault } = reading;
    const complete = fault === 'none' || fault === 'a key twice';
    if (!complete || reading.takes >= readTimeout) {
      world.faulted = ++world.moment;
      const takes = fault === 'throws' ? 0 : fault === 'hangs' ? readTimeout : Math.min(reading.takes, readTimeout);
      world.faults.push(world.clock.now + takes);
    }
    return { ...reading, complete, began: ++world.moment };
  }
}

/**
 * Two batches, what they tell told just before each (to who takes them as they come); that a row is absent is known only
 * at the end.
 */
function* batches<R>(
  { untold }: World,
  name: string,
  { fault, complete }: Answering,
  { keys, found, end }: Findings<R>,
): Generator<readonly R[], void> {
  if (fault === 'fails') throw new Mishap(`${name} fails`);
  const given = fault === 'a malformed row' ? found.slice(1) : found;
  const half = given.length >> 1;
  const left = new Set(keys);
  untold.add(left);
  try {
    for (const batch of fault === 'fails half-way'
      ? [given.slice(0, half)]
      : [given.slice(0, half), given.slice(half)]) {
      for (const { key, tell } of batch) {
        left.delete(key);
        tell();
      }
      yield batch.map(({ row }) => row);
    }
    if (fault === 'fails half-way') throw new Mishap(`${name} fails half-way`);
    if (fault === 'a malformed row') yield ['nonsense' as never];
    if (fault === 'a key twice' && found[0] !== undefined) yield [found[0].row];
    if (complete) end();
  } finally {
    untold.delete(left);
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
