import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Job, Outcome } from './job.ts';

/** Measures one job in a process of its own. Errors with what that process printed. */
export async function runJob(program: string, job: Job): Promise<Outcome> {
  const child = spawn(process.execPath, ['--expose-gc', '--max-old-space-size=8192', program, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  let printed = '';
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (complained += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('exit', kill);
  if (code !== 0) throw new Error(`${JSON.stringify(job)} ended with ${String(code)}: ${complained}`);
  return JSON.parse(printed) as Outcome;
}
