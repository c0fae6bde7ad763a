import { parseArgs } from 'node:util';
import type { Name } from './contenders/index.ts';
import { peers as allPeers } from './contenders/index.ts';
import { workloads } from './workloads/index.ts';

export interface Options {
  readonly workloads: readonly string[];
  /** Instead of each workload's sizes. */
  readonly sizes: readonly number[] | undefined;
  readonly peers: readonly Name[];
  readonly rounds: number | undefined;
  readonly cpu: boolean;
  readonly json: boolean;
}

export const usage = `npm run bench -- [workload …] [options]

  workloads     ${Object.keys(workloads).join(', ')}; all of them by default
  --n 1000,…    how many live, instead of each workload's sizes
  --peers a,…   ${['none', 'all', ...allPeers].join(', ')}; all of them by default, with 10 000 (or --n);
                or floor, the least that the rules ask of a supervisor
  --rounds 9    how many are measured: 5 and more by default
  --cpu         time of the process's threads instead of the wall's, for a machine that does other things
  --json        print JSON instead of a table`;

/** Of the command line. Throws what is wrong with it. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      n: { type: 'string' },
      peers: { type: 'string', default: 'all' },
      rounds: { type: 'string' },
      cpu: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  for (const name of positionals) oneOf('workload', name, Object.keys(workloads));
  return {
    workloads: positionals.length > 0 ? positionals : Object.keys(workloads),
    sizes: values.n?.split(',').map((n) => whole('--n', n)),
    peers: peersOf(values.peers),
    rounds: values.rounds === undefined ? undefined : whole('--rounds', values.rounds),
    cpu: values.cpu,
    json: values.json,
  };
}

function peersOf(text: string): readonly Name[] {
  if (text === 'all') return allPeers;
  if (text === 'none') return [];
  return text.split(',').map((name) => oneOf('peer', name, [...allPeers, 'floor']));
}

function oneOf<T extends string>(what: string, name: string, names: readonly T[]): T {
  const found = names.find((each) => each === name);
  if (found === undefined) throw new Error(`There is no ${what} "${name}", but ${names.join(', ')}.`);
  return found;
}

function whole(option: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes whole numbers from 1, not "${text}".`);
  return value;
}
