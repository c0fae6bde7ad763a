import type { Unsubscribable } from 'rxjs';
import type { Mailbox } from './mailbox.ts';
import type { Scheduler } from './scheduler.ts';
import { after } from './scheduler.ts';

/** The clock, and whose turn it is. */
export interface TurnContext {
  readonly mailbox: Mailbox;
  readonly settings: { readonly scheduler: Scheduler };
}

/**
 * Calls `work` after `delay` ms, in the mailbox's turn. Unsubscribing cancels it, also while it waits for that turn.
 * `Infinity` arms no timer.
 */
export function afterInTurn(
  { mailbox, settings }: TurnContext,
  delay: number,
  work: () => void,
): Unsubscribable | undefined {
  let cancelled = false;
  const timer = after(settings.scheduler, delay, () =>
    mailbox.post(() => {
      if (!cancelled) work();
    }),
  );
  return (
    timer && {
      unsubscribe: () => {
        cancelled = true;
        timer.unsubscribe();
      },
    }
  );
}
