import { jest } from '@jest/globals';
import type { Unsubscribable } from 'rxjs';
import { concat, merge, NEVER, Observable, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import { Alarms } from '../lib/alarms.ts';
import { ReadTimeoutError } from '../lib/errors.ts';
import type { Batches } from '../lib/index.ts';
import { Mailbox } from '../lib/mailbox.ts';
import { eachRow, read } from '../lib/read.ts';

const boom = new Error('boom');
const bang = new Error('bang');

/** A read of a source of batches, and all that was said of it. */
function reading(batches: Batches<number>, { readTimeout = 1_000, row = (_: number): void => {} } = {}) {
  const log: unknown[] = [];
  const scheduler = new VirtualTimeScheduler();
  const mailbox = new Mailbox(scheduler);
  const context = {
    mailbox,
    alarms: new Alarms(mailbox, scheduler),
    settings: { readTimeout },
    tableFailed: (operation: string, error: unknown) => log.push('table-failed', operation, error),
  };
  const begin = () =>
    read<number>(context, 'entries', () => batches, {
      rows: eachRow(context, (each) => {
        log.push(each);
        row(each);
      }),
      end: (failure) => log.push('end', ...(failure === undefined ? [] : [failure.error])),
    });
  return { log, mailbox, scheduler, begin };
}

/** Lasts, and has a teardown that throws. */
const untidy = new Observable<number[]>(() => () => {
  throw bang;
});

describe('a read that answers at once', () => {
  const atOnce: [string, Batches<number>][] = [
    ['an array', [1, 2]],
    ['an Observable', of([1], [2])],
  ];

  it.each(atOnce)('is handled before it returns, and arms no timer: %s', (_, batches) => {
    const { begin, log, scheduler } = reading(batches);
    const schedule = jest.spyOn(scheduler, 'schedule');
    expect(begin()).toBeUndefined();
    expect(log).toEqual([1, 2, 'end']);
    expect(schedule).not.toHaveBeenCalled();
  });

  it.each(atOnce)('is handled within the turn in which it was asked for: %s', (_, batches) => {
    const { begin, log, mailbox } = reading(batches);
    mailbox.post(() => {
      mailbox.post(() => log.push('next turn'));
      begin();
    });
    expect(log).toEqual([1, 2, 'end', 'next turn']);
  });

  it('has failed with what its source errors with', () => {
    const { begin, log } = reading(
      concat(
        of([1]),
        throwError(() => boom),
      ),
    );
    begin();
    expect(log).toEqual([1, 'end', boom]);
  });

  it('has failed with what a batch throws, after the rows before it', () => {
    const { begin, log } = reading(
      (function* () {
        yield 1;
        throw boom;
      })(),
    );
    begin();
    expect(log).toEqual([1, 'end', boom]);
  });

  it('has failed, once, with what its reader throws', () => {
    const { begin, log } = reading(of([1, 2], [3]), {
      row: () => {
        throw boom;
      },
    });
    begin();
    expect(log).toEqual([1, 'end', boom]);
  });

  it('closes its source when a batch fails', () => {
    const source = new Subject<number[]>();
    const { begin, log } = reading(merge(source, of(null as unknown as number[])));
    begin();
    expect(log).toMatchObject(['end', { code: 'INVALID_ROW' }]);
    expect(source.observed).toBe(false);
  });
});

describe('a read that answers later', () => {
  it('gives each row as it comes, and then its end, of which its timer is no longer armed', () => {
    const source = new Subject<number[]>();
    const { begin, log, scheduler } = reading(source);
    begin();
    source.next([1]);
    expect(log).toEqual([1]);
    source.next([2]);
    source.complete();
    expect(log).toEqual([1, 2, 'end']);
    expect(scheduler.actions).toEqual([]);
  });

  it('waits for its turn', () => {
    const source = new Subject<number[]>();
    const { begin, log, mailbox } = reading(source);
    begin();
    mailbox.post(() => {
      source.next([1]);
      source.complete();
      log.push('this turn');
    });
    expect(log).toEqual(['this turn', 1, 'end']);
  });

  it('has failed after readTimeout, and is unsubscribed', () => {
    const source = new Subject<number[]>();
    const { begin, log, scheduler } = reading(source, { readTimeout: 250 });
    begin();
    source.next([1]);
    scheduler.flush();
    expect(scheduler.now()).toBe(250);
    expect(log).toEqual([1, 'end', new ReadTimeoutError('entries', 250)]);
    expect(source.observed).toBe(false);
  });

  it('takes as long as it does where readTimeout is Infinity', () => {
    const { begin, scheduler } = reading(NEVER, { readTimeout: Infinity });
    begin();
    expect(scheduler.actions).toEqual([]);
  });
});

describe('a read that is cancelled', () => {
  it('is unsubscribed, and says nothing of rows, end or time', () => {
    const source = new Subject<number[]>();
    const { begin, log, scheduler } = reading(source);
    begin()?.unsubscribe();
    expect(source.observed).toBe(false);
    expect(scheduler.actions).toEqual([]);
    expect(log).toEqual([]);
  });

  it('says nothing of what waits for its turn', () => {
    const source = new Subject<number[]>();
    const { begin, log, mailbox } = reading(source);
    const subscription: Unsubscribable | undefined = begin();
    mailbox.post(() => {
      source.next([1]);
      source.complete();
      subscription?.unsubscribe();
    });
    expect(log).toEqual([]);
  });

  it('leaves its batch at the row at which it was cancelled', () => {
    const source = new Subject<number[]>();
    const { begin, log } = reading(source, { row: () => subscription?.unsubscribe() });
    const subscription: Unsubscribable | undefined = begin();
    source.next([1, 2, 3]);
    expect(log).toEqual([1]);
  });

  it('reports what its teardown throws', () => {
    const { begin, log } = reading(untidy);
    expect(() => begin()?.unsubscribe()).not.toThrow();
    expect(log).toEqual(['table-failed', 'entries', bang]);
  });
});

describe('a read whose teardown throws', () => {
  it('has timed out all the same', () => {
    const { begin, log, scheduler } = reading(untidy);
    begin();
    scheduler.flush();
    expect(log).toEqual(['table-failed', 'entries', bang, 'end', new ReadTimeoutError('entries', 1_000)]);
  });

  it('has failed all the same, where it fails at once', () => {
    const { begin, log } = reading(concat(of([1]), untidy), {
      row: () => {
        throw boom;
      },
    });
    begin();
    expect(log).toEqual([1, 'end', boom, 'table-failed', 'entries', bang]);
  });
});
