import { filter, map, Observable } from 'rxjs';
import type { Change, Key } from '../index.ts';
import { InvalidOptionError } from '../index.ts';
import type { Database, EmbeddedDatabase } from './database.ts';
import { isEmbedded } from './database.ts';
import { parseKeys } from './keys.ts';
import { heard } from './heard.ts';
import type { ListeningClient } from './listening-client.ts';
import { clientMaker } from './listening-client.ts';
import { PostgresListenError } from './postgres-listen-error.ts';
import { isProbe } from './probe.ts';
import { quoteIdentifier } from './quote.ts';
import type { QuerySource, Source } from './source.ts';
import { channelOf } from './source.ts';

/** How a table is told of changes. */
export interface ListenOptions {
  /**
   * Makes the client that listens: a new one each time, not connected yet, that goes straight to the server and not
   * through a pooler. A Pool needs none: then one is made with its settings. PGlite listens by itself. `false`: no
   * `changes`, the table is only polled, as is a query whose `channel` isn't named.
   */
  readonly notify?: false | (() => ListeningClient);
  /** ms between two looks whether the listening connection is still heard. Default 30 000. */
  readonly heartbeat?: number;
  /** ms that a server may take to connect a listener, and to answer it. Default 10 000. */
  readonly heartbeatTimeout?: number;
}

/**
 * What a table's channel tells: LISTEN first, then `'all'`, so that nothing is missed from here on, then the keys of each
 * notification. Errors with a PostgresListenError. Unsubscribing stops listening.
 *
 *     LISTEN ──── ok ── NOTIFY ["a"] ── NOTIFY all ── lost
 *                'all'      ['a']          'all'       #
 */
export function changesOf<K extends Key>(
  database: Database,
  options: (Source | QuerySource) & ListenOptions,
): Observable<Change<K>> | undefined {
  const { notify, heartbeat = 30_000, heartbeatTimeout = 10_000 } = options;
  const mute = 'query' in options && options.channel === undefined && notify === undefined;
  if (notify === false || mute) return undefined;
  for (const [name, ms] of Object.entries({ heartbeat, heartbeatTimeout })) {
    if (!(ms > 0)) throw new InvalidOptionError(name, 'a number of ms above 0', ms);
  }
  const channel = channelOf(options);
  const payload$ =
    isEmbedded(database) && notify === undefined
      ? embedded(database, channel)
      : heard(database, channel, clientMaker(database, notify), { heartbeat, heartbeatTimeout });
  return payload$.pipe(
    filter((payload) => !isProbe(payload)),
    map((payload) => parseKeys(payload) as Change<K>),
  );
}

/** PGlite's own channel: it is in this process, so that nothing is between. */
function embedded(database: EmbeddedDatabase, channel: string): Observable<string> {
  return new Observable((subscriber) => {
    const listening = database.listen(quoteIdentifier(channel), (payload) => subscriber.next(payload));
    listening.then(
      () => subscriber.next('all'),
      (error: unknown) => subscriber.error(new PostgresListenError(channel, 'PGlite refused to LISTEN', error)),
    );
    return () => {
      // A database that is gone has stopped listening too.
      listening.then((unlisten) => unlisten()).then(undefined, () => undefined);
    };
  });
}
