import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { switchMap, timer } from 'rxjs';
import type { ProcessPolicy } from 'rxjs-supervisor';
import type { ChildProcess, Readiness } from 'rxjs-supervisor/node';
import { childProcess } from 'rxjs-supervisor/node';

/** A row of the table `services`. */
export interface Service {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Should be an object; the database takes any JSON. */
  readonly env: unknown;
  readonly cwd: string | null;
  /** When it is ready: none for as soon as it is spawned, or `/a line that matches/`, `:port`, `message`. */
  readonly ready: string | null;
  /** The name of the signal that asks it to stop. */
  readonly stop: string;
  /** Should be one of `RESTARTS`; the database takes any text. */
  readonly restart: string;
  readonly enabled: boolean;
}

const RESTARTS = ['always', 'on-failure', 'never'] as const;

/** What a row runs. What is wrong with the row is thrown: its start has failed, and is tried again with backoff. */
export function processOf({ command, args, env, cwd, ready, stop, restart }: Service): ChildProcess {
  if (restartOf(restart) === undefined) {
    throw new Error(`restart must be one of ${RESTARTS.join(', ')}, but is ${JSON.stringify(restart)}`);
  }
  const child = childProcess(command, args, {
    env: environment(env),
    ready: readinessOf(ready),
    stopSignal: signalOf(stop),
    ...(cwd !== null && { cwd }),
  });
  return {
    ...child,
    get pid() {
      return child.pid;
    },
    // To spawn takes this program's own time; so it takes a turn for it, and signals and input get theirs.
    run: (running, context) => timer(0).pipe(switchMap(() => child.run(running, context))),
  };
}

/** How a row is restarted: like any other, if it doesn't say it right. */
export function policyOf({ restart }: Service): ProcessPolicy<string, Service> {
  return { restart: { when: restartOf(restart) ?? 'always' } };
}

function readinessOf(ready: string | null): Readiness {
  if (ready === null) return 'spawn';
  if (ready === 'message') return ready;
  const [, line, port] = /^(?:\/(.+)\/|:(\d+))$/s.exec(ready) ?? [];
  if (line !== undefined) return new RegExp(line);
  if (port !== undefined) return { port: Number(port) };
  throw new Error(`ready must be null, /a line that matches/, :port or message, but is ${JSON.stringify(ready)}`);
}

function signalOf(stop: string): NodeJS.Signals {
  if (stop in constants.signals) return stop as NodeJS.Signals;
  throw new Error(`stop must be the name of a signal such as SIGTERM, but is ${JSON.stringify(stop)}`);
}

function restartOf(restart: string): (typeof RESTARTS)[number] | undefined {
  return RESTARTS.find((known) => known === restart);
}

/** The variables of this program and those of the row; `node` is found wherever this program's own is. */
function environment(env: unknown): NodeJS.ProcessEnv {
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw new Error(`env must be a JSON object such as {"PORT": "8080"}, but is ${kindOf(env)}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'object') throw new Error(`env must hold texts, but ${name} is ${kindOf(value)}`);
  }
  const path = [process.env['PATH'], dirname(process.execPath)].filter(Boolean).join(delimiter);
  return { ...process.env, PATH: path, ...env };
}

/** What an error says of a value that may be a secret. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
