import type { ChildProcess, ChildProcessOptions, OutputLine } from 'rxjs-supervisor/node';
import { childProcess } from 'rxjs-supervisor/node';
import type { Led } from './lead.ts';
import { lead } from './lead.ts';
import { eventually, Mark } from './os.ts';

/** Keeps a script alive. */
export const LIVES = 'setInterval(() => {}, 1e6);';

/** A child in the same group, which ignores SIGTERM and says its pid. */
export const CHILD = `require('child_process').spawn(process.execPath, ['-e',
  "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log(process.pid)"], { stdio: 'inherit' });`;

const led: Led<OutputLine>[] = [];
const mark = new Mark();

/** Whatever a spec has left alive ends with it, and the operating system knows nobody of it any more. */
afterEach(async () => {
  led.splice(0).forEach((one) => one.unsubscribe());
  await eventually(
    () => mark.processes().length === 0,
    () => `alive are ${mark.processes().join(', ')}`,
  );
});

/** One life of a process of the operating system. */
export interface LedChild extends Led<OutputLine> {
  readonly child: ChildProcess;
  readonly pid: number;
  said(stream?: OutputLine['stream']): string[];
  ended(): Promise<void>;
}

/** Runs a command. */
export function run(command: string, args?: readonly string[], options?: ChildProcessOptions): LedChild {
  const child = childProcess(command, args, {
    ...options,
    env: { ...(options?.env ?? process.env), ...mark.variable },
  });
  const one = lead(child);
  led.push(one);
  return Object.assign(one, {
    child,
    get pid() {
      return child.pid!;
    },
    said: (stream: OutputLine['stream'] = 'stdout') =>
      one.values.filter((value) => value.stream === stream).map(({ line }) => line),
    ended: () => eventually(() => one.end !== 'alive'),
  });
}

/** Runs a script in Node. */
export function script(code: string, options?: ChildProcessOptions): LedChild {
  return run(process.execPath, ['-e', code], options);
}
