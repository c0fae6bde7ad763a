import type { Observable, Unsubscribable } from 'rxjs';
import { isObservable, Subscription } from 'rxjs';
import type { Alarms } from './alarms.ts';
import { batchesOf } from './batches.ts';
import { ReadTimeoutError } from './errors.ts';
import type { Operation } from './events.ts';
import type { Mailbox } from './mailbox.ts';
import type { Settings } from './settings.ts';
import type { Batches, Key } from './table.ts';
import { endOf } from './teardown.ts';

/** What a read needs: whose turn it is, the timers, how long it may take, and who is told what can't be answered. */
export interface ReadContext {
  readonly mailbox: Mailbox;
  readonly alarms: Alarms;
  readonly settings: Pick<Settings<Key, never>, 'readTimeout'>;
  tableFailed(operation: Operation, error: unknown): void;
}

/** Who reads: every batch as it comes, and the end, with the failure if there was one. */
export interface BatchReader<R> {
  rows(batch: Iterable<R>): void;
  end(failure?: { readonly error: unknown }): void;
}

/** Reads rows one by one, each in a step of its own. */
export function eachRow<R>({ mailbox }: ReadContext, row: (row: R) => void): BatchReader<R>['rows'] {
  return (batch) => {
    for (const each of batch) {
      mailbox.step();
      row(each);
    }
  };
}

/**
 * One read of a table, in the mailbox's turns: what is given at once is handled at once, within the turn in which the
 * read was asked for; the rest comes in turns of its own. A read that takes longer than `readTimeout` has failed.
 *
 * Returns what cancels it, or nothing if it has ended already.
 */
export function read<R>(
  context: ReadContext,
  operation: Operation,
  source: () => Batches<R>,
  reader: BatchReader<R>,
): Unsubscribable | undefined {
  let failure: { readonly error: unknown } | undefined;
  try {
    const batches = batchesOf(operation, source());
    if (isObservable(batches)) return readBatches(context, operation, batches, reader);
    // A table in memory: neither a subscription nor a timer is made.
    reader.rows(batches);
  } catch (error) {
    failure = { error };
  }
  reader.end(failure);
  return undefined;
}

function readBatches<R>(
  context: ReadContext,
  operation: Operation,
  batches: Observable<Iterable<R>>,
  reader: BatchReader<R>,
): Unsubscribable | undefined {
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
      reader.rows(whileOpen(subscription, batch));
    } catch (error) {
      end({ error });
    }
  };
  const reading = batches.subscribe({
    next: (batch) => inTurn(() => eachBatch(batch)),
    error: (error: unknown) => inTurn(() => end({ error })),
    complete: () => inTurn(() => end()),
  });
  if (subscription.closed) cancel(reading);
  else subscription.add(reading);
  atOnce = false;
  if (subscription.closed) return undefined;
  const { readTimeout } = context.settings;
  const timeIsUp = (): void => end({ error: new ReadTimeoutError(operation, readTimeout) });
  subscription.add(context.alarms.set(readTimeout, { timeIsUp }));
  return { unsubscribe: () => cancel(subscription) };
}

/** The rest of a batch isn't read once nobody wants it. */
function* whileOpen<R>(reading: Subscription, batch: Iterable<R>): Iterable<R> {
  for (const row of batch) {
    if (reading.closed) return;
    yield row;
  }
}
