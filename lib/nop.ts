import type { Runnable } from './runnable.ts';

/**
 * The process that does nothing: ready at once, up until it is asked to stop, and then it completes.
 *
 * Emits nothing, and an error of `running` is its error. To be there for a row that needs no process, and the neutral
 * member of every combinator.
 *
 * ```ts
 * const process = row.enabled ? worker(row) : nop;
 * ```
 */
export const nop: Runnable<never> = { run: (running) => running };
