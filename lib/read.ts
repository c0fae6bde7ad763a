import type { Observable, Unsubscribable } from 'rxjs';
import { Subscription } from 'rxjs';
import { ReadTimeoutError } from './errors.ts';
import type { Mailbox } from './mailbox.ts';
import { after } from './scheduler.ts';
import type { Settings } from './settings.ts';
import type { Key } from './table.ts';

/** What a read needs: whose turn it is, the clock, and how long it may take. */
export interface ReadContext {
  readonly mailbox: Mailbox;
  readonly settings: Pick<Settings<Key, never>, 'scheduler' | 'readTimeout'>;
}

/** Who reads: every row as it comes, and the end, with the failure if there was one. */
export interface RowReader<R> {
  row(row: R): void;
  end(failure?: { readonly error: unknown }): void;
}

/**
 * One read of a table, in the mailbox's turns: what is given at once is handled at once, within the turn in which the
 * read was asked for; the rest comes in turns of its own. A read that takes longer than `readTimeout` has failed.
 * Unsubscribing cancels it.
 */
export function read<R>(
  { mailbox, settings: { scheduler, readTimeout } }: ReadContext,
  operation: string,
  source: (eachBatch: (batch: Iterable<R>) => void) => Observable<never>,
  reader: RowReader<R>,
): Unsubscribable {
  const subscription = new Subscription();
  let atOnce = true;
  const inTurn = (task: () => void): void => {
    if (atOnce) task();
    else mailbox.post(task);
  };
  const end = (failure?: { readonly error: unknown }): void => {
    if (subscription.closed) return;
    subscription.unsubscribe();
    reader.end(failure);
  };
  const eachBatch = (batch: Iterable<R>): void => {
    try {
      for (const row of batch) {
        if (subscription.closed) break;
        reader.row(row);
      }
    } catch (error) {
      end({ error });
    }
  };
  subscription.add(
    source((batch) => inTurn(() => eachBatch(batch))).subscribe({
      error: (error: unknown) => inTurn(() => end({ error })),
      complete: () => inTurn(() => end()),
    }),
  );
  atOnce = false;
  if (!subscription.closed) {
    const timer = after(scheduler, readTimeout, () =>
      mailbox.post(() => end({ error: new ReadTimeoutError(operation, readTimeout) })),
    );
    subscription.add(timer);
  }
  return subscription;
}
