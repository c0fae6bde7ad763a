import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { check, checkSlowly } from '../spec/model/check.ts';

// Plays random histories: --runs N, --seed S (each ten thousand have a seed of their own), --real for real Promises,
// --unshrunk to print a failure as it was found, --cores C (all of them by default), and --path P to replay what a failure
// printed.
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const CHUNK = 10_000;
const path = option('path');
const runs = path === undefined ? Number(option('runs') ?? CHUNK) : 1;
const first = Number(option('seed') ?? Date.now() % 2 ** 31);
const flags = ['--real', '--unshrunk'].filter((flag) => process.argv.includes(flag));
const cores = runs > CHUNK ? Number(option('cores') ?? availableParallelism()) : 1;

/** Plays histories in this process: what went wrong, if anything did. */
async function play(count: number, seed: number): Promise<string | undefined> {
  // Most errors are made on purpose: to note where takes longer than the histories themselves.
  if (path === undefined) Error.stackTraceLimit = 0;
  const manner = { path, shrink: !flags.includes('--unshrunk') };
  return flags.includes('--real') ? await checkSlowly(count, seed, manner) : check(count, seed, manner);
}

/** The same in a process of its own. */
async function playApart(count: number, seed: number): Promise<string | undefined> {
  const args = [process.argv[1] ?? '', '--runs', String(count), '--seed', String(seed), ...flags];
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let failure = '';
  child.stderr.on('data', (data: Buffer) => (failure += data.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return code === 0 ? undefined : failure.trimEnd();
}

const began = performance.now();
const failures: string[] = [];
let [seed, given, done] = [first, 0, 0];

async function work(): Promise<void> {
  while (given < runs && failures.length === 0) {
    const [mine, count] = [seed++, Math.min(CHUNK, runs - given)];
    given += count;
    const failure = await (cores > 1 ? playApart(count, mine) : play(count, mine));
    done += count;
    if (failure !== undefined) failures.push(failure);
    else
      console.log(
        `seed ${mine}: ${done} histories, ${Math.round((done * 1_000) / (performance.now() - began))} per second`,
      );
  }
}

await Promise.all(Array.from({ length: cores }, work));
if (failures.length > 0) {
  // A process of its own has said so itself.
  const how = cores > 1 ? [] : flags.map((flag) => `\n(with ${flag})`);
  console.error(failures.join('\n\n') + how.join(''));
  process.exitCode = 1;
}
