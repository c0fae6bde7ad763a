import { spawn } from 'node:child_process';
import type { Observable } from 'rxjs';
import { defer, fromEvent, map, Subject } from 'rxjs';
import type { Runnable } from '../index.ts';
import type { Spawned } from './child-life.ts';
import { childLife } from './child-life.ts';
import type { ChildProcessOptions } from './child-options.ts';
import { channelOf, checkOptions } from './child-options.ts';
import { NoChannelError } from './no-channel-error.ts';
import { ProcessSpawnError } from './process-spawn-error.ts';
import type { OutputLine } from './readiness.ts';

/** A process of the operating system, as `childProcess` makes it. */
export interface ChildProcess extends Runnable<OutputLine> {
  /** The pid of its latest run. */
  readonly pid: number | undefined;
  /** Hot: the messages that it sends, in all of its runs (option `ipc`). Never ends. */
  readonly message$: Observable<unknown>;
  /** Sends it a message. Throws a NoChannelError when it doesn't run, has no channel (option `ipc`), or has closed it. */
  send(message: unknown): void;
}

/**
 * Runs a command, without a shell, and emits what it writes, line by line.
 *
 * It is ready when it was spawned, or when `ready` says so. Asked to stop, it gets `stopSignal` or `stopMessage`, and
 * forced, or unsubscribed, SIGKILL: always with its whole process group, so that its children go too. It has ended when it
 * has exited, nobody of its group is left, and what they wrote has been emitted: whom it leaves behind when it ends by
 * itself is killed, whom it leaves behind after a stop has until the force. Nothing of it outlives this process.
 *
 * Its output isn't queued: it waits in its writes until its lines are taken. What is written by somebody who has left the
 * group, after all others are gone, isn't heard any more.
 *
 * Completes after exit code 0, and after a stop. Otherwise errors with a ProcessExitError, or with a ProcessSpawnError
 * when it can't be started. Throws an InvalidOptionError. POSIX only: it needs process groups.
 *
 *     new Supervisor(table, { process: ({ script }) => childProcess('node', [script], { ready: /listening/ }) });
 */
export function childProcess(
  command: string,
  args: readonly string[] = [],
  options: ChildProcessOptions = {},
): ChildProcess {
  checkOptions(options);
  const received$ = new Subject<unknown>();
  let child: Spawned | undefined;
  return {
    get pid() {
      return child?.pid;
    },
    message$: received$.asObservable(),
    send: (message) => {
      if (child?.connected !== true) throw new NoChannelError(`"${command}"`, 'Set `ipc`, and send while it runs.');
      child.send(message as object);
    },
    run: (running, context) =>
      defer(() => {
        child = start(command, args, options);
        if (child.pid === undefined) return failure(child, command, options.cwd);
        child.on('message', (message) => received$.next(message));
        return childLife(child, child.pid, received$, { command, options, running, context });
      }),
  };
}

function start(command: string, args: readonly string[], options: ChildProcessOptions): Spawned {
  const { cwd, env, uid, gid, shell } = options;
  const serialization = channelOf(options);
  try {
    const child = spawn(command, args, {
      ...{ cwd, env, uid, gid, shell, serialization },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(serialization === undefined ? [] : ['ipc' as const])],
    });
    // Without a listener Node would throw it, also when nobody is subscribed any more.
    return child.on('error', () => undefined) as Spawned;
  } catch (error) {
    throw new ProcessSpawnError(command, cwd, error);
  }
}

/** Node says later why it couldn't spawn it. */
function failure(child: Spawned, command: string, cwd: string | undefined): Observable<never> {
  return fromEvent(child, 'error').pipe(
    map((error) => {
      throw new ProcessSpawnError(command, cwd, error);
    }),
  );
}
