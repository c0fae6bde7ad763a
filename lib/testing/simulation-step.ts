import type { LifecycleEvent } from '../index.ts';
import { show } from './contract-error.ts';
import type { Random } from './random.ts';

/** How the table tells of a write. */
export type Told = 'at once' | 'late' | 'never' | 'twice' | "as 'all'";
/** What becomes of a read. */
export type Fault = 'is slow' | 'fails' | 'fails half-way' | 'never ends';
/** How a run ends; another one follows. */
export type Ending = 'gracefully' | 'by force' | 'by unsubscribing';

/** One thing that is done from outside. Keys by their number; `patience`: ms until whoever gave a command stops waiting. */
export type SimulatedAction<V> =
  | { readonly do: 'set'; readonly key: number; readonly value: V; readonly told: Told }
  | { readonly do: 'delete'; readonly key: number; readonly told: Told }
  | { readonly do: 'start' | 'stop' | 'restart'; readonly key: number; readonly patience: number }
  | { readonly do: 'reconcile'; readonly patience: number }
  | { readonly do: 'trouble'; readonly fault: Fault; readonly times: number }
  | { readonly do: 'lose changes' }
  | { readonly do: 'settle' }
  | { readonly do: 'end'; readonly how: Ending };

/** An action after `wait` ms; or, from then on, when the next event of a type is heard. */
export type SimulatedStep<V> = { readonly wait: number } & (
  SimulatedAction<V> | { readonly do: 'on'; readonly event: LifecycleEvent['type']; readonly then: SimulatedAction<V> }
);

/** What steps are made of. */
export interface StepSource<V> {
  readonly keys: number;
  readonly waits: readonly number[];
  row(random: Random): V;
}

const EVENTS: readonly LifecycleEvent['type'][] = [
  'starting',
  'running',
  'updated',
  'stopping',
  'stopped',
  'completed',
  'failed',
  'backoff',
  'held',
  'removed',
  'reconciled',
];

/** A random history. */
export function makeSteps<V>(random: Random, count: number, source: StepSource<V>): SimulatedStep<V>[] {
  return Array.from({ length: count }, (): SimulatedStep<V> => {
    const wait = random.pick(source.waits);
    if (random.int(8) > 0) return { wait, ...makeAction(random, source) };
    let then = makeAction(random, source);
    while (then.do === 'settle' || then.do === 'end') then = makeAction(random, source);
    return { wait, do: 'on', event: random.pick(EVENTS), then };
  });
}

function makeAction<V>(random: Random, source: StepSource<V>): SimulatedAction<V> {
  const key = random.int(source.keys);
  const told = random.pick<Told>(['at once', 'at once', 'at once', 'late', 'never', 'twice', "as 'all'"]);
  const patience = random.pick([Infinity, Infinity, 0, 10]);
  const choice = random.int(28);
  if (choice < 9) return { do: 'set', key, value: source.row(random), told };
  if (choice < 13) return { do: 'delete', key, told };
  if (choice < 16) return { do: 'stop', key, patience };
  if (choice < 18) return { do: 'start', key, patience };
  if (choice < 20) return { do: 'restart', key, patience };
  if (choice < 21) return { do: 'reconcile', patience };
  if (choice < 23)
    return {
      do: 'trouble',
      fault: random.pick(['is slow', 'fails', 'fails half-way', 'never ends']),
      times: random.pick([1, 2]),
    };
  if (choice < 24) return { do: 'lose changes' };
  if (choice < 27) return { do: 'settle' };
  return { do: 'end', how: random.pick(['gracefully', 'by force', 'by unsubscribing']) };
}

/** A step as a line to read. */
export function showStep<V>(step: SimulatedStep<V>, keys: readonly unknown[]): string {
  const what = step.do === 'on' ? `on ${step.event}: ${showAction(step.then, keys)}` : showAction(step, keys);
  return `${`+${step.wait} ms`.padEnd(10)}${what}`;
}

function showAction<V>(action: SimulatedAction<V>, keys: readonly unknown[]): string {
  const key = 'key' in action ? show(keys[action.key]) : '';
  const patience = 'patience' in action && action.patience < Infinity ? `, abandoned after ${action.patience} ms` : '';
  switch (action.do) {
    case 'set':
      return `set ${key} to ${show(action.value)}, told ${action.told}`;
    case 'delete':
      return `delete ${key}, told ${action.told}`;
    case 'trouble':
      return `the next ${action.times === 1 ? 'read' : `${action.times} reads`}: ${action.fault}`;
    case 'end':
      return `end ${action.how}, and run again`;
    case 'start':
    case 'stop':
    case 'restart':
      return `${action.do} ${key}${patience}`;
    case 'reconcile':
      return `reconcile${patience}`;
    default:
      return action.do;
  }
}
