import { contenders } from './contenders/index.ts';
import type { Name } from './contenders/index.ts';
import type { Job, Outcome } from './job.ts';
import { cpu, wall } from './measure.ts';
import { spread } from './statistics.ts';
import type { Round } from './workload.ts';
import { workloads } from './workloads/index.ts';

/** ms that the rounds take at least. */
const LEAST = 700;
/** Rounds before, which aren't counted: with as many live, since few in one round leave the code cold. */
const WARM = { n: 10_000, rounds: 2 };

/** A process of its own: measures the job of its first argument and prints the outcome, both as JSON. */
const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const workload = workloads[job.workload];
if (workload === undefined) throw new Error(`There is no workload "${job.workload}".`);

const clock = job.cpu ? cpu : wall;
if (workload.alone !== true) {
  for (const name of job.contenders) {
    const round = await workload.prepare(await contenders[name](), WARM.n, clock);
    for (let i = 0; i < WARM.rounds; i++) await round?.();
  }
}
const ready: { name: Name; round: Round; figures: Record<string, number>[] }[] = [];
for (const name of job.contenders) {
  const round = await workload.prepare(await contenders[name](), job.n, clock);
  if (round !== undefined) ready.push({ name, round, figures: [] });
}

/** A B A B: what changes meanwhile in this process, and on this machine, falls on all alike. */
const play = async (keep: boolean): Promise<void> => {
  for (const { round, figures } of ready) {
    const measured = await round();
    if (keep) figures.push(measured);
  }
};
if (job.n < 1_000_000) await play(false);
const began = performance.now();
for (let i = 0; i < (job.rounds ?? 5) || (job.rounds === undefined && performance.now() - began < LEAST); i++)
  await play(true);

const outcome: Outcome = {};
for (const { name, figures } of ready) {
  const names = Object.keys(figures[0] ?? {});
  outcome[name] = Object.fromEntries(
    names.map((figure) => [figure, spread(figures.map((each) => each[figure] ?? NaN))] as const),
  );
}
process.stdout.write(JSON.stringify(outcome));
process.exit();
