import type { Observable } from 'rxjs';
import { asyncScheduler, isObservable } from 'rxjs';
import { equals } from './equals.ts';
import { InvalidOptionError } from './errors.ts';
import type { Policy, ProcessPolicy } from './policy.ts';
import { defaultPolicy, ms, resolvePolicy } from './policy.ts';
import type { Process, ProcessContext } from './runnable.ts';
import type { Scheduler } from './scheduler.ts';
import type { Key } from './table.ts';

/** The options of a supervisor whose rows are processes themselves. Times are in ms. */
export interface SupervisorOptions<K extends Key = Key, V = unknown> extends ProcessPolicy<K, V> {
  /** What differs for one row: asked at each start, and about a changed row. What it throws fails the start. */
  readonly policy?: (value: V, key: K) => ProcessPolicy<K, V>;
  /** Whether a row is unchanged. Default: by value for plain data, by identity for the rest. */
  readonly equals?: (a: V, b: V) => boolean;
  /** ms between full reads, `Infinity` for none, or an Observable of ticks. Default 60 000. */
  readonly interval?: number | Observable<unknown>;
  /** ms that `ready` waits at most for the initial starts. Default 1 000. */
  readonly initialWait?: number;
  /** How many may be starting at once. Default `Infinity`. */
  readonly startConcurrency?: number;
  /** ms after which a read of the table has failed. Default 30 000. */
  readonly readTimeout?: number;
  /** Every clock reading and every wait. Default `asyncScheduler`. */
  readonly scheduler?: Scheduler;
}

/** The options of a supervisor that makes a process of each row. */
export interface ProcessOptions<K extends Key, V, P extends Process> extends SupervisorOptions<K, V> {
  /** Makes a row's process: called for each incarnation. What it throws fails the start. */
  readonly process: (value: V, context: ProcessContext<K, V>) => P;
}

/** Options with every default filled in. */
export interface Settings<K extends Key, V> {
  readonly process: ((value: unknown, context: ProcessContext) => unknown) | undefined;
  readonly policy: Policy<K, V>;
  readonly policyOf: (value: V, key: K) => Policy<K, V>;
  readonly equals: (a: V, b: V) => boolean;
  readonly interval: number | Observable<unknown>;
  readonly initialWait: number;
  readonly startConcurrency: number;
  readonly readTimeout: number;
  readonly scheduler: Scheduler;
}

/** Fills in the defaults. Throws an InvalidOptionError. */
export function resolveSettings<K extends Key, V>(
  options: SupervisorOptions<K, V> & Partial<ProcessOptions<K, V, Process>>,
): Settings<K, V> {
  const { process, policy: policyFor, interval = 60_000, startConcurrency = Infinity } = options;
  for (const name of ['process', 'policy', 'equals'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function') throw new InvalidOptionError(name, 'a function', value);
  }
  if (!(startConcurrency >= 1)) throw new InvalidOptionError('startConcurrency', 'a number from 1', startConcurrency);
  const policy = resolvePolicy<K, V>(defaultPolicy(process === undefined ? 'ignore' : 'restart'), options);
  return {
    process: process as Settings<K, V>['process'],
    policy,
    policyOf: policyFor ? (value, key) => resolvePolicy(policy, policyFor(value, key)) : () => policy,
    equals: options.equals ?? equals,
    interval: isObservable(interval) ? interval : ms('interval', interval),
    initialWait: ms('initialWait', options.initialWait ?? 1_000),
    startConcurrency,
    readTimeout: ms('readTimeout', options.readTimeout ?? 30_000),
    scheduler: options.scheduler ?? asyncScheduler,
  };
}
