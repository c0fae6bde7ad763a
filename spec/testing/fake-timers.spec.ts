import { jest } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import type { LifecycleEvent } from 'rxjs-supervisor';
import { fromAsync, MemoryTable, Supervisor } from 'rxjs-supervisor';
import { lanes } from 'rxjs-supervisor/testing';

/** Waits, as a client that takes a signal does. */
const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });

describe('a supervised async function under fake timers', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  /** Runs it as the row `bot`. */
  const run = (bot: (context: Parameters<Parameters<typeof fromAsync>[0]>[0]) => Promise<void>, options = {}) => {
    const table = new MemoryTable([['bot', 1]]);
    const events: LifecycleEvent[] = [];
    const supervisor = new Supervisor(table, { process: () => fromAsync(bot), ...options });
    const subscription = supervisor.run().subscribe((event) => events.push(event));
    return { table, subscription, lane: () => lanes(events)['bot'] };
  };

  it('takes a day in no time', async () => {
    const { lane, subscription } = run(() => sleep(5_000).then(() => Promise.reject(new Error('lost'))), {
      restart: { delay: 86_400_000 },
    });
    await jest.advanceTimersByTimeAsync(86_405_000);
    expect(lane()).toBe('0 SR  5s XB  86405s SR');
    subscription.unsubscribe();
  });

  it('is ready when it says so, and stops gracefully', async () => {
    const { lane, table, subscription } = run(async ({ signal, ready }) => {
      await sleep(2_000);
      ready();
      await sleep(3_600_000, signal).catch(() => undefined);
      await sleep(1_000);
    });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(lane()).toBe('0 S  2s R');
    table.delete('bot');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(lane()).toBe('0 S  2s R  5s G  6s E.');
    subscription.unsubscribe();
  });

  it('is seen to be stuck', async () => {
    const { lane, table, subscription } = run(() => new Promise(() => {}), { stopTimeout: 10_000, killTimeout: 5_000 });
    await jest.advanceTimersByTimeAsync(1_000);
    table.delete('bot');
    await jest.advanceTimersByTimeAsync(15_000);
    expect(lane()).toBe('0 SR  1s G  16s K');
    subscription.unsubscribe();
  });

  it('leaves no timer when the run is over', async () => {
    const { subscription } = run(({ signal }) => sleep(5_000, signal));
    await jest.advanceTimersByTimeAsync(1_000);
    subscription.unsubscribe();
    await jest.advanceTimersByTimeAsync(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has the clock of the default scheduler', () => {
    jest.setSystemTime(1_000);
    expect(asyncScheduler.now()).toBe(1_000);
  });
});
