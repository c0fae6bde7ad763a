/**
 * The methods of database clients that are used. node-postgres' Pool and Client fit as they are, and so does PGlite; no
 * driver is imported, and none of their types is needed.
 */

/** Runs one statement; values are only ever parameters. Enough to read: node-postgres' Client. */
export interface Queryable {
  query(text: string, params?: unknown[]): PromiseLike<{ readonly rows: readonly unknown[] }>;
}

/** node-postgres' Pool. Each read takes a client out of it, and gives it back, also when the read is closed half-way. */
export interface Pool extends Queryable {
  readonly totalCount: number;
  connect(): PromiseLike<PoolClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A client out of a Pool. */
export interface PoolClient extends Queryable {
  /** `true` closes its connection. */
  release(destroy?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** PGlite: a database in this very process, with one session for everything. */
export interface EmbeddedDatabase extends Queryable {
  transaction<T>(work: (transaction: Queryable) => Promise<T>): PromiseLike<T>;
  /** Listens to a channel, given as a quoted identifier, until the function that it resolves to is called. */
  listen(channel: string, callback: (payload: string) => void): PromiseLike<() => PromiseLike<unknown>>;
}

/** Where a table is: a server by node-postgres, or PGlite. */
export type Database = Queryable | Pool | EmbeddedDatabase;

export const isPool = (database: Database): database is Pool =>
  'totalCount' in database && typeof (database as Partial<Pool>).connect === 'function';

export const isEmbedded = (database: Database): database is EmbeddedDatabase =>
  'transaction' in database && typeof (database as Partial<EmbeddedDatabase>).listen === 'function';
