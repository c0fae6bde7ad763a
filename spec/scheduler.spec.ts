import type { Unsubscribable } from 'rxjs';
import { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Scheduler } from '../lib/scheduler.ts';
import { after } from '../lib/scheduler.ts';

const DAYS = 86_400_000;
const LONGEST = 2 ** 31 - 1;

/** Emits when the wait is over. */
const waited = (scheduler: Scheduler, delay: number) =>
  new Observable<string>((subscriber) => after(scheduler, delay, () => subscriber.next('a')));

type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

const inTime = (work: (scheduler: TestScheduler, helpers: Helpers) => void) => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => work(scheduler, helpers));
};

/** Notes the delays, and lets the spec end the waits. */
class Waits implements Scheduler {
  readonly delays: (number | undefined)[] = [];
  cancelled = 0;
  #work: () => void = () => {};

  now() {
    return 0;
  }

  schedule(work: () => void, delay?: number): Unsubscribable {
    this.delays.push(delay);
    this.#work = work;
    return { unsubscribe: () => (this.cancelled += 1) };
  }

  end() {
    this.#work();
  }
}

describe('after', () => {
  it('calls once, when the time has come', () => {
    inTime((test, { expectObservable }) => {
      expectObservable(waited(test, 5), '        ^---------!').toBe('-----a');
      expectObservable(waited(test, 100 * DAYS)).toBe('      144000m a');
    });
  });

  it('calls nothing once it is cancelled', () => {
    inTime((test, { expectObservable }) => {
      expectObservable(waited(test, 5), '         ^---!').toBe('-');
      expectObservable(waited(test, 100 * DAYS), '^ 140000m !').toBe('-');
    });
  });

  it('arms no timer for Infinity', () => {
    const waits = new Waits();
    expect(after(waits, Infinity, () => {})).toBeUndefined();
    expect(waits.delays).toEqual([]);
  });

  it('hands the longest wait that a timer takes over as it is', () => {
    const waits = new Waits();
    after(waits, LONGEST, () => {});
    expect(waits.delays).toEqual([LONGEST]);
  });

  it('splits a longer wait', () => {
    const waits = new Waits();
    let calls = 0;
    after(waits, 2 * LONGEST + 7, () => calls++);
    waits.end();
    waits.end();
    expect(waits.delays).toEqual([LONGEST, LONGEST, 7]);
    expect(calls).toBe(0);
    waits.end();
    expect(calls).toBe(1);
    expect(waits.delays).toHaveLength(3);
  });

  it('cancels the part of a long wait that is under way', () => {
    const waits = new Waits();
    const wait = after(waits, 2 * LONGEST, () => {});
    waits.end();
    wait!.unsubscribe();
    expect(waits.delays).toEqual([LONGEST, LONGEST]);
    expect(waits.cancelled).toBe(1);
    waits.end();
    expect(waits.delays).toHaveLength(2);
  });
});
