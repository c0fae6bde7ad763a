import { cpus } from 'node:os';
import { bundle } from './bundle.ts';
import type { Job, Outcome } from './job.ts';
import { linesOf } from './lines.ts';
import type { Options } from './options.ts';
import { parseOptions, usage } from './options.ts';
import { jobs } from './plan.ts';
import { runJob } from './run-job.ts';
import { table } from './table.ts';

const options = ((): Options | undefined => {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
})();

if (options === undefined) process.exitCode = 2;
else await main(options);

async function main(options: Options): Promise<void> {
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;
  // An interrupted run leaves nothing behind: neither the program nor a process of it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const program = await bundle();
  const measured: { job: Job; outcome: Outcome }[] = [];
  const all = jobs(options);
  for (const [i, job] of all.entries()) {
    const who = job.contenders.join(' and ');
    process.stderr.write(`${i + 1} of ${all.length}, ${seconds()}: ${job.workload}, ${job.n}: ${who}\n`);
    measured.push({ job, outcome: await runJob(program, job) });
  }
  const lines = linesOf(measured);
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  const date = new Date().toISOString().slice(0, 10);
  const clock = options.cpu ? 'CPU' : 'wall';
  if (options.json) {
    console.log(JSON.stringify({ date, machine, clock, lines }, undefined, 2));
  } else {
    console.log(
      `${date}, ${machine}; ${clock} time; medians (minimum–maximum), for each process or edit; ${seconds()}\n`,
    );
    console.log(table(lines));
  }
}
