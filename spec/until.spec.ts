import { until } from '../lib/until.ts';
import { turn } from './support/deferred.ts';
import { marbles } from './support/run-process.ts';

describe('until', () => {
  it(
    'completes when the notifier first emits, and unsubscribes from it',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const notifier = hot('             ---x--x');
      expectObservable(until(notifier)).toBe('---|');
      expectSubscriptions(notifier.subscriptions).toBe('^--!');
    }),
  );

  it(
    'never completes when the notifier completes without having emitted',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const notifier = cold('            ---|');
      expectObservable(until(notifier)).toBe('------');
      expectSubscriptions(notifier.subscriptions).toBe('^--!');
    }),
  );

  it(
    'errors with the error of the notifier',
    marbles(({ cold, expectObservable }) => {
      expectObservable(until(cold('---#'))).toBe('---#');
    }),
  );

  it(
    'unsubscribes from the notifier when it is unsubscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const notifier = cold('------x');
      expectObservable(until(notifier), '^--!').toBe('----');
      expectSubscriptions(notifier.subscriptions).toBe('^--!');
    }),
  );

  it('takes a Promise', async () => {
    const log: string[] = [];
    until(Promise.resolve()).subscribe({ complete: () => log.push('|') });
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['|']);
  });
});
