import type { Observable, ObservableInput } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  delay,
  exhaustMap,
  filter,
  finalize,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Database } from './database.ts';
import type { ListeningClient } from './listening-client.ts';
import { endClient, LONGEST_WAIT } from './listening-client.ts';
import { PostgresListenError } from './postgres-listen-error.ts';
import { newProbe } from './probe.ts';
import { quoteIdentifier } from './quote.ts';
import { inSession } from './session.ts';

const NOTIFY = 'select pg_notify($1, $2)';

const SWALLOWED =
  'a NOTIFY that was sent round did not come back. Either a pooler between swallows LISTEN (PgBouncer, unless it pools ' +
  'by session), or the client of `notify` and the reads go to two databases. Give `notify` a Client that goes straight ' +
  'to the server, or false; until then the table is polled by `interval`';

/** Times in ms. */
interface Heartbeat {
  readonly heartbeat: number;
  readonly heartbeatTimeout: number;
}

/**
 * What is heard on a server's channel, by a connection of its own: `'all'` once it listens and a NOTIFY sent round by
 * where the reads go has come back, then each payload. At each `heartbeat` a NOTIFY is sent round by itself. Errors with
 * a PostgresListenError when it can't connect, is lost, or doesn't answer within `heartbeatTimeout`. Unsubscribing ends
 * the connection.
 *
 *     connect ── LISTEN ── NOTIFY ── it comes back ── payload ── heartbeat ── silence
 *                                        'all'        payload                     #
 */
export function heard(
  database: Database,
  channel: string,
  makeClient: () => ListeningClient,
  { heartbeat, heartbeatTimeout }: Heartbeat,
): Observable<string> {
  const failure = (found: string, cause?: unknown): PostgresListenError =>
    new PostgresListenError(channel, found, cause);

  /** Completes when the step has answered in time. */
  const answered = (
    step: () => ObservableInput<unknown>,
    failed: string,
    late = () => `the server did not answer within ${String(heartbeatTimeout)} ms`,
  ): Observable<never> =>
    defer(step).pipe(
      catchError((error: unknown) => {
        throw failure(failed, error);
      }),
      ignoreElements(),
      takeUntil(
        timer(Math.min(heartbeatTimeout, LONGEST_WAIT)).pipe(
          // Where the program was busy, the answer may have come meanwhile, and is read before this.
          delay(0),
          map(() => {
            throw failure(late());
          }),
        ),
      ),
    );

  return defer(() => {
    const client = makeClient();
    const payload$ = new Subject<string>();
    let listening = false;
    client.on('notification', (message) => {
      if (message.channel === channel) payload$.next(message.payload ?? '');
    });
    client.on('error', (error) => payload$.error(failure('the connection was lost', error)));
    client.on('end', () => payload$.error(failure('the connection was closed')));

    /** Completes when a NOTIFY that is sent this way has come back. */
    const roundTrip = (send: (probe: string) => ObservableInput<unknown>): Observable<never> => {
      let sent = false;
      const probing = (): Observable<unknown> => {
        const probe = newProbe();
        const back$ = payload$.pipe(
          filter((payload) => payload === probe),
          take(1),
        );
        // It may be back before its sender hears that it was sent: who sends is waited for all the same.
        return merge(back$, from(send(probe)).pipe(tap({ complete: () => (sent = true) })));
      };
      const late = (): string =>
        sent ? SWALLOWED : `a NOTIFY could not be sent within ${String(heartbeatTimeout)} ms`;
      return answered(probing, 'a NOTIFY could not be sent', late);
    };
    const byReads = (probe: string): Observable<unknown> =>
      inSession(database, async (session) => {
        await session.query(NOTIFY, [channel, probe]);
      });
    const byItself = (probe: string): ObservableInput<unknown> => client.query(NOTIFY, [channel, probe]);

    const connected$ = concat(
      answered(() => client.connect(), 'the server could not be connected to'),
      answered(() => client.query(`listen ${quoteIdentifier(channel)}`), 'the server refused to LISTEN'),
      roundTrip(byReads),
      defer(() => {
        listening = true;
        return of('all');
      }),
      interval(Math.min(heartbeat, LONGEST_WAIT)).pipe(exhaustMap(() => roundTrip(byItself))),
    );
    return merge(payload$.pipe(filter(() => listening)), connected$).pipe(
      finalize(() => endClient(client, heartbeatTimeout)),
    );
  });
}
