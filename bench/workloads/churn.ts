import type { Edit } from '../contender.ts';
import { paced, timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { random } from '../random.ts';
import type { Service } from '../rows.ts';
import { keys, service, services } from '../rows.ts';
import type { Workload } from '../workload.ts';

const EDITS = 100_000;

/** Rows are added and removed at random, about as many as live. */
export const churn: Workload = {
  figures: { churn: { unit: 'µs', about: 'one of 100 000 random additions and removals over N', aim: 1.5 } },
  sizes: [1_000, 10_000, 100_000],
  peers: true,
  prepare: async (contender, n, clock) => {
    const processes = new Processes();
    const names = keys(2 * n);
    const present = names.map((_, i) => i < n);
    const next = random(1);
    const keeper = await contender.open(services(processes, names.slice(0, n)));
    await timed(clock, processes, n, () => keeper.start());
    return async () => {
      const before = processes.live;
      const started = processes.started;
      const chosen: number[] = [];
      const edits = Array.from({ length: EDITS }, (): Edit<Service> => {
        const i = next(names.length);
        chosen.push(i);
        present[i] = present[i] !== true;
        return [names[i] as string, present[i] ? service(i) : undefined];
      });
      const { each, done } = await paced(clock, edits, (some) => keeper.edit(some));
      // What it hadn't time for hasn't happened.
      for (const i of chosen.slice(done)) present[i] = present[i] !== true;
      const added = edits.slice(0, done).filter(([, row]) => row !== undefined).length;
      processes.expect(before + added - (done - added), started + added);
      return { churn: each };
    };
  },
};
