import { backoff } from './backoff.ts';
import { InvalidOptionError } from './errors.ts';
import type { Key } from './table.ts';

/** ms until the next try of a key, given the try that just ended and the error it ended with, if it did. */
export type Delay<K extends Key = Key> = (attempt: number, error: unknown, key: K) => number;

/** What happens to a process whose row has changed. */
export type ChangeReaction = 'restart' | 'ignore' | 'update';

/** When and how a process that ended by itself is started again. */
export interface RestartOptions<K extends Key = Key> {
  /**
   * `'always'` while the row is there (default); `'on-failure'`: one that completed rests; `'never'`: one that failed
   * rests as given up, one that completed rests.
   */
  readonly when?: 'always' | 'on-failure' | 'never';
  /** ms, or a function of the try that just ended. Default `backoff()`; never less than 1 ms between two starts. */
  readonly delay?: number | Delay<K>;
  /** Running this long (ms) sets `attempt` back. Default 30 000. */
  readonly resetAfter?: number;
  /** More restarts than `max` within `within` ms: given up. Default: no limit. */
  readonly limit?: { readonly max: number; readonly within: number };
}

/** What can be set for all rows, and by `policy(value, key)` for one. */
export interface ProcessPolicy<K extends Key = Key, V = unknown> {
  readonly restart?: RestartOptions<K>;
  /** Default `'restart'` (`'ignore'` without `process`). `'update'` is a restart where nobody listens to `rows$`. */
  readonly onChange?: ChangeReaction | ((previous: V, next: V, key: K) => ChangeReaction);
  /** ms until a process must be ready. Default 60 000. */
  readonly startTimeout?: number;
  /** ms of graceful time, then force. Default 5 000; `Infinity` for a child that is a Supervisor. */
  readonly stopTimeout?: number;
  /** ms to end after force, then `stuck`. Default 2 000; `Infinity` for a child that is a Supervisor. */
  readonly killTimeout?: number;
}

/** A policy with every default filled in; the two timeouts that depend on the process are left open. */
export interface Policy<K extends Key, V> {
  readonly when: 'always' | 'on-failure' | 'never';
  readonly delay: Delay<K>;
  readonly resetAfter: number;
  readonly limit?: { readonly max: number; readonly within: number } | undefined;
  readonly onChange: ChangeReaction | ((previous: V, next: V, key: K) => ChangeReaction);
  readonly startTimeout: number;
  readonly stopTimeout?: number | undefined;
  readonly killTimeout?: number | undefined;
}

/** What holds where nothing is said. */
export function defaultPolicy(onChange: ChangeReaction): Policy<Key, unknown> {
  return {
    when: 'always',
    delay: backoff(),
    resetAfter: 30_000,
    onChange,
    startTimeout: 60_000,
  };
}

/** Lays `over` on `base`. Throws an InvalidOptionError. */
export function resolvePolicy<K extends Key, V>(base: Policy<K, V>, over: ProcessPolicy<K, V>): Policy<K, V> {
  const { restart = {}, onChange = base.onChange } = over;
  const { when = base.when, delay = base.delay, limit = base.limit } = restart;
  if (!['always', 'on-failure', 'never'].includes(when)) {
    throw new InvalidOptionError('restart.when', "'always', 'on-failure' or 'never'", when);
  }
  if (typeof onChange !== 'function') reaction('onChange', onChange);
  return {
    when,
    delay: typeof delay === 'function' ? delay : constant(ms('restart.delay', delay)),
    resetAfter: ms('restart.resetAfter', restart.resetAfter ?? base.resetAfter),
    limit: limit && { max: ms('restart.limit.max', limit.max), within: ms('restart.limit.within', limit.within) },
    onChange,
    startTimeout: ms('startTimeout', over.startTimeout ?? base.startTimeout),
    stopTimeout: optionalMs('stopTimeout', over.stopTimeout ?? base.stopTimeout),
    killTimeout: optionalMs('killTimeout', over.killTimeout ?? base.killTimeout),
  };
}

/** The value, if it is a reaction; throws an InvalidOptionError. */
export function reaction(option: string, value: unknown): ChangeReaction {
  if (value === 'restart' || value === 'ignore' || value === 'update') return value;
  throw new InvalidOptionError(option, "'restart', 'ignore' or 'update'", value);
}

/** The value, if it is a number from 0; throws an InvalidOptionError. */
export function ms(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new InvalidOptionError(option, 'a number from 0, or Infinity', value);
}

/** The value, if it is given, and is a number from 0; throws an InvalidOptionError. */
export function optionalMs(option: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : ms(option, value);
}

function constant(delay: number): Delay {
  return () => delay;
}
