import { timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys, services } from '../rows.ts';
import type { Workload } from '../workload.ts';

/** Reads all rows, of which none has changed. */
export const resync: Workload = {
  figures: {
    same: { unit: 'µs', about: 'full read, the same row objects, for each', aim: 0.8 },
    fresh: { unit: 'µs', about: 'full read, fresh equal row objects, for each', aim: 1.5 },
    memory: { unit: 'µs', about: 'full read of a MemoryTable, for each' },
  },
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  peers: true,
  prepare: async (contender, n, clock) => {
    if (contender.openReader === undefined) return undefined;
    const processes = new Processes();
    const names = keys(n);
    const world = services(processes, names);
    const reader = contender.openReader(world);
    const kept = new Processes();
    const lasting = services(kept, names);
    const rows = [...lasting.rows()];
    const rereader = contender.openReader({ ...lasting, rows: () => rows });
    const own = new Processes();
    const keeper = await contender.open(services(own, names));
    // What compares Maps does nothing else with its own.
    if (keeper.reread !== undefined) await keeper.start();
    const timedRead = async (counted: Processes, read: () => number): Promise<number> => {
      let seen = 0;
      const took = await timed(clock, counted, n, () => {
        seen = read();
      });
      if (seen !== n) throw new Error(`${n} rows should have been read, but ${seen} were.`);
      counted.expect(n, n);
      return took / n;
    };
    return async () => {
      const snapshot = new Map(world.rows());
      const fresh = await timedRead(processes, () => reader.read(snapshot));
      const again = new Map(rows);
      const same = await timedRead(kept, () => rereader.read(again));
      const memory = keeper.reread === undefined ? same : await timedRead(own, () => keeper.reread?.() ?? 0);
      return { same, fresh, memory };
    };
  },
};
