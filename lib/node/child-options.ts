import { constants } from 'node:os';
import { InvalidOptionError } from '../index.ts';
import type { Readiness } from './readiness.ts';

export interface ChildProcessOptions {
  /** The directory it runs in; by default that of this process. */
  readonly cwd?: string;
  /** Its whole environment; by default that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The user it runs as, if this process may choose. */
  readonly uid?: number;
  /** The group of users it runs as, if this process may choose. */
  readonly gid?: number;
  /** `true`, or a path: a shell runs the command, with all that it makes of its characters. By default there is none. */
  readonly shell?: boolean | string;
  /**
   * Opens a channel for messages: see `message$` and `send`. `'advanced'` has them cloned as structures, where JSON is
   * too little and the child is Node as well. Opened without being asked for by `ready: 'message'` and `stopMessage`.
   */
  readonly ipc?: boolean | 'json' | 'advanced';
  /** What must happen for it to be ready; `startTimeout` of the policy is how long that may take. Default `'spawn'`. */
  readonly ready?: Readiness;
  /** The signal that asks it to stop. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** The message that asks it to stop, in place of the signal; whom it leaves behind gets the signal. */
  readonly stopMessage?: unknown;
  /** A line of more characters is emitted in parts. Default 65 536. */
  readonly maxLineLength?: number;
}

/** Options often come out of a table. Throws an InvalidOptionError. */
export function checkOptions({ ready, stopSignal, maxLineLength = 2 }: ChildProcessOptions): void {
  if (stopSignal !== undefined && !(stopSignal in constants.signals)) {
    throw new InvalidOptionError('stopSignal', 'the name of a signal, such as SIGINT', stopSignal);
  }
  if (!Number.isInteger(maxLineLength) || maxLineLength < 2) {
    throw new InvalidOptionError('maxLineLength', 'a whole number, 2 or more', maxLineLength);
  }
  if (!isReadiness(ready)) {
    throw new InvalidOptionError('ready', "'spawn', 'message', a RegExp, { port } or a function", ready);
  }
}

function isReadiness(ready: unknown): boolean {
  if (ready === undefined || ready === 'spawn' || ready === 'message') return true;
  if (typeof ready === 'function' || ready instanceof RegExp) return true;
  const port: unknown = typeof ready === 'object' && ready !== null && 'port' in ready ? ready.port : undefined;
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}

/** Whether there is a channel, and how it writes what it carries. */
export function channelOf({ ipc, ready, stopMessage }: ChildProcessOptions): 'json' | 'advanced' | undefined {
  if (ipc === 'json' || ipc === 'advanced') return ipc;
  return ipc === true || ready === 'message' || stopMessage !== undefined ? 'json' : undefined;
}
