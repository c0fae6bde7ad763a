import type { ChildProcessByStdio } from 'node:child_process';
import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  fromEvent,
  ignoreElements,
  map,
  merge,
  of,
  share,
  Subject,
  take,
  takeUntil,
  tap,
} from 'rxjs';
import type { ProcessContext } from '../index.ts';
import type { ChildProcessOptions } from './child-options.ts';
import type { Pipe } from './drained.ts';
import { drained } from './drained.ts';
import { LastLines } from './last-lines.ts';
import { lines } from './lines.ts';
import { ProcessExitError } from './process-exit-error.ts';
import { ProcessGroup } from './process-group.ts';
import type { OutputLine } from './readiness.ts';
import { becomesReady } from './readiness.ts';

/** What Node knows of it. */
export type Spawned = ChildProcessByStdio<null, Pipe, Pipe>;

/** What it was started with, and who holds it. */
interface Start {
  readonly command: string;
  readonly options: ChildProcessOptions;
  readonly running: Observable<never>;
  readonly context: ProcessContext;
}

type Exit = [code: number | null, signal: NodeJS.Signals | null];

/** The life of a child that was spawned, until nobody of its group is alive and all that they wrote is emitted. */
export function childLife(
  child: Spawned,
  pid: number,
  message$: Observable<unknown>,
  { command, options, running, context: { force } }: Start,
): Observable<OutputLine> {
  const { ready = 'spawn', stopSignal = 'SIGTERM', stopMessage, maxLineLength } = options;
  const group = new ProcessGroup(pid);
  const lastWords = new LastLines();
  const said$ = new Subject<OutputLine>();
  let isReady = false;
  let asked = false;
  let exit: Exit = [null, null];
  /** It was to become ready, and can't. */
  let failure: { readonly error: unknown } | undefined;

  const output$ = merge(
    lines(child.stdout, maxLineLength).pipe(map((line): OutputLine => ({ stream: 'stdout', line }))),
    lines(child.stderr, maxLineLength).pipe(
      tap((line) => lastWords.add(line)),
      map((line): OutputLine => ({ stream: 'stderr', line })),
    ),
  ).pipe(tap((line) => said$.next(line)));

  const exited$ = fromEvent(child, 'exit').pipe(
    take(1),
    tap((found) => (exit = found as Exit)),
    ignoreElements(),
  );
  const opening$ = concat(
    fromEvent(child, 'spawn').pipe(take(1)),
    becomesReady(ready, { pid, output$: said$, message$ }),
  );
  const closing$ = defer(() => {
    asked = true;
    const signal = (): unknown => group.signal(stopSignal);
    if (stopMessage === undefined) signal();
    else child.send(stopMessage as object, (error) => error && signal());
    return EMPTY;
  });
  const life$ = concat(opening$.pipe(tap({ complete: () => (isReady = true) })), running, closing$).pipe(
    catchError((error: unknown) => {
      failure = { error };
      group.signal('SIGKILL');
      return EMPTY;
    }),
  );

  const forced$ = defer(() => (force.aborted ? of(undefined) : fromEvent(force, 'abort'))).pipe(
    tap(() => {
      asked = true;
      group.signal('SIGKILL');
    }),
    share(),
  );

  /** After a stop, those who are left have until the force; a message has not reached them. */
  const alone$ = defer(() => {
    if (!asked || force.aborted) return EMPTY;
    if (stopMessage !== undefined) group.signal(stopSignal);
    return group.gone().pipe(takeUntil(forced$));
  });
  /** Nobody is left to write; whoever has left the group may hold the pipes open all the same. */
  const heard$ = merge(drained(child.stdout), drained(child.stderr));
  const ended$ = concat(exited$, alone$, group.killed(), heard$, of('ended')).pipe(tap(release), share());

  const judged$ = defer(() => {
    if (failure) throw failure.error;
    if (!asked && (exit[0] !== 0 || !isReady)) {
      throw new ProcessExitError(command, ...exit, lastWords.lines, isReady);
    }
    return EMPTY;
  });

  function release(): void {
    group.kill();
    child.stdout.destroy();
    child.stderr.destroy();
    if (child.connected) child.disconnect();
  }
  const rest$ = merge(ended$, merge(life$, forced$).pipe(takeUntil(ended$))).pipe(ignoreElements());
  return concat(merge(output$, rest$), judged$).pipe(finalize(release));
}
