import { backoff } from './backoff.ts';
import { CallbackError, InvalidOptionError } from './errors.ts';
import type { ChangeReaction, Policy } from './policy.ts';
import { reaction } from './policy.ts';
import type { Settings } from './settings.ts';
import type { Key } from './table.ts';

/**
 * The user's functions, called so that what they throw, or return wrongly, is reported about that key and leaves every
 * other key alone.
 */
export class Callbacks<K extends Key, V> {
  readonly #settings: Settings<K, V>;
  readonly #report: (key: K, error: CallbackError) => void;
  readonly #fallback = backoff();

  constructor(settings: Settings<K, V>, report: (key: K, error: CallbackError) => void) {
    this.#settings = settings;
    this.#report = report;
  }

  equals(key: K, a: V, b: V): boolean {
    try {
      return this.#settings.equals(a, b);
    } catch (error) {
      this.#failed('equals', key, 'The row counts as unchanged.', error);
      return true;
    }
  }

  /** How a process reacts to a new row: the new row's policy decides. */
  onChange(key: K, previous: V, next: V): ChangeReaction {
    try {
      const { onChange } = this.#settings.policyOf(next, key);
      return typeof onChange === 'function' ? reaction('onChange', onChange(previous, next, key)) : onChange;
    } catch (error) {
      this.#failed('onChange', key, 'The process keeps its row.', error);
      return 'ignore';
    }
  }

  /** ms until the next try: at least 1. */
  delay(key: K, policy: Policy<K, V>, attempt: number, error: unknown): number {
    try {
      const delay: unknown = policy.delay(attempt, error, key);
      if (typeof delay === 'number' && !Number.isNaN(delay)) return Math.max(1, delay);
      throw new InvalidOptionError('restart.delay', 'a function that returns ms', delay);
    } catch (thrown) {
      this.#failed('restart.delay', key, 'The default backoff is used.', thrown);
      return this.#fallback(attempt, error, key);
    }
  }

  #failed(callback: string, key: K, consequence: string, cause: unknown): void {
    this.#report(key, new CallbackError(callback, key, consequence, cause));
  }
}
