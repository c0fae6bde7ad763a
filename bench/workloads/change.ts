import { paced, timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { random } from '../random.ts';
import { keys, service, services } from '../rows.ts';
import type { Workload } from '../workload.ts';

const CHANGES = 10_000;

/** One row changes, again and again, anywhere: its old process stops, a new one starts. */
export const change: Workload = {
  figures: { change: { unit: 'µs', about: 'one row changes among N', aim: 1.5 } },
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  peers: true,
  prepare: async (contender, n, clock) => {
    const processes = new Processes();
    const names = keys(n);
    const next = random(1);
    let port = 8080;
    const keeper = await contender.open(services(processes, names));
    await timed(clock, processes, n, () => keeper.start());
    return async () => {
      const before = processes.started;
      const edits = Array.from({ length: CHANGES }, () => {
        const i = next(n);
        return [names[i] as string, service(i, ++port)] as const;
      });
      const { each, done } = await paced(clock, edits, (some) => keeper.change(some));
      processes.expect(n, before + done);
      return { change: each };
    };
  },
};
