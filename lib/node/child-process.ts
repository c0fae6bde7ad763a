import { spawn } from 'node:child_process';
import type { Observable } from 'rxjs';
import {
  concat,
  defer,
  delay,
  EMPTY,
  finalize,
  forkJoin,
  fromEvent,
  ignoreElements,
  map,
  merge,
  of,
  race,
  share,
  switchMap,
  take,
  takeUntil,
  tap,
} from 'rxjs';
import type { ProcessContext, Runnable } from '../index.ts';
import { lines } from './lines.ts';
import { ProcessExitError } from './process-exit-error.ts';
import { ProcessGroup } from './process-group.ts';
import { ProcessSpawnError } from './process-spawn-error.ts';

/** A line that a process wrote, without its end. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface ChildProcessOptions {
  /** The directory it runs in; by default that of this process. */
  readonly cwd?: string;
  /** Its whole environment; by default that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The signal that asks it to stop. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

/** A process of the operating system, as `childProcess` makes it. */
export interface ChildProcess extends Runnable<OutputLine> {
  /** The pid of its latest run. */
  readonly pid: number | undefined;
}

/** How many lines of stderr an error tells. */
const LAST_LINES = 10;
/** ms that the killed have to die, and ms that output may come after that. */
const LIMIT = 1_000;

type Exit = [code: number | null, signal: NodeJS.Signals | null];

/**
 * Runs a command, without a shell, and emits what it writes, line by line.
 *
 * It is ready when it was spawned. Asked to stop, it gets `stopSignal`, and forced, or unsubscribed, SIGKILL: always with
 * its whole process group, so that its children go too. It has ended when it has exited and nobody of its group is left:
 * whom it leaves behind when it ends by itself is killed, whom it leaves behind after a stop has until the force. Nothing
 * of it outlives this process, unless that is killed by a signal it doesn't handle.
 *
 * Completes after exit code 0, and after a stop. Otherwise errors with a ProcessExitError, or with a ProcessSpawnError
 * when it can't be started. POSIX only: it needs process groups.
 *
 *     new Supervisor(table, { process: ({ script }) => childProcess('node', [script], { stopSignal: 'SIGINT' }) });
 */
export function childProcess(
  command: string,
  args: readonly string[] = [],
  options: ChildProcessOptions = {},
): ChildProcess {
  let pid: number | undefined;
  return {
    get pid() {
      return pid;
    },
    run: (running, context) =>
      defer(() => {
        const child = start(command, args, options);
        pid = child.pid;
        return pid === undefined
          ? fromEvent(child, 'error').pipe(
              map((error) => {
                throw new ProcessSpawnError(command, options.cwd, error);
              }),
            )
          : live(child, new ProcessGroup(pid), command, options, running, context);
      }),
  };
}

function start(command: string, args: readonly string[], { cwd, env }: ChildProcessOptions) {
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    // Without a listener Node would throw it, also when nobody is subscribed any more.
    return child.on('error', () => undefined);
  } catch (error) {
    throw new ProcessSpawnError(command, cwd, error);
  }
}

/** The life of a child that has a pid. */
function live(
  child: ReturnType<typeof start>,
  group: ProcessGroup,
  command: string,
  { stopSignal = 'SIGTERM' }: ChildProcessOptions,
  running: Observable<never>,
  { force }: ProcessContext,
): Observable<OutputLine> {
  let asked = false;
  const lastWords: string[] = [];

  const stdout$ = lines(child.stdout).pipe(map((line): OutputLine => ({ stream: 'stdout', line })));
  const stderr$ = lines(child.stderr).pipe(
    tap((line) => lastWords.push(line) > LAST_LINES && lastWords.shift()),
    map((line): OutputLine => ({ stream: 'stderr', line })),
  );

  const graceful$ = defer(() => {
    asked = true;
    group.signal(stopSignal);
    return EMPTY;
  });
  const forced$ = defer(() => (force.aborted ? of(undefined) : fromEvent(force, 'abort'))).pipe(
    tap(() => {
      asked = true;
      group.signal('SIGKILL');
    }),
    share(),
  );
  const stop$ = merge(concat(fromEvent(child, 'spawn').pipe(take(1)), running, graceful$), forced$);

  const alone$ = defer(() => (asked && !force.aborted ? group.gone().pipe(takeUntil(forced$)) : EMPTY));
  const exit$ = fromEvent(child, 'exit').pipe(
    take(1),
    switchMap((exit) => concat(alone$, group.end(LIMIT), of(exit as Exit))),
    share(),
  );
  // Its pipes close with it, unless somebody who has left the group holds them.
  const closed$ = race(fromEvent(child, 'close'), exit$.pipe(delay(LIMIT))).pipe(take(1));
  const ended$ = forkJoin([exit$, closed$]).pipe(
    map(([[code, signal]]) => {
      if (!asked && code !== 0) throw new ProcessExitError(command, code, signal, lastWords);
    }),
  );

  return merge(stdout$, stderr$, stop$.pipe(ignoreElements())).pipe(
    takeUntil(ended$),
    finalize(() => {
      group.kill();
      child.stdout.destroy();
      child.stderr.destroy();
    }),
  );
}
