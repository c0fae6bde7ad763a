import { readdirSync, readFileSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { ignoreElements, interval, map, startWith, takeWhile } from 'rxjs';
import { Watchdog } from './watchdog.ts';

/** ms between two looks at who is left. */
const LOOK = 20;

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

  /** Whether somebody in it is alive. One who has died and isn't buried yet doesn't count, where that can be told. */
  get lives(): boolean {
    return this.signal(0) && (process.platform !== 'linux' || livesInProc(this.id));
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

  /** Kills who is left. Its id may be somebody else's from here on. */
  kill(): void {
    this.signal('SIGKILL');
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
