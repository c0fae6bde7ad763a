import { timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import type { Service } from '../rows.ts';
import { keys, services } from '../rows.ts';
import type { Workload } from '../workload.ts';

/** Reads all rows, of which none has changed. */
export const resync: Workload = {
  figures: {
    same: { unit: 'µs', about: 'full read, the same row objects, for each', aim: 0.8 },
    fresh: { unit: 'µs', about: 'full read, fresh equal row objects, for each', aim: 1.5 },
  },
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  peers: true,
  prepare: async (contender, n, clock) => {
    if (contender.openReader === undefined) return undefined;
    const processes = new Processes();
    const world = services(processes, keys(n));
    const reader = contender.openReader(world);
    const read = async (rows: ReadonlyMap<string, Service>): Promise<number> => {
      let seen = 0;
      const took = await timed(clock, processes, n, () => {
        seen = reader.read(rows);
      });
      if (seen !== n) throw new Error(`${n} rows should have been read, but ${seen} were.`);
      processes.expect(n, n);
      return took / n;
    };
    return async () => {
      const rows = new Map(world.rows());
      const fresh = await read(rows);
      return { same: await read(rows), fresh };
    };
  },
};
