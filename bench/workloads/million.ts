import { heap } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys } from '../rows.ts';
import type { Workload } from '../workload.ts';
import { observables } from './start.ts';

/** All that a process with so many takes. */
export const million: Workload = {
  figures: {
    heap: { unit: 'MB', about: 'heap with all live: keys, rows, Observables and all' },
    resident: { unit: 'MB', about: 'resident memory with all live' },
  },
  sizes: [1_000_000],
  peers: false,
  alone: true,
  prepare: async (contender, n) => {
    const processes = new Processes();
    const keeper = await contender.open(observables(processes, keys(n)));
    await keeper.start();
    return async () => {
      processes.expect(n, n);
      const used = heap();
      return { heap: used / 1e6, resident: process.memoryUsage().rss / 1e6 };
    };
  },
};
