import { Observable } from 'rxjs';
import type { Change, Key } from '../index.ts';
import type { Database } from './database.ts';
import { parseKeys } from './keys.ts';
import { quoteIdentifier } from './quote.ts';

/**
 * What a channel tells: LISTEN first, then `'all'`, so that nothing is missed from here on, then the keys of each
 * notification. A LISTEN that fails is its error. Unsubscribing stops listening.
 *
 *     LISTEN ──── ok ── NOTIFY ["a"] ── NOTIFY all ──
 *                'all'      ['a']          'all'
 */
export function notified<K extends Key>(
  listen: NonNullable<Database['listen']>,
  channel: string,
): Observable<Change<K>> {
  return new Observable((subscriber) => {
    const listening = listen(quoteIdentifier(channel), (payload) => subscriber.next(parseKeys(payload) as Change<K>));
    listening.then(
      () => subscriber.next('all'),
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      // A database that is gone has stopped listening too.
      listening.then((unlisten) => unlisten()).then(undefined, () => undefined);
    };
  });
}
