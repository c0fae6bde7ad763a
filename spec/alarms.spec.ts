import { jest } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { Alarms } from '../lib/alarms.ts';
import { Mailbox } from '../lib/mailbox.ts';
import type { Scheduler } from '../lib/scheduler.ts';

function alarmsIn(scheduler = new VirtualTimeScheduler()) {
  const mailbox = new Mailbox(scheduler);
  const log: unknown[] = [];
  const alarms = new Alarms(mailbox, scheduler);
  const set = (delay: number, name: string) => alarms.set(delay, { timeIsUp: () => log.push([name, scheduler.now()]) });
  return { alarms, log, mailbox, scheduler, set };
}

describe('Alarms', () => {
  it('don’t share a timer that was set when the clock said something else', () => {
    let time = 0;
    const timers: [delay: number | undefined, work: () => void][] = [];
    const scheduler: Scheduler = {
      now: () => time,
      schedule: (work, delay) => {
        timers.push([delay, work]);
        return { unsubscribe: () => {} };
      },
    };
    const alarms = new Alarms(new Mailbox(scheduler), scheduler);
    alarms.set(60_000, { timeIsUp: () => {} });
    time = 55_000; // it has jumped: no timer is any nearer
    alarms.set(5_000, { timeIsUp: () => {} });
    expect(timers.map(([delay]) => delay)).toEqual([60_000, 5_000]);
  });

  it('have one timer for all that is due at the same ms, and ring in the order in which they were set', () => {
    const { log, scheduler, set } = alarmsIn();
    const schedule = jest.spyOn(scheduler, 'schedule');
    set(20, 'a');
    set(10, 'b');
    set(20, 'c');
    expect(schedule).toHaveBeenCalledTimes(2);
    scheduler.flush();
    expect(log).toEqual([
      ['b', 10],
      ['a', 20],
      ['c', 20],
    ]);
  });

  it('can each be cancelled, and the last one cancels the timer', () => {
    const { log, scheduler, set } = alarmsIn();
    const a = set(10, 'a');
    const b = set(10, 'b');
    a?.unsubscribe();
    a?.unsubscribe();
    scheduler.maxFrames = 5;
    scheduler.flush();
    b?.unsubscribe();
    set(5, 'c');
    scheduler.maxFrames = Infinity;
    expect(scheduler.actions.length).toBe(1);
    scheduler.flush();
    expect(log).toEqual([['c', scheduler.now()]]);
  });

  it('ring for the others when one of those that share their timer is cancelled', () => {
    const { log, scheduler, set } = alarmsIn();
    const a = set(10, 'a');
    set(10, 'b');
    a?.unsubscribe();
    a?.unsubscribe();
    scheduler.flush();
    expect(log).toEqual([['b', 10]]);
  });

  it('are cancelled also while they wait for their turn', () => {
    const { alarms, log, scheduler, set } = alarmsIn();
    alarms.set(10, { timeIsUp: () => later?.unsubscribe() });
    const later = set(10, 'later');
    set(10, 'last');
    scheduler.flush();
    expect(log).toEqual([['last', 10]]);
  });

  it('that are set while they ring, for that very ms, ring after those', () => {
    const { alarms, log, scheduler, set } = alarmsIn();
    alarms.set(10, { timeIsUp: () => set(0, 'new') });
    set(10, 'old');
    scheduler.flush();
    expect(log).toEqual([
      ['old', 10],
      ['new', 10],
    ]);
  });

  it('ring all, also when one throws', () => {
    const { alarms, log, scheduler, set } = alarmsIn();
    const timeIsUp = (): never => {
      throw new Error('boom');
    };
    set(10, 'a');
    alarms.set(10, { timeIsUp });
    set(10, 'b');
    alarms.set(10, { timeIsUp });
    set(10, 'c');
    expect(() => scheduler.flush()).toThrow('boom');
    expect(log).toEqual([
      ['a', 10],
      ['b', 10],
      ['c', 10],
    ]);
  });

  it('never ring when they are due never', () => {
    const { scheduler, set } = alarmsIn();
    expect(set(Infinity, 'a')).toBeUndefined();
    expect(scheduler.actions).toEqual([]);
  });
});
