import type { Observable } from 'rxjs';
import type { Database } from './database.ts';
import { inSnapshot } from './session.ts';
import type { Statement } from './statements.ts';

let cursors = 0;

/**
 * The rows of a statement in batches of so many, all of one snapshot. On a single connection, which others use meanwhile,
 * the cursor outlives its statement instead of a transaction: there the server puts the rows aside first.
 */
export function stream(database: Database, { text, params }: Statement, batch: number): Observable<readonly unknown[]> {
  return inSnapshot(database, (isTransaction) => async (session, subscriber) => {
    const cursor = `rxjs_supervisor_${String(++cursors)}`;
    // It will be read to its end: the plan is to be the best for that, not for the first row.
    if (isTransaction) await session.query('set local cursor_tuple_fraction = 1');
    const kind = isTransaction ? 'cursor' : 'cursor with hold';
    await session.query(`declare ${cursor} no scroll ${kind} for ${text}`, params);
    const fetch = () => session.query(`fetch ${String(batch)} from ${cursor}`);
    let fetching = fetch();
    let more = true;
    while (more) {
      const { rows } = await fetching;
      more = rows.length === batch && !subscriber.closed;
      // The server makes the next batch ready while this one is used.
      if (more) fetching = fetch();
      if (rows.length > 0) subscriber.next(rows);
    }
    await session.query(`close ${cursor}`);
  });
}
