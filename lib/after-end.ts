import { PermanentError, someCause } from './errors.ts';
import type { StartCause } from './events.ts';
import type { Policy } from './policy.ts';
import type { Key } from './table.ts';

/** How a process ended. `stopped`: it was asked to. */
export interface End {
  readonly how: 'completed' | 'failed' | 'stopped';
  readonly error: unknown;
}

/** What was asked for meanwhile. */
export interface Wishes {
  /** A stop, by a command. */
  readonly hold: boolean;
  /** A start: by a command, or by a row that changed or came back. */
  readonly again: StartCause | undefined;
  /** That start was asked for by a command, which waits for nothing. */
  readonly commanded: boolean;
}

export type Next = 'hold' | 'rest' | 'give-up' | 'start' | 'start-soon' | 'back-off';

/** From an end and its policy to what comes next, while the key has a row and processes may start. */
export function afterEnd(
  { how, error }: End,
  { hold, again, commanded }: Wishes,
  when: Policy<Key, never>['when'],
): Next {
  if (hold) return 'hold';
  if (how === 'stopped' || commanded) return 'start';
  if (again !== undefined) return 'start-soon';
  if (how === 'completed' && when !== 'always') return 'rest';
  return when === 'never' || someCause(error, isPermanent) ? 'give-up' : 'back-off';
}

/** Whether there were so many restarts that there can't be one `at` that time: ms. */
export function isSpent(limit: Policy<Key, never>['limit'], restarts: readonly number[], at: number): boolean {
  return limit !== undefined && recent(restarts, limit.within, at).length >= limit.max;
}

/** The restarts that still count for a limit. */
export function recent(restarts: readonly number[], within: number, now: number): number[] {
  return restarts.filter((at) => at > now - within);
}

/** By name too: the class of another copy of this library is as good. */
function isPermanent(error: unknown): boolean {
  return error instanceof PermanentError || (error as { name?: unknown } | null | undefined)?.name === 'PermanentError';
}
