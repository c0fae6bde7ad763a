import { PGliteWorker } from '@electric-sql/pglite/worker';
import type { Table } from 'rxjs-supervisor';
import { installNotifications, postgresTable } from 'rxjs-supervisor/postgres';
import type { Feed } from './feed.ts';

const source = { table: 'feeds', key: 'name' };

const SCHEMA = `
  create table if not exists feeds (
    name text primary key,
    signal text not null,
    every int not null,
    closing int not null,
    position serial not null
  )`;

/** What a new board begins with. */
const FIRST: readonly Omit<Feed, 'position'>[] = [
  { name: 'Harbour tide', signal: 'tide', every: 250, closing: 2_000 },
  { name: 'Pier wind', signal: 'wind', every: 250, closing: 0 },
  { name: 'Lock gate', signal: 'steps', every: 500, closing: 4_000 },
  { name: 'River level', signal: 'walk', every: 250, closing: 2_000 },
  { name: 'Old buoy', signal: 'flaky', every: 250, closing: 0 },
  { name: 'Lost buoy', signal: 'missing', every: 1_000, closing: 0 },
];

/** The rows: PostgreSQL in the browser, kept in IndexedDB. */
export class Rows {
  readonly #database: PGliteWorker;
  /** As a table to supervise. */
  readonly table: Table<string, Feed>;

  private constructor(database: PGliteWorker) {
    this.#database = database;
    this.table = postgresTable<string, Feed>(database, {
      ...source,
      orderBy: 'position',
      decode: (row) => row as unknown as Feed,
    });
  }

  static async open(): Promise<Rows> {
    const database = new PGliteWorker(new Worker(new URL('./database-worker.ts', import.meta.url), { type: 'module' }));
    const feeds = new Rows(database);
    const { rows } = await database.query(`select to_regclass('feeds') as found`);
    await database.exec(SCHEMA);
    await installNotifications(database, source);
    if ((rows[0] as { found: unknown }).found === null) for (const feed of FIRST) await feeds.add(feed);
    return feeds;
  }

  /** `false` when there is one of this name already. */
  async add({ name, signal, every, closing }: Omit<Feed, 'position'>): Promise<boolean> {
    const { affectedRows } = await this.#database.query(
      'insert into feeds (name, signal, every, closing) values ($1, $2, $3, $4) on conflict do nothing',
      [name, signal, every, closing],
    );
    return affectedRows === 1;
  }

  /** `false` when there is none of this name any more. */
  async change({ name, signal, every, closing }: Omit<Feed, 'position'>): Promise<boolean> {
    const { affectedRows } = await this.#database.query(
      'update feeds set signal = $2, every = $3, closing = $4 where name = $1',
      [name, signal, every, closing],
    );
    return affectedRows === 1;
  }

  /** Puts a removed row back, where it was. */
  async restore({ name, signal, every, closing, position }: Feed): Promise<void> {
    await this.#database.query('insert into feeds values ($1, $2, $3, $4, $5) on conflict do nothing', [
      name,
      signal,
      every,
      closing,
      position,
    ]);
  }

  async remove(name: string): Promise<void> {
    await this.#database.query('delete from feeds where name = $1', [name]);
  }

  async clear(): Promise<void> {
    await this.#database.query('delete from feeds');
  }

  /** Adds rows until there are so many. */
  async fill(count: number): Promise<void> {
    await this.#database.query(
      `insert into feeds (name, signal, every, closing)
       select 'Station ' || lpad(n::text, 3, '0'), (array['tide', 'wind', 'walk', 'steps'])[1 + n % 4], 500, 0
       from generate_series(1, $1::int) n
       where 'Station ' || lpad(n::text, 3, '0') not in (select name from feeds)
       order by n limit greatest(0, $1::int - (select count(*) from feeds))`,
      [count],
    );
  }
}
