import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Job, Outcome } from './job.ts';

const flags = [
  '--expose-gc',
  '--max-old-space-size=8192',
  // So many forced collections make V8 forget compiled code, and the shapes it is for, as those of a running program don't.
  '--no-flush-bytecode',
  '--retain-maps-for-n-gc=10000',
];

/** Measures one job in a process of its own. Errors with what that process printed. */
export async function runJob(program: string, job: Job): Promise<Outcome> {
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  let printed = '';
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (complained += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${JSON.stringify(job)} ended with ${String(code)}: ${complained}`);
  return JSON.parse(printed) as Outcome;
}
