import type { Observable } from 'rxjs';
import { defer, EMPTY } from 'rxjs';
import type { Database } from './database.ts';
import { isKey, parseKey } from './keys.ts';
import { inSession } from './session.ts';
import type { Statements } from './statements.ts';
import { KEY } from './statements.ts';

/**
 * Completes when no two rows have one key, and errors with the key otherwise: then the key is the wrong one, and which
 * row counts would change from read to read. Looks once, at the data only where no unique index answers for it. A key
 * that comes twice later on is an event about that key.
 */
export function uniqueKeys(database: Database, statements: Statements): Observable<never> {
  let checked = false;
  const look = inSession<never>(database, async (session) => {
    const { unique, duplicate } = statements;
    if (unique === undefined || (await session.query(unique.text, unique.params)).rows.length === 0) {
      const [row] = (await session.query(duplicate.text, duplicate.params)).rows as { readonly [KEY]: string }[];
      // What is no key at all is told by the read.
      if (row !== undefined && isKey(parseKey(row[KEY]))) {
        const advice = 'Make it unique (a primary key), or name more columns in the option `key`';
        throw new Error(`its key isn't unique: ${row[KEY]} is there more than once. ${advice}`);
      }
    }
    checked = true;
  });
  return defer(() => (checked ? EMPTY : look));
}
