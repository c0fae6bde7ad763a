import type { Observable } from 'rxjs';
import type { Contender, World } from '../contender.ts';
import type { Clock } from '../measure.ts';
import { paced, timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys } from '../rows.ts';
import type { Figure, Workload } from '../workload.ts';

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

type Measured = Promise<Record<string, number>>;

/** Starts all, and ends them at once; for any rows and processes. */
export async function startAndStop<R>(contender: Contender, world: World<R>, n: number, clock: Clock): Measured {
  const { processes } = world;
  const keeper = await contender.open(world);
  const start = await timed(clock, processes, n, () => keeper.start());
  const stop = await timed(clock, processes, 0, () => keeper.stop());
  processes.expect(0, n);
  return { start: start / n, stop: stop / n };
}

/** Asks all to end; where that isn't known, ends them at once. */
export async function close<R>(contender: Contender, world: World<R>, n: number, clock: Clock): Measured {
  const keeper = await contender.open(world);
  await keeper.start();
  const took = await timed(clock, world.processes, 0, () => (keeper.close ? keeper.close() : keeper.stop()));
  world.processes.expect(0, n);
  return { close: took / n };
}

async function remove<R>(contender: Contender, world: World<R>, names: readonly string[], clock: Clock): Measured {
  const keeper = await contender.open(world);
  await keeper.start();
  const removals = names.map((name) => [name, undefined] as const);
  const { each, done } = await paced(clock, removals, (edits) => keeper.edit(edits));
  world.processes.expect(names.length - done, names.length);
  await keeper.stop();
  return { remove: each };
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
  prepare: async (contender, n, clock) => {
    const names = keys(n);
    const world = (): World<Observable<never>> => observables(new Processes(), names);
    await live(contender, (few) => observables(new Processes(), few));
    return async () => {
      const figures = await startAndStop(contender, world(), n, clock);
      // With a million it would be minutes, and nothing new.
      if (n >= 1_000_000) return figures;
      return {
        ...figures,
        ...(await close(contender, world(), n, clock)),
        ...(await remove(contender, world(), names, clock)),
      };
    };
  },
};
