import type { ObservableNotification } from 'rxjs';
import { dematerialize, filter, map, materialize, merge, mergeMap, Observable, of, switchMap } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { ProcessContext, Runnable } from '../index.ts';

/** How a process from marbles goes on when it is asked, and what its letters stand for. */
export interface ProcessMarbles<T> {
  /** From the graceful request on. `'|'`, an end at once, when it is left out; `'-'` never ends. */
  readonly stop?: string;
  /** From force on; the process is then waited for. Without it, force unsubscribes, which ends it at once. */
  readonly force?: string;
  /** What the letters emit, in all of its lines; by default themselves. `R` is readiness, and emits nothing. */
  readonly values?: Readonly<Record<string, T>>;
  /** What `#` fails with; by default `'error'`. */
  readonly error?: unknown;
}

const READY = Symbol('ready');

/**
 * A process from a marble line: `R` is when it is ready, letters are what it emits, `|` and `#` how it ends by itself.
 * `cold` is that of `TestScheduler.run`. Every start begins the line anew.
 *
 * ```
 * processFrom(cold, '--R-a-b-#')                      ready at 2, emits at 4 and 6, fails at 8
 * processFrom(cold, '--R', { stop: '---|' })          stops gracefully, in 3 frames
 * processFrom(cold, '--R', { stop: '-x-#' })          emits x while it stops, then fails to
 * processFrom(cold, 'R', { stop: '-' })               ignores the graceful request; force ends it at once
 * processFrom(cold, 'R', { stop: '-', force: '--|' }) ends 2 frames after force
 * processFrom(cold, 'R', { stop: '-', force: '-' })   ignores force too: it is stuck
 * processFrom(cold, '--#')                            fails before it is ready
 * processFrom(cold, '-')                              is never ready
 *
 * line     --R-a-b-c-d…
 * asked    -------x
 * stop            ---|
 * process  --R-a-b---|
 * ```
 */
export function processFrom<T = string>(
  cold: RunHelpers['cold'],
  marbles: string,
  { stop = '|', force, values, error }: ProcessMarbles<T> = {},
): Runnable<T> {
  const letters = (text: string): Record<string, T | typeof READY> => ({
    ...(values ?? (Object.fromEntries(Array.from(text, (letter) => [letter, letter])) as Record<string, T>)),
    R: READY,
  });
  const line = (text: string): Observable<T | typeof READY> => cold(text, letters(text), error);
  return {
    run(running, context) {
      const readied = (note: Note<T>): Observable<Note<T>> =>
        note.kind === 'N' && note.value === READY
          ? running.pipe(
              materialize(),
              filter(({ kind }) => kind === 'E'),
            )
          : of(note);
      const asked$ = context.stop$.pipe(map(() => line(stop)));
      const forced$ = force === undefined ? [] : abortOf(context).pipe(map(() => line(force)));
      return merge(of(line(marbles)), asked$, forced$).pipe(
        switchMap((line$) => line$.pipe(materialize(), mergeMap(readied))),
        dematerialize(),
        filter((value): value is Exclude<typeof value, typeof READY> => value !== READY),
      );
    },
  };
}

type Note<T> = ObservableNotification<T | typeof READY>;

/** Emits when the process is forced. To call it is to read `force`: the process is waited for. */
function abortOf({ force }: ProcessContext): Observable<void> {
  return new Observable((subscriber) => {
    const listener = (): void => subscriber.next();
    if (force.aborted) listener();
    else force.addEventListener('abort', listener, { once: true });
    return () => force.removeEventListener('abort', listener);
  });
}
