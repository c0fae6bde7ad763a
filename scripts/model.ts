import { check } from '../spec/model/check.ts';

// Plays random histories: --runs N, --seed S, and --path P to replay what a failure printed.
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const runs = Number(option('runs') ?? 10_000);
const first = Number(option('seed') ?? Date.now() % 2 ** 31);
const path = option('path');
const began = performance.now();
const size = path === undefined ? Math.min(runs, 10_000) : 1;

let failure: string | undefined;
let done = 0;
for (let seed = first; done < runs && failure === undefined; seed++) {
  failure = check(Math.min(size, runs - done), seed, path);
  done += size;
  const perSecond = Math.round(done / ((performance.now() - began) / 1_000));
  if (path !== undefined) break;
  console.log(`seed ${seed}: ${done} histories, ${perSecond} per second`);
}
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}
