import { PermanentError, someCause } from './errors.ts';
import type { StartCause } from './events.ts';
import type { Policy } from './policy.ts';
import type { Key } from './table.ts';

/** All that decides what comes after the end of a process. */
export interface End {
  /** `stopped`: it was asked to. */
  readonly how: 'completed' | 'failed' | 'stopped';
  readonly error: unknown;
  /** A stop was asked for by a command. */
  readonly hold: boolean;
  /** A start was asked for since: by a command, or by a row that changed or came back. */
  readonly again: StartCause | undefined;
  /** It was asked for by a command, which waits for nothing. */
  readonly commanded: boolean;
  readonly policy: Pick<Policy<Key, never>, 'when' | 'limit'>;
  /** ms until the next try, by the policy: asked only where there is to be one. */
  readonly delay: () => number;
  /** When earlier restarts were: ms. */
  readonly restarts: readonly number[];
  readonly now: number;
}

export type Next =
  | { readonly do: 'hold' | 'rest' | 'give-up' }
  | { readonly do: 'start' | 'start-soon'; readonly cause: StartCause }
  | { readonly do: 'back-off'; readonly delay: number };

/** From an end and its policy to what comes next, while the key has a row and processes may start. */
export function afterEnd(end: End): Next {
  if (end.hold) return { do: 'hold' };
  if (end.how === 'stopped' || end.commanded) return { do: 'start', cause: end.again ?? 'change' };
  if (end.again !== undefined) return { do: 'start-soon', cause: end.again };
  if (end.how === 'completed' && end.policy.when !== 'always') return { do: 'rest' };
  if (end.policy.when === 'never' || isPermanent(end.error)) return { do: 'give-up' };
  const { limit } = end.policy;
  const delay = end.delay();
  // Counted back from when the next one would be.
  const before = limit === undefined ? [] : recent(end.restarts, limit.within, end.now + delay);
  if (limit !== undefined && before.length >= limit.max) return { do: 'give-up' };
  return { do: 'back-off', delay };
}

/** The restarts that still count for a limit. */
export function recent(restarts: readonly number[], within: number, now: number): number[] {
  return restarts.filter((at) => at > now - within);
}

/** By name too: the class of another copy of this library is as good. */
function isPermanent(error: unknown): boolean {
  return someCause(
    error,
    (e) => e instanceof PermanentError || (e as { name?: unknown } | null | undefined)?.name === 'PermanentError',
  );
}
