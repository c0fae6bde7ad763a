/**
 * The methods of a database client that are used: PGlite fits as it is, and so does node-postgres for what it reads.
 * No driver is imported, and none of their types is needed.
 */
export interface Database {
  /** Runs one statement; values are only ever parameters. */
  query(text: string, params?: unknown[]): PromiseLike<{ readonly rows: readonly unknown[] }>;
  /** Listens to a channel, given as a quoted identifier, until the function that it resolves to is called. */
  listen?(channel: string, callback: (payload: string) => void): PromiseLike<() => PromiseLike<unknown>>;
}
