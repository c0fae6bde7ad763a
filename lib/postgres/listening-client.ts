import type { Database, Pool, PoolClient } from './database.ts';
import { isPool } from './database.ts';
import { InvalidOptionError } from '../index.ts';

/** The longest that a platform's timer takes, in ms. */
export const LONGEST_WAIT = 2 ** 31 - 1;

/** node-postgres' Client, not connected yet: it is connected to listen, and ended when nobody listens any more. */
export interface ListeningClient {
  connect(): PromiseLike<unknown>;
  query(text: string, params?: unknown[]): PromiseLike<unknown>;
  end(): PromiseLike<unknown>;
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

const EXPECTED = 'a function that makes a new Client each time, not connected yet, or false to only poll';

/** What makes the clients that listen: of the option, or with the settings of a pool, but never one out of it. */
export function clientMaker(database: Database, notify: (() => ListeningClient) | undefined): () => ListeningClient {
  const make = notify ?? likeThoseOf(database);
  if (typeof make !== 'function') throw new InvalidOptionError('notify', EXPECTED, make);
  const made = new WeakSet<ListeningClient>();
  return () => {
    const client = make();
    if (!isFree(client)) throw new InvalidOptionError('notify', EXPECTED, client);
    if (made.has(client)) throw new InvalidOptionError('notify', EXPECTED, 'the same Client again');
    made.add(client);
    return client;
  };
}

/** Not a pool, nor a client out of one (or the Promise of it), which somebody else would get next. */
function isFree(client: ListeningClient): boolean {
  const found = client as Partial<ListeningClient & Pool & PoolClient> | undefined;
  return typeof found?.connect === 'function' && found.totalCount === undefined && found.release === undefined;
}

/** As the pool itself makes its clients. */
function likeThoseOf(database: Database): (() => ListeningClient) | undefined {
  const { Client, options } = database as {
    readonly Client?: new (options: unknown) => ListeningClient;
    readonly options?: unknown;
  };
  return isPool(database) && Client !== undefined ? () => new Client(options) : undefined;
}

/** Ends it; its socket is closed by force when the server doesn't take leave of it within so many ms. */
export function endClient(client: ListeningClient, patience: number): void {
  const { connection } = client as { readonly connection?: { readonly stream?: { destroy?(): void } } };
  const timer = setTimeout(() => connection?.stream?.destroy?.(), Math.min(patience, LONGEST_WAIT));
  const ended = (): void => clearTimeout(timer);
  client.end().then(ended, ended);
}
