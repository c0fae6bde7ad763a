import { InvalidOptionError, showKey } from './errors.ts';
import type { Key } from './table.ts';

export interface BackoffOptions {
  /** ms after the first failure. */
  readonly initial?: number;
  /** How many times longer each further wait is: 1 or more. */
  readonly factor?: number;
  /** ms that the delay doesn't exceed, before jitter. */
  readonly max?: number;
  /** 0 for none, up to 1: the delay is multiplied by something between `1 - jitter` and `1 + jitter`. */
  readonly jitter?: number;
}

/**
 * How long to wait after the failure of the given attempt (1 for the first), in whole ms:
 * `initial * factor ** (attempt - 1)`, at most `max`, times the jitter.
 *
 * The jitter is a hash of key and attempt: a test that runs twice sees the same delays, and many keys that fail at once
 * still spread. Symbols are told apart by their descriptions. An option out of its range throws an
 * InvalidOptionError.
 *
 * @example
 * ```ts
 * supervise(table, { process, restart: { delay: backoff({ initial: 100, max: 5_000 }) } });
 * ```
 */
export function backoff({ initial = 1_000, factor = 2, max = 60_000, jitter = 0.5 }: BackoffOptions = {}): (
  attempt: number,
  error: unknown,
  key: Key,
) => number {
  check('initial', 'a number of ms, 0 or more', initial, 0, Number.MAX_SAFE_INTEGER);
  check('factor', 'a number, 1 or more', factor, 1, Number.MAX_VALUE);
  check('max', 'a number of ms, 0 or more', max, 0, Infinity);
  check('jitter', 'a number from 0 to 1', jitter, 0, 1);
  const cap = Math.min(max, Number.MAX_SAFE_INTEGER);
  return (attempt, _error, key) => {
    const growth = Math.min(factor ** (attempt - 1), Number.MAX_VALUE);
    const delay = Math.min(initial * growth, cap);
    return Math.round(delay * (1 + jitter * (2 * hash(`${showKey(key)} ${attempt}`) - 1)));
  };
}

function check(option: string, expected: string, found: unknown, least: number, most: number): void {
  if (typeof found !== 'number' || !(found >= least && found <= most)) {
    throw new InvalidOptionError(`backoff.${option}`, expected, found);
  }
}

/** 0 or more, less than 1. By the golden ratio, twice: texts that differ in one character only are far apart. */
function hash(text: string): number {
  let h = 0;
  const mix = (bits: number): number => (h = Math.imul(h ^ bits, 0x9e3779b1));
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  return (mix(h >>> 15) >>> 0) / 2 ** 32;
}
