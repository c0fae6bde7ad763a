import type { Processes } from './processes.ts';

/** How long a contender that does things asynchronously may take: ms. */
const PATIENCE = 60_000;

/** What time is taken from: µs, by the wall or of this process's threads together. */
export type Clock = () => number;

export const wall: Clock = () => performance.now() * 1_000;
export const cpu: Clock = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** µs that some work takes until as many processes live as `live` says. The garbage of what was before isn't counted. */
export async function timed(
  clock: Clock,
  processes: Processes,
  live: number,
  work: () => void | Promise<void>,
): Promise<number> {
  collect();
  const began = clock();
  const pending = work();
  if (pending !== undefined) await pending;
  if (processes.live !== live) await untilLive(processes, live);
  return clock() - began;
}

async function untilLive(processes: Processes, live: number): Promise<void> {
  const since = performance.now();
  while (processes.live !== live) {
    if (performance.now() - since > PATIENCE) throw new Error(`${live} should live, but ${processes.live} do.`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * µs for each item, of at most all of them: in chunks that double, until `budget` ms have passed. What takes far longer
 * than the others is so measured by fewer. Also: how many were done.
 */
export async function paced<T>(
  clock: Clock,
  items: readonly T[],
  work: (items: readonly T[]) => void | Promise<void>,
  budget = 300,
): Promise<{ each: number; done: number }> {
  collect();
  const since = performance.now();
  let done = 0;
  let took = 0;
  for (let size = 16; done < items.length && performance.now() - since < budget; size *= 2) {
    const chunk = items.slice(done, done + size);
    const began = clock();
    const pending = work(chunk);
    if (pending !== undefined) await pending;
    took += clock() - began;
    done += chunk.length;
  }
  return { each: took / done, done };
}

/** Bytes on the heap after forced collections: the first may leave what only its finalizers let go. */
export function heap(): number {
  const gc = collector();
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/**
 * Lets go what is young, so that what was before isn't counted. Not all that there is: with what has died V8 throws away
 * the code that was compiled for it, which a program that runs on keeps.
 */
function collect(): void {
  collector()({ type: 'minor' });
}

function collector(): NodeJS.GCFunction {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('The benchmark needs --expose-gc: use npm run bench.');
  return gc;
}
