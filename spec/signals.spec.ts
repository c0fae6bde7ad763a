import type { Unsubscribable } from 'rxjs';
import { finalize, Observable } from 'rxjs';
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

describe('listen', () => {
  const stopOf = (signals: Signals, told = untold) =>
    new Observable<void>((subscriber) => signals.listen(subscriber, true, told));
  const runningOf = (signals: Signals, told = untold) =>
    new Observable<void>((subscriber) => signals.listen(subscriber, false, told));

  it('emits once and completes when the process is asked', () => {
    const signals = new Signals();
    const log = record(stopOf(signals));
    expect(log).toEqual([]);
    signals.ask();
    signals.ask();
    signals.end();
    expect(log).toEqual(['next', '|']);
  });

  it('only completes when the process is asked, for who listens to running', () => {
    const signals = new Signals();
    const log = record(runningOf(signals));
    signals.ask();
    expect(log).toEqual(['|']);
  });

  it('completes without a word when the process ends by itself', () => {
    const signals = new Signals();
    const logs = [record(stopOf(signals)), record(runningOf(signals))];
    signals.end();
    expect(logs).toEqual([['|'], ['|']]);
  });

  it('tells who comes late what it would have', () => {
    const signals = new Signals();
    stopOf(signals).subscribe();
    signals.ask();
    signals.end();
    expect(record(stopOf(signals, { ...asked, ended: true }))).toEqual(['next', '|']);
  });

  it.each<[string, Told, unknown[]]>([
    ['asked', asked, ['next', '|']],
    ['asked and has ended', { ...asked, ended: true }, ['next', '|']],
    ['never asked and has ended', ended, ['|']],
  ])('tells a process that was %s the same when it is asked for only then', (_, told, log) => {
    expect(record(stopOf(new Signals(), told))).toEqual(log);
  });

  it('lets go of who has unsubscribed, and tells all the rest', () => {
    const signals = new Signals();
    const logs = [0, 1, 2].map(() => {
      const log: string[] = [];
      let listener: Unsubscribable | undefined;
      new Observable<void>((subscriber) => {
        listener = signals.listen(subscriber, false, untold);
      }).subscribe({ complete: () => log.push('|') });
      return { log, listener };
    });
    logs[1]!.listener!.unsubscribe();
    signals.ask();
    expect(logs.map(({ log }) => log)).toEqual([['|'], [], ['|']]);
  });

  it('emits before anything completes, since that may end the process', () => {
    const signals = new Signals();
    const log: string[] = [];
    runningOf(signals).subscribe({ complete: () => log.push('running completes') });
    stopOf(signals).subscribe({ next: () => log.push('stop$ emits'), complete: () => log.push('stop$ completes') });
    signals.ask();
    expect(log).toEqual(['stop$ emits', 'running completes', 'stop$ completes']);
  });

  it.each<[string, (signals: Signals) => Observable<unknown>]>([
    ['stop$', (signals) => stopOf(signals)],
    ['running', (signals) => runningOf(signals)],
    ['the rows', (signals) => signals.rows(1, untold)],
  ])('tells all the others, too, when a teardown of who listens to %s throws', (_, of) => {
    const signals = new Signals();
    const untidy$ = of(signals).pipe(
      finalize(() => {
        throw new Error('boom');
      }),
    );
    untidy$.subscribe();
    const log = record(stopOf(signals));
    expect(() => signals.ask()).toThrow('boom');
    expect(log).toEqual(['next', '|']);
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
    new Observable<void>((subscriber) => signals.listen(subscriber, true, untold)).subscribe();
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
