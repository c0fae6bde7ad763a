import type { Observable } from 'rxjs';
import type { Key } from '../index.ts';
import type { Database, Queryable } from './database.ts';
import { inSession } from './session.ts';
import type { Statements } from './statements.ts';

/**
 * The rows of some keys, by one statement. A key that isn't of the key column's type, which anybody can send in a
 * notification, has no row, and the others are read without it.
 */
export function readMany(
  database: Database,
  statements: Statements,
  keys: readonly Key[],
): Observable<readonly unknown[]> {
  return inSession(database, async (session, subscriber) => {
    const read = async (some: readonly Key[]): Promise<readonly unknown[]> => {
      const { text, params } = statements.many(some);
      return (await session.query(text, params)).rows;
    };
    try {
      subscriber.next(await read(keys));
    } catch (error) {
      if (!isBadValue(error)) throw error;
      const valid = await validOf(session, statements, keys);
      if (valid.length === keys.length) throw error;
      subscriber.next(await read(valid));
    }
  });
}

async function validOf(session: Queryable, statements: Statements, keys: readonly Key[]): Promise<readonly Key[]> {
  const { text, params } = statements.check(keys);
  try {
    await session.query(text, params);
    return keys;
  } catch (error) {
    if (!isBadValue(error)) throw error;
    if (keys.length === 1) return [];
    const half = keys.length >> 1;
    return [
      ...(await validOf(session, statements, keys.slice(0, half))),
      ...(await validOf(session, statements, keys.slice(half))),
    ];
  }
}

/** PostgreSQL's class of what has a wrong value; PGlite looks at some itself. */
function isBadValue(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code?.startsWith('22') === true || message?.startsWith('Invalid input for') === true;
}
