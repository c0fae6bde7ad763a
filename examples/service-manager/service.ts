import { delimiter, dirname } from 'node:path';
import { switchMap, timer } from 'rxjs';
import type { ProcessPolicy } from 'rxjs-supervisor';
import type { ChildProcess } from 'rxjs-supervisor/node';
import { childProcess } from 'rxjs-supervisor/node';

/** A row of the table `services`. */
export interface Service {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Should be an object; the database takes any JSON. */
  readonly env: unknown;
  readonly cwd: string | null;
  /** Should be one of `RESTARTS`; the database takes any text. */
  readonly restart: string;
  readonly enabled: boolean;
}

const RESTARTS = ['always', 'on-failure', 'never'] as const;

/** What a row runs. What is wrong with the row is thrown: its start has failed, and is tried again with backoff. */
export function processOf({ command, args, env, cwd, restart }: Service): ChildProcess {
  if (restartOf(restart) === undefined) {
    throw new Error(`restart must be one of ${RESTARTS.join(', ')}, but is ${JSON.stringify(restart)}`);
  }
  const child = childProcess(command, args, { env: environment(env), ...(cwd !== null && { cwd }) });
  return {
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

function restartOf(restart: string): (typeof RESTARTS)[number] | undefined {
  return RESTARTS.find((known) => known === restart);
}

/** The variables of this program and those of the row; `node` is found wherever this program's own is. */
function environment(env: unknown): NodeJS.ProcessEnv {
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw new Error(`env must be a JSON object such as {"PORT": "8080"}, but is ${JSON.stringify(env)}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'object') throw new Error(`env must hold texts, but ${name} is ${JSON.stringify(value)}`);
  }
  const path = [process.env['PATH'], dirname(process.execPath)].filter(Boolean).join(delimiter);
  return { ...process.env, PATH: path, ...env };
}
