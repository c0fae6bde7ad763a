import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Whether the operating system knows a living process of this pid; one that waits to be buried is dead. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** Sends a signal to whoever is still there: a process, or, if it is negative, a group. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone meanwhile.
  }
}

/** Waits until something is so, within a limit that only a failure reaches; `found` says what is so instead. */
export async function eventually(
  predicate: () => boolean,
  found = () => String(predicate),
  limit = 25_000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!predicate()) {
    if (Date.now() > end) throw new Error(`It did not come to that: ${found()}`);
    await setTimeout(10);
  }
}

/** A variable that processes inherit, whatever becomes of their parents: so the operating system knows whose they are. */
export class Mark {
  readonly #value = randomUUID();

  get variable(): { readonly MARK: string } {
    return { MARK: this.#value };
  }

  /** The living processes that have it. Linux only. */
  processes(): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && alive(pid) && ofProcess(pid, 'environ').includes(`MARK=${this.#value}`));
  }
}

/** What Linux knows of a process; nothing of one that is gone, or that is somebody else's. */
export function ofProcess(pid: number, file: 'environ' | 'cmdline' | 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
