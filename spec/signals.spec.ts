import type { Observable } from 'rxjs';
import { AsyncIteration } from '../lib/async-iteration.ts';
import type { Told } from '../lib/signals.ts';
import { Signals } from '../lib/signals.ts';

const untold: Told = { asked: false, forced: false, ended: false };
const asked: Told = { ...untold, asked: true };
const forced: Told = { ...asked, forced: true };
const ended: Told = { ...untold, ended: true };

const record = (source$: Observable<unknown>) => {
  const log: unknown[] = [];
  source$.subscribe({ next: (value) => log.push(value ?? 'next'), complete: () => log.push('|') });
  return log;
};

describe('whenAsked', () => {
  const waiting = (signals: Signals, told = untold) => {
    const log: string[] = [];
    return { log, takeBack: signals.whenAsked(() => log.push('told'), told) };
  };

  it('does it once, when the process is asked', () => {
    const signals = new Signals();
    const { log } = waiting(signals);
    expect(log).toEqual([]);
    signals.ask();
    expect(log).toEqual(['told']);
    signals.ask();
    signals.end();
    expect(log).toEqual(['told']);
  });

  it('does it when the process ends by itself', () => {
    const signals = new Signals();
    const { log } = waiting(signals);
    signals.end();
    expect(log).toEqual(['told']);
  });

  it('does nothing that was taken back, and all the rest', () => {
    const signals = new Signals();
    const [first, second] = [waiting(signals), waiting(signals)];
    first.takeBack();
    signals.ask();
    expect([first.log, second.log]).toEqual([[], ['told']]);
  });

  it('does it at once for who comes late', () => {
    const signals = new Signals();
    waiting(signals);
    signals.ask();
    expect(waiting(signals, asked).log).toEqual(['told']);
  });

  it.each<[string, Told]>([
    ['asked', asked],
    ['ended', ended],
  ])('does it at once for a process that was %s before anything waited', (_, told) => {
    expect(waiting(new Signals(), told).log).toEqual(['told']);
  });
});

describe('rows', () => {
  it('is the row as it is, then each that is delivered, until the process is asked', () => {
    const signals = new Signals();
    const log = record(signals.rows(1, untold));
    signals.deliver(2);
    signals.deliver(3);
    signals.ask();
    signals.deliver(4);
    expect(log).toEqual([1, 2, 3, '|']);
  });

  it('begins with the newest row for who comes late', () => {
    const signals = new Signals();
    signals.rows(1, untold);
    signals.deliver(2);
    expect(record(signals.rows(2, untold))).toEqual([2]);
  });

  it('completes when the process ends by itself', () => {
    const signals = new Signals();
    const log = record(signals.rows(1, untold));
    signals.end();
    expect(log).toEqual([1, '|']);
  });

  it.each<[string, Told]>([
    ['asked', asked],
    ['ended', ended],
  ])('only completes for a process that is %s', (_, told) => {
    expect(record(new Signals().rows(1, told))).toEqual(['|']);
  });

  it('are listened to while somebody is subscribed', () => {
    const signals = new Signals();
    expect(signals.listensToRows).toBe(false);
    const rows$ = signals.rows(1, untold);
    expect(signals.listensToRows).toBe(false);
    const subscription = rows$.subscribe();
    expect(signals.listensToRows).toBe(true);
    subscription.unsubscribe();
    expect(signals.listensToRows).toBe(false);
  });
});

describe('force', () => {
  it('is one signal, which aborts when the process is forced', () => {
    const signals = new Signals();
    const signal = signals.force(untold);
    expect(signals.force(untold)).toBe(signal);
    expect(signal.aborted).toBe(false);
    signals.abort();
    expect(signal.aborted).toBe(true);
  });

  it('has aborted for a process that reads it only once it is forced', () => {
    expect(new Signals().force(forced).aborted).toBe(true);
  });

  it('has not aborted for a process that was only asked', () => {
    const signals = new Signals();
    const signal = signals.force(untold);
    signals.ask();
    expect(signal.aborted).toBe(false);
    expect(new Signals().force(asked).aborted).toBe(false);
  });

  it('is heeded by a process that has read it', () => {
    const signals = new Signals();
    signals.whenAsked(() => {}, untold);
    signals.rows(1, untold);
    signals.abort();
    expect(signals.heedsForce).toBe(false);
    signals.force(forced);
    expect(signals.heedsForce).toBe(true);
  });
});

describe('end', () => {
  const observer = { next: () => {}, error: () => {}, complete: () => {} };

  it('keeps what the process failed with, and lets go of its iteration', () => {
    const signals = new Signals();
    signals.failure = 'boom';
    signals.iteration = new AsyncIteration((async function* () {})(), { ...observer, asked: false, closed: false });
    signals.end();
    expect(signals.failure).toBe('boom');
    expect(signals.iteration).toBeUndefined();
  });
});
