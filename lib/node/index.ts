export type { ChildProcess, ChildProcessOptions, OutputLine } from './child-process.ts';
export { childProcess } from './child-process.ts';
export { ProcessExitError } from './process-exit-error.ts';
export { ProcessSpawnError } from './process-spawn-error.ts';
export type { Stoppable } from './run-until-signal.ts';
export { runUntilSignal } from './run-until-signal.ts';
