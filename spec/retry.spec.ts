import { VirtualTimeScheduler } from 'rxjs';
import { Alarms } from '../lib/alarms.ts';
import { backoff } from '../lib/backoff.ts';
import { Mailbox } from '../lib/mailbox.ts';
import { Retry } from '../lib/retry.ts';

const boom = new Error('boom');
const delay = (attempt: number) => backoff()(attempt, boom, 'entries');

/** A Retry that notes when it does it again. */
function retrying(again = (_: Retry): void => {}) {
  const times: number[] = [];
  const scheduler = new VirtualTimeScheduler();
  const mailbox = new Mailbox(scheduler);
  const retry: Retry = new Retry(new Alarms(mailbox, scheduler), 'entries', () => {
    times.push(scheduler.now());
    again(retry);
  });
  return { retry, times, mailbox, scheduler };
}

describe('Retry', () => {
  it('does it again once, after the backoff of its name', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    expect(times).toEqual([]);
    scheduler.flush();
    expect(times).toEqual([delay(1)]);
  });

  it('does it later and later while it fails', () => {
    const { retry, times, scheduler } = retrying((retry) => {
      if (times.length < 3) retry.schedule();
    });
    retry.schedule();
    scheduler.flush();
    expect(times).toEqual([delay(1), delay(1) + delay(2), delay(1) + delay(2) + delay(3)]);
  });

  it('begins with the first delay once it was reset', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    scheduler.flush();
    retry.reset();
    retry.schedule();
    scheduler.flush();
    expect(times).toEqual([delay(1), 2 * delay(1)]);
  });

  it('waits once for all failures that come while it waits, and counts them as one', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    retry.schedule();
    retry.schedule();
    scheduler.flush();
    retry.schedule();
    scheduler.flush();
    expect(times).toEqual([delay(1), delay(1) + delay(2)]);
  });

  it('goes on waiting when it is reset', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    retry.reset();
    scheduler.flush();
    expect(times).toEqual([delay(1)]);
  });

  it('does nothing once it is cancelled, and leaves no timer', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    retry.cancel();
    expect(scheduler.actions).toEqual([]);
    scheduler.flush();
    expect(times).toEqual([]);
  });

  it('counts on after it was cancelled', () => {
    const { retry, times, scheduler } = retrying();
    retry.schedule();
    retry.cancel();
    retry.schedule();
    scheduler.flush();
    expect(times).toEqual([delay(2)]);
  });

  it('waits for its turn', () => {
    const { retry, times, mailbox, scheduler } = retrying();
    retry.schedule();
    mailbox.post(() => {
      scheduler.flush();
      expect(times).toEqual([]);
    });
    expect(times).toEqual([delay(1)]);
  });
});
