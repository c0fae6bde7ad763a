import type { Observable } from 'rxjs';
import type { Contender, World } from '../contender.ts';
import type { Clock } from '../measure.ts';
import { paced, timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys } from '../rows.ts';
import type { Figure, Round, Workload } from '../workload.ts';

/** Rows that are Observables, which are the processes. */
export function observables(processes: Processes, names: readonly string[]): World<Observable<never>> {
  return {
    processes,
    rows: function* () {
      for (const name of names) yield [name, processes.plain()] as const;
    },
    process: (row) => row,
    bare: (row) => row,
  };
}

/** Starts all, and ends them in each of the ways; for any rows and processes. */
export async function startAndStop<R>(
  contender: Contender,
  worldOf: (names: readonly string[]) => World<R>,
  n: number,
  clock: Clock,
): Promise<Record<string, number>> {
  const names = keys(n);
  const world = worldOf(names);
  const { processes } = world;
  const keeper = await contender.open(world);
  const start = await timed(clock, processes, n, () => keeper.start());
  const stop = await timed(clock, processes, 0, () => keeper.stop());
  processes.expect(0, n);

  const closing = await contender.open(world);
  await closing.start();
  const close = await timed(clock, processes, 0, () =>
    closing.close === undefined ? closing.stop() : closing.close(),
  );

  const removing = await contender.open(world);
  await removing.start();
  const removals = names.map((name) => [name, undefined] as const);
  const removed = await paced(clock, removals, (edits) => removing.edit(edits));
  processes.expect(n - removed.done, 3 * n);
  await timed(clock, processes, 0, () => removing.stop());
  return {
    start: start / n,
    stop: stop / n,
    close: close / n,
    remove: removed.each,
  };
}

/**
 * Some that live all the while, as in a program that runs: where nothing of a kind lives, V8 throws away the code that it
 * has compiled for it.
 */
export async function live<R>(contender: Contender, worldOf: (names: readonly string[]) => World<R>): Promise<void> {
  const keeper = await contender.open(worldOf(keys(100)));
  await keeper.start();
  living.push(keeper);
}

const living: unknown[] = [];

export const startFigures = {
  start: { unit: 'µs', about: 'start all, for each', aim: 1.25 },
  stop: { unit: 'µs', about: 'end all by unsubscribing, for each', aim: 1.4 },
  close: { unit: 'µs', about: 'end all gracefully, for each' },
  remove: { unit: 'µs', about: 'remove all one by one, for each', aim: 1.8 },
} as const satisfies Record<string, Figure>;

export const start: Workload = {
  figures: startFigures,
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  peers: true,
  prepare: async (contender, n, clock): Promise<Round> => {
    await live(contender, (names) => observables(new Processes(), names));
    return () => startAndStop(contender, (names) => observables(new Processes(), names), n, clock);
  },
};
