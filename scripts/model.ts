import { check, checkSlowly } from '../spec/model/check.ts';

// Plays random histories: --runs N, --seed S, --real for real Promises, --unshrunk to print a failure as it was found, and
// --path P to replay what a failure printed.
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const runs = Number(option('runs') ?? 10_000);
const first = Number(option('seed') ?? Date.now() % 2 ** 31);
const path = option('path');
const real = process.argv.includes('--real');
const shrink = !process.argv.includes('--unshrunk');
// Most errors are made on purpose: to note where takes longer than the histories themselves.
if (path === undefined) Error.stackTraceLimit = 0;
const began = performance.now();
const size = path === undefined ? Math.min(runs, 10_000) : 1;

let failure: string | undefined;
let done = 0;
for (let seed = first; done < runs && failure === undefined; seed++) {
  const some = Math.min(size, runs - done);
  failure = real ? await checkSlowly(some, seed, { path, shrink }) : check(some, seed, { path, shrink });
  done += some;
  const perSecond = Math.round(done / ((performance.now() - began) / 1_000));
  if (path !== undefined) break;
  if (failure === undefined) console.log(`seed ${seed}: ${done} histories, ${perSecond} per second`);
}
if (failure !== undefined) {
  console.error(failure + (real ? '\n(with --real)' : ''));
  process.exitCode = 1;
}
