import type { Observable, Unsubscribable } from 'rxjs';
import { Subscription } from 'rxjs';
import { ReadTimeoutError } from './errors.ts';
import type { Mailbox } from './mailbox.ts';
import type { Settings } from './settings.ts';
import type { Operation } from './events.ts';
import type { Key } from './table.ts';
import { endOf } from './teardown.ts';
import { afterInTurn } from './turn-timer.ts';

/** What a read needs: whose turn it is, the clock, how long it may take, and who is told what can't be answered. */
export interface ReadContext {
  readonly mailbox: Mailbox;
  readonly settings: Pick<Settings<Key, never>, 'scheduler' | 'readTimeout'>;
  tableFailed(operation: Operation, error: unknown): void;
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
  context: ReadContext,
  operation: Operation,
  source: (eachBatch: (batch: Iterable<R>) => void) => Observable<never>,
  reader: RowReader<R>,
): Unsubscribable {
  const { mailbox } = context;
  const subscription = new Subscription();
  let atOnce = true;
  const inTurn = (task: () => void): void => {
    if (atOnce) task();
    else mailbox.post(task);
  };
  const cancel = (ending: Unsubscribable): void => {
    const thrown = endOf(ending);
    if (thrown !== undefined) context.tableFailed(operation, thrown.error);
  };
  const end = (failure?: { readonly error: unknown }): void => {
    if (subscription.closed) return;
    cancel(subscription);
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
  const reading = source((batch) => inTurn(() => eachBatch(batch))).subscribe({
    error: (error: unknown) => inTurn(() => end({ error })),
    complete: () => inTurn(() => end()),
  });
  if (subscription.closed) cancel(reading);
  else subscription.add(reading);
  atOnce = false;
  if (!subscription.closed) {
    const { readTimeout } = context.settings;
    const timedOut = (): void => end({ error: new ReadTimeoutError(operation, readTimeout) });
    subscription.add(afterInTurn(context, readTimeout, timedOut));
  }
  return { unsubscribe: () => cancel(subscription) };
}
