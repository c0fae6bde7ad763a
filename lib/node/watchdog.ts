import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

type Shell = ChildProcessByStdio<Writable & { unref(): unknown }, null, null>;

/** Reads `+ group` and `- group`. When the input ends, whoever wrote it is dead, or is done and has nobody left. */
const SCRIPT = `
trap '' HUP INT QUIT TERM
left=' '
while read -r sign group; do
  case $sign in
    +) left="$left$group " ;;
    -) left="\${left%% $group *} \${left#* $group }" ;;
  esac
done
for group in $left; do kill -s KILL -- "-$group"; done`;

/**
 * Kills process groups when this process dies without a word: by SIGKILL, by a signal that nobody handles, by a crash. It
 * is a shell outside of this process's group and session, which reads from a pipe that the system closes when this process
 * is gone, however that came. It lives as long as there are groups to watch, and this process doesn't wait for it.
 *
 * Where there is no `/bin/sh` nobody watches, and nothing else is different.
 */
export class Watchdog {
  readonly #groups = new Set<number>();
  #shell: Shell | undefined;

  add(group: number): void {
    this.#groups.add(group);
    if (this.#shell === undefined) this.#start();
    else this.#shell.stdin.write(`+ ${String(group)}\n`);
  }

  delete(group: number): void {
    if (!this.#groups.delete(group)) return;
    this.#shell?.stdin.write(`- ${String(group)}\n`);
    if (this.#groups.size > 0) return;
    this.#shell?.stdin.end();
    this.#shell = undefined;
  }

  #start(): void {
    const shell = spawnShell();
    if (shell === undefined) return;
    // If somebody kills it, a new one is told of all groups; one that can't work isn't tried again before the next group.
    const gone = (_: number | null, signal: NodeJS.Signals | null): void => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      if (signal !== null) this.#start();
    };
    shell.once('exit', gone).unref();
    shell.stdin.on('error', () => undefined).unref();
    shell.stdin.write([...this.#groups].map((group) => `+ ${String(group)}\n`).join(''));
    this.#shell = shell;
  }
}

/** None where the system has no room for it. */
function spawnShell(): Shell | undefined {
  try {
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'rxjs-supervisor-watchdog', String(process.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: {},
    }).on('error', () => undefined) as Shell;
    return shell.pid === undefined ? undefined : shell;
  } catch {
    return undefined;
  }
}
