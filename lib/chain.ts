import { group } from './group.ts';
import type { OutputOf, Process, Runnable } from './runnable.ts';

/**
 * Processes of which each runs inside the one before it: `a` is ready, then `b` starts; `b` has ended, then `a` is asked
 * to stop.
 *
 * Ready when the last one is. Emits what all of them emit. Completes when all have ended after it was asked to stop.
 *
 * - If `b` fails, or ends by itself, `a` is asked to stop, closes, and then the chain errors with b's error, or completes.
 * - If `a` ends by itself, everything inside it is forced, the innermost first, each waited for; then those around it are
 *   asked, one after the other.
 * - The error is the earliest one that happened; an error of `running` is passed on after everything has closed.
 * - Forced, the innermost is forced first, and each around it once that one has ended. One that starts is never asked:
 *   it is forced.
 * - Unsubscribing ends all in the same frame, the innermost first.
 *
 * ```
 * asked     ----------x
 * a opens   --a|
 * b opens      ---b|
 * b closes            --y|
 * a closes               -z|
 * chain     --a---bR----y-z|     R: ready
 * ```
 * ```ts
 * const process = chain(connection, subscription, worker);
 * ```
 * Without processes it is `nop`.
 */
export function chain<P extends readonly Process[]>(...processes: P): Runnable<OutputOf<P[number]>> {
  return group(processes, { inOrder: true, nested: true });
}
