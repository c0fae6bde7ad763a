import { group } from './group.ts';
import type { OutputOf, Process, Runnable } from './runnable.ts';

/**
 * Processes that are started one after the other and stopped in reverse order, but don't depend on each other.
 *
 * Ready when the last one is. Emits what all of them emit. Completes when all have ended after it was asked to stop.
 *
 * - One that fails to start, or ends early (also without an error), asks all the others to stop, in reverse order, each
 *   after the one before it has ended. One that still starts is forced.
 * - Errors: that of `running`; else the only one; else an AggregateError, in the order of the arguments.
 * - Forced, the last is forced first, and each before it once that one has ended.
 * - Unsubscribing ends all in the same frame, the last first.
 *
 * ```
 * asked       ----------x
 * a opens     --a|
 * b opens        ---b|
 * b closes              --y|
 * a closes                 -z|
 * sequential  --a---bR----y-z|     R: ready
 * ```
 * ```ts
 * const process = sequential(database, cache, server);
 * ```
 * Without processes it is `nop`.
 */
export function sequential<P extends readonly Process[]>(...processes: P): Runnable<OutputOf<P[number]>> {
  return group(processes, { inOrder: true, nested: false });
}
