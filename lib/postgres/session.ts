import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { Database, Pool, PoolClient, Queryable } from './database.ts';
import { isEmbedded, isPool } from './database.ts';

/** What is done in one session of the database. It stops when its subscriber is closed. */
export type Work<T> = (session: Queryable, subscriber: Subscriber<T>) => Promise<void>;

/** Without a listener an 'error' event would end the program; what was asked of the connection fails all the same. */
const ignore = (): void => undefined;
const listenedTo = new WeakSet<Pool>();

/**
 * Does `work`, with a client of a pool's own to it. Completes when it has ended, and errors with what it fails with.
 * Unsubscribing gives the client back at once, with its connection closed, whatever was asked of it: so a server that
 * doesn't answer takes no client away for good.
 */
export function inSession<T>(database: Database, work: Work<T>): Observable<T> {
  if (isPool(database)) return onClient(database, work);
  return new Observable((subscriber) => settle(work(database, subscriber), subscriber));
}

/**
 * Does `work` in a transaction that reads one snapshot. A single connection is everybody's, so there it gets none, and
 * is told so.
 */
export function inSnapshot<T>(database: Database, work: (isTransaction: boolean) => Work<T>): Observable<T> {
  const inTransaction = work(true);
  if (isEmbedded(database)) {
    return new Observable((subscriber) =>
      settle(
        database.transaction(async (transaction) => {
          await transaction.query('set transaction isolation level repeatable read read only');
          await inTransaction(transaction, subscriber);
        }),
        subscriber,
      ),
    );
  }
  if (!isPool(database)) return inSession(database, work(false));
  return onClient(database, async (client, subscriber) => {
    await client.query('begin isolation level repeatable read read only');
    await inTransaction(client, subscriber);
    await client.query('commit');
  });
}

function onClient<T>(pool: Pool, work: Work<T>): Observable<T> {
  if (!listenedTo.has(pool)) {
    listenedTo.add(pool);
    pool.on('error', ignore);
  }
  return new Observable((subscriber) => {
    let client: PoolClient | undefined;
    const giveBack = (destroy: boolean): void => {
      if (!destroy) client?.off('error', ignore);
      client?.release(destroy);
      client = undefined;
    };
    const run = async (): Promise<void> => {
      const taken = await pool.connect();
      if (subscriber.closed) {
        taken.release();
        return;
      }
      client = taken;
      client.on('error', ignore);
      await work(client, subscriber);
      giveBack(false);
    };
    settle(run(), subscriber);
    return () => giveBack(true);
  });
}

function settle(work: PromiseLike<void>, subscriber: Subscriber<unknown>): void {
  work.then(
    () => subscriber.complete(),
    (error: unknown) => subscriber.error(error),
  );
}
