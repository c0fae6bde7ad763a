import { readdirSync, readFileSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { concat, defer, ignoreElements, interval, map, of, share, takeWhile, tap } from 'rxjs';
import { Watchdog } from './watchdog.ts';

/** ms between two looks at who is left. */
const LOOK = 50;

/** Whether the system tells of every process what it is. */
const HAS_PROC = process.platform === 'linux';

/** One look for all groups that are waited for: it costs as much as there are processes. */
const look$ = interval(LOOK).pipe(
  map(() => (HAS_PROC ? livingGroups() : undefined)),
  share(),
);

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

  /** Sends a signal to everyone in it; false if there is nobody, nobody who can be reached, or it has ended. */
  signal(signal: NodeJS.Signals): boolean {
    try {
      return groups.has(this) && process.kill(-this.id, signal);
    } catch {
      return false;
    }
  }

  /**
   * Completes when nobody in it is alive, nobody whom this process may not signal either. One who has died and isn't
   * buried yet doesn't count. Both where it can be told.
   */
  gone(): Observable<never> {
    return concat(of(undefined), look$).pipe(
      takeWhile((living) => this.#exists() && living?.has(this.id) !== false),
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

  /** Whether the system knows of it. */
  #exists(): boolean {
    try {
      return process.kill(-this.id, 0);
    } catch (error) {
      return HAS_PROC && (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }

  #end(): void {
    if (!groups.delete(this)) return;
    watchdog.delete(this.id);
    if (groups.size === 0) process.off('exit', killAll);
  }
}

/** The groups of which Linux knows a member that isn't a zombie. */
function livingGroups(): ReadonlySet<number> {
  const living = new Set<number>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // pid (command) state ppid pgrp …; a command may hold anything, also parentheses.
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state !== 'Z' && state !== 'X') living.add(Number(pgrp));
    } catch {
      // It has gone meanwhile.
    }
  }
  return living;
}
