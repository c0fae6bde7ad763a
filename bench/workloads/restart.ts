import { timed } from '../measure.ts';
import { FailingProcesses } from '../processes.ts';
import { keys, services } from '../rows.ts';
import type { Workload } from '../workload.ts';

/** All fail once, and start again with no delay. */
export const restart: Workload = {
  figures: { restart: { unit: 'µs', about: 'all fail and start again, for each', aim: 1.25 } },
  sizes: [1_000, 10_000, 100_000],
  peers: true,
  prepare: async (contender, n, clock) => {
    const processes = new FailingProcesses();
    const keeper = await contender.open(services(processes, keys(n)), { restart: true });
    await timed(clock, processes, n, () => keeper.start());
    return async () => {
      const before = processes.started;
      const error = new Error('It broke.');
      const took = await timed(clock, processes, n, () => {
        processes.failAll(error);
        keeper.startAgain?.();
      });
      processes.expect(n, before + n);
      return { restart: took / n };
    };
  },
};
