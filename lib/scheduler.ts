import type { Unsubscribable } from 'rxjs';

/** The two methods of RxJS's `SchedulerLike` that are used: every clock reading (ms) and every wait (ms). */
export interface Scheduler {
  now(): number;
  schedule(work: () => void, delay?: number): Unsubscribable;
}

/** The longest wait that platforms' timers take, in ms; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `work` after `delay` ms. `Infinity` arms no timer; a wait too long for the platform's timer is split.
 * Unsubscribing cancels it.
 */
export function after(scheduler: Scheduler, delay: number, work: () => void): Unsubscribable | undefined {
  if (delay === Infinity) return undefined;
  if (delay <= LONGEST) return scheduler.schedule(work, delay);
  let part: Unsubscribable | undefined;
  const wait = (left: number): void => {
    const next = left > LONGEST ? (): void => wait(left - LONGEST) : work;
    part = scheduler.schedule(next, Math.min(left, LONGEST));
  };
  wait(delay);
  return { unsubscribe: () => part?.unsubscribe() };
}
