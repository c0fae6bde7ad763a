import { group } from './group.ts';
import type { OutputOf, Process, Runnable } from './runnable.ts';

/**
 * Processes that start together and stop together.
 *
 * Ready when all of them are. Emits what all of them emit. Completes when all have ended after it was asked to stop.
 *
 * - One that fails to start, or ends early (also without an error), asks all the others to stop; those that still start
 *   are forced. After one that fails while it is subscribed, the rest isn't started.
 * - Errors: that of `running`; else the only one; else an AggregateError, in the order of the arguments.
 * - Forced, all are forced at once, and each is waited for.
 * - Unsubscribing ends all in the same frame, the last first.
 *
 * ```
 * asked     --------x
 * a opens   --a|
 * b opens   ----b|
 * a closes          ---z|
 * b closes          -y|
 * parallel  --a-bR---y-z|     R: ready
 * ```
 * ```ts
 * const process = parallel(httpServer, metricsServer);
 * ```
 * Without processes it is `nop`.
 */
export function parallel<P extends readonly Process[]>(...processes: P): Runnable<OutputOf<P[number]>> {
  return group(processes, { inOrder: false, nested: false });
}
