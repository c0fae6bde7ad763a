import type { Observable } from 'rxjs';
import { concatMap, filter, firstValueFrom, from, lastValueFrom, NEVER, skip, take, timeout } from 'rxjs';
import type { Batches, Key, Row, RowError, Table } from '../index.ts';
import { equals } from '../index.ts';
import { contractError, show } from './contract-error.ts';
import { rowsOf } from './rows-of.ts';
import type { TableFixture } from './table-fixture.ts';
import { Watch } from './watch.ts';

/** A table under check: reads and waits within the limit, and says what it found instead. */
export class TableProbe<K extends Key, V> {
  readonly table: Table<K, V>;
  readonly a: K;
  readonly b: K;
  readonly c: K;
  readonly value: V;
  readonly other: V;
  readonly #watches: Watch<K>[] = [];

  /** `limit`: ms to wait. */
  constructor(
    readonly fixture: TableFixture<K, V>,
    readonly limit: number,
  ) {
    this.table = fixture.table;
    [this.a, this.b, this.c] = fixture.keys;
    [this.value, this.other] = fixture.values;
  }

  async get(key: K): Promise<V | RowError | undefined> {
    const read = async () => lastValueFrom(from(this.table.get(key)).pipe(take(1)), { defaultValue: undefined });
    return this.settles(read(), `get(${show(key)}) to answer`);
  }

  /** The rows of `entries()`, of which no two may have one key. */
  async entries(): Promise<Map<K, Row<K, V>>> {
    const rows = new Map<K, Row<K, V>>();
    for (const row of await this.rows('entries()', () => this.table.entries())) {
      if (rows.has(row[0])) {
        const found = `${show(row[0])} twice`;
        throw contractError('entries() to give each key once', found, 'Give one row for each key, the newest.');
      }
      rows.set(row[0], row);
    }
    return rows;
  }

  async getMany(keys: readonly K[]): Promise<Row<K, V>[]> {
    return this.rows(`getMany(${show(keys)})`, () => this.table.getMany?.(keys) ?? []);
  }

  /** All that a read gives, which must be rows. */
  async rows<R>(name: string, read: () => Batches<R>): Promise<R[]> {
    const reading = async () => rowsOf(read());
    const rows = await this.settles(reading(), `${name} to end`);
    const bad = rows.findIndex((row) => !Array.isArray(row));
    if (bad === -1) return rows;
    throw contractError(
      `${name} to give rows of [key, value, version?]`,
      show(rows[bad]),
      'Give an array for each row.',
    );
  }

  /** Says so when the row of a key isn't what it must be. */
  expectValue(name: string, key: K, found: V | RowError | undefined, wanted: V | undefined): void {
    if (equals(found, wanted)) return;
    const absent = wanted === undefined;
    throw contractError(
      `${name} to give ${absent ? 'no row' : show(wanted)} for ${show(key)}`,
      found === undefined ? 'no row' : show(found),
      absent
        ? 'Give undefined or nothing for a row that is not there, and leave it out where there are many.'
        : 'Read what was written last, and look the key up as it is, without converting it.',
    );
  }

  /** Says so unless these rows are the wanted ones, in the order of the fixture's keys, and no others. */
  expectRows(name: string, rows: Iterable<Row<K, V>> | Map<K, Row<K, V>>, wanted: readonly (V | undefined)[]): void {
    const all = rows instanceof Map ? rows.values() : rows;
    const found = new Map([...all].map(([key, value]) => [key, value]));
    this.fixture.keys.forEach((key, i) => {
      this.expectValue(name, key, found.get(key), wanted[i]);
      found.delete(key);
    });
    for (const [key, value] of found) this.expectValue(name, key, value, undefined);
  }

  subscribe(): Watch<K> {
    const watch = new Watch(this.table.changes ?? NEVER);
    this.#watches.push(watch);
    return watch;
  }

  /** Subscribes to `changes` and waits until it is gap-free. */
  async watch(): Promise<Watch<K>> {
    const watch = this.subscribe();
    const advice = "Emit 'all' to each subscriber, as soon as it listens.";
    await this.emits(watch.told$.pipe(filter((change) => change === 'all')), () =>
      contractError("changes to emit 'all' to each subscriber once it is gap-free", String(watch), advice),
    );
    return watch;
  }

  /** Changes must tell of each key, and a read that one of them makes must see the row. */
  async tells(watch: Watch<K>, rows: readonly (readonly [K, V | undefined])[], write: () => unknown): Promise<void> {
    const before = watch.told.length;
    const tellsOf = async (key: K, wanted: V | undefined): Promise<void> => {
      let found = 'none';
      const seen$ = watch.told$.pipe(
        skip(before),
        filter((change) => change === 'all' || change.includes(key)),
        concatMap(async () => this.get(key)),
        filter((value) => {
          found = `one when a read still gave ${show(value)}`;
          return equals(value, wanted);
        }),
      );
      await this.emits(seen$, () =>
        contractError(
          `a change that tells of ${show(key)} when a read gives ${show(wanted)}`,
          `${found} (changes: ${String(watch)})`,
          "Announce every write, by its keys or by 'all', once a read can see it.",
        ),
      );
    };
    const writing = async (): Promise<unknown> => await write();
    await Promise.all([...rows.map(([key, wanted]) => tellsOf(key, wanted)), writing()]);
  }

  /** Waits for the first value; `late` makes the error when none comes. */
  async emits(source$: Observable<unknown>, late: () => Error): Promise<void> {
    const limited$ = source$.pipe(
      timeout({
        first: this.limit,
        with: () => {
          throw late();
        },
      }),
    );
    const end = Symbol('end');
    if ((await firstValueFrom(limited$, { defaultValue: end })) !== end) return;
    throw contractError('changes to go on', 'its end', 'Keep it open as long as rows may change.');
  }

  /** What a Promise gives, within the limit. What it fails with is passed on. */
  async settles<T>(promise: Promise<T>, expected: string): Promise<T> {
    const advice = 'Let every read end, whatever became of those before it.';
    const late = () => {
      throw contractError(expected, `that it takes more than ${this.limit} ms`, advice);
    };
    // eslint-disable-next-line rxjs-x/no-ignored-default-value -- A Promise gives one value, or fails.
    return lastValueFrom(from(promise).pipe(timeout({ first: this.limit, with: late })));
  }

  close(): void {
    for (const watch of this.#watches) watch.unsubscribe();
  }
}
