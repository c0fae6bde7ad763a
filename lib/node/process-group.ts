import { readdirSync, readFileSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { defer, ignoreElements, interval, map, startWith, takeWhile, tap } from 'rxjs';
import { Watchdog } from './watchdog.ts';

/** ms between two looks at who is left. */
const LOOK = 20;

/** Whether the system tells of every process what it is. */
const HAS_PROC = process.platform === 'linux';

/** The groups that may be alive: nothing of them outlives this process, however it ends. */
const groups = new Set<ProcessGroup>();
const watchdog = new Watchdog();

function killAll(): void {
  for (const group of groups) group.kill();
}

/** A process and its descendants, as long as they don't leave its process group: signals go to all of them. */
export class ProcessGroup {
  /** @param id - the pid of the process that leads it */
  constructor(readonly id: number) {
    if (groups.size === 0) process.on('exit', killAll);
    groups.add(this);
    watchdog.add(id);
  }

  /**
   * Whether somebody in it is alive, also one whom this process may not signal. One who has died and isn't buried yet
   * doesn't count. Both where it can be told.
   */
  get lives(): boolean {
    try {
      process.kill(-this.id, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM' || !HAS_PROC) return false;
    }
    return !HAS_PROC || livesInProc(this.id);
  }

  /** Sends a signal to everyone in it; false if there is nobody, nobody who can be reached, or it has ended. */
  signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return groups.has(this) && process.kill(-this.id, signal);
    } catch {
      return false;
    }
  }

  /** Completes when nobody in it is alive. */
  gone(): Observable<never> {
    return interval(LOOK).pipe(
      startWith(0),
      map(() => this.lives),
      takeWhile(Boolean),
      ignoreElements(),
    );
  }

  /** Kills who is left, and completes when nobody in it is alive. Its id may be somebody else's from there on. */
  killed(): Observable<never> {
    return defer(() => {
      this.signal('SIGKILL');
      return this.gone();
    }).pipe(tap({ complete: () => this.#end() }));
  }

  /** Kills who is left, and waits for nobody. Its id may be somebody else's from here on. */
  kill(): void {
    this.signal('SIGKILL');
    this.#end();
  }

  #end(): void {
    if (!groups.delete(this)) return;
    watchdog.delete(this.id);
    if (groups.size === 0) process.off('exit', killAll);
  }
}

/** Whether Linux knows a member of the group that isn't a zombie. */
function livesInProc(group: number): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      // pid (command) state ppid pgrp …; a command may hold anything, also parentheses.
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(pgrp) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}
