import type { Contender, World } from '../contender.ts';
import { heap } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys } from '../rows.ts';
import type { Figure, Workload } from '../workload.ts';
import { observables } from './start.ts';

/** What is kept for each process that lives; for any rows and processes. */
export async function keep<R>(
  contender: Contender,
  worldOf: (names: readonly string[]) => World<R>,
  n: number,
): Promise<Record<string, number>> {
  const empty = heap();
  const world = worldOf(keys(n));
  const keeper = await contender.open(world);
  const rows = heap();
  await keeper.start();
  const full = heap();
  world.processes.expect(n, n);
  await keeper.stop();
  return { bytes: (full - empty) / n, net: (full - rows) / n };
}

export const bytesFigures = {
  bytes: { unit: 'B', about: 'kept for each, with its key and its row', aim: 1 },
  net: { unit: 'B', about: 'of it, beyond its key and its row' },
} as const satisfies Record<string, Figure>;

export const bytes: Workload = {
  figures: bytesFigures,
  sizes: [1_000, 10_000, 100_000],
  peers: true,
  prepare: async (contender, n) => () => keep(contender, (names) => observables(new Processes(), names), n),
};
