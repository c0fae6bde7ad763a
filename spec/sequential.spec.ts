import { concat, finalize, NEVER, of, Subject, throwError } from 'rxjs';
import type { Runnable } from '../lib/runnable.ts';
import { sequential } from '../lib/sequential.ts';
import { deferred, turn } from './support/deferred.ts';
import { probes } from './support/probe.ts';
import { byHand, failsInTeardown, notReady, within } from './support/processes.ts';
import { lifeOf, marbles, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

describe('sequential', () => {
  it(
    'starts one after the other and stops them in reverse order',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const openA = cold('  --a|');
      const openB = cold('     ---b|');
      const ask = cold('    ----------x');
      const closeB = cold('           --y|');
      const closeA = cold('              -z|');
      const a: Runnable = { run: (running) => concat(openA, running, closeA) };
      const b: Runnable = { run: (running) => concat(openB, running, closeB) };
      expectObservable(lifeOf(sequential(a, b), { ask })).toBe('--a---bR----y-z|');
      expectSubscriptions(openB.subscriptions).toBe('           ---^---!');
      expectSubscriptions(closeB.subscriptions).toBe('          ----------^--!');
      expectSubscriptions(closeA.subscriptions).toBe('          -------------^-!');
    }),
  );

  it(
    'asks those that are ready, the last first, when one fails to start',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const never = cold('a|');
      const closeB = cold('          --y|');
      const closeA = cold('             -z|');
      const a: Runnable = { run: (running) => concat(running, closeA) };
      const b: Runnable = { run: (running) => concat(running, closeB) };
      const fails = notReady(cold('  ---#'));
      expectObservable(lifeOf(sequential(a, b, fails, never))).toBe('-----y-z#');
      expectSubscriptions(closeB.subscriptions).toBe('---^--!');
      expectSubscriptions(closeA.subscriptions).toBe('------^-!');
      expectSubscriptions(never.subscriptions).toBe([]);
    }),
  );

  it('asks all others, in reverse order, when one ends early, and forces none', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c'], { patient: true });
    const run = runProcess(sequential(a, b, c));
    logged();
    b.end();
    expect(logged()).toEqual(['b gone', 'c asked']);
    c.end();
    expect(logged()).toEqual(['c gone', 'a asked']);
    a.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('forces one that still starts when another ends early', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true, slow: true });
    const run = runProcess(sequential(a, b));
    a.ready();
    logged();
    a.fail(boom);
    expect(logged()).toEqual(['a gone', 'b asked', 'b forced']);
    b.end();
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('does not start the rest when one fails or completes while it is subscribed', () => {
    const { b } = probes(['b']);
    const fails$ = throwError(() => boom);
    expect(runProcess(sequential(fails$, b)).failure).toBe(boom);
    expect(runProcess(sequential(of(1), b)).log).toEqual([1, 'ready', 'ended']);
    expect(b.log).toEqual([]);
  });

  it('errors with the only error, else with an AggregateError in the order of the arguments', () => {
    const { a, b } = probes(['a', 'b'], { patient: true });
    const one = runProcess(sequential(a, b));
    b.end();
    a.fail(boom);
    expect(one.failure).toBe(boom);
    const two = runProcess(sequential(a, b));
    b.fail(bang);
    a.fail(boom);
    expect(two.failure).toBeInstanceOf(AggregateError);
    expect(two.failure).toMatchObject({ errors: [boom, bang] });
  });

  it('errors with the error of running, whatever the members fail with', () => {
    const { a, b } = probes(['a', 'b'], { patient: true });
    const running = new Subject<never>();
    const run = runProcess(within(sequential(a, b), running));
    running.error(boom);
    b.fail(bang);
    a.fail(bang);
    expect(run.failure).toBe(boom);
  });

  it('forces the last first, and each before it once that one has ended', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const run = runProcess(sequential(a, b));
    logged();
    run.kill();
    expect(logged()).toEqual(['b asked', 'b forced']);
    b.end();
    expect(logged()).toEqual(['b gone', 'a asked', 'a forced']);
    a.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('waits for a Promise that it has forced before it goes on to the one before', async () => {
    const { a, logged } = probes(['a']);
    const { promise, resolve } = deferred();
    const run = runProcess(sequential(a, promise)).kill();
    await turn();
    expect(logged()).toEqual(['a starts']);
    resolve();
    await run.end();
    expect(logged()).toEqual(['a asked', 'a gone']);
  });

  it('goes on closing after a teardown that throws, and errors with it', () => {
    const { a, logged } = probes(['a']);
    const run = runProcess(sequential(a, failsInTeardown(boom))).ask();
    expect(logged()).toEqual(['a starts', 'a asked']);
    a.end();
    expect(run.failure).toBe(boom);
  });

  it('ends all in the frame in which it is unsubscribed, the last first', () => {
    const { a, b, logged } = probes(['a', 'b']);
    const subscription = byHand(sequential(a, b)).subscribe();
    logged();
    subscription.unsubscribe();
    expect(logged()).toEqual(['b asked', 'b gone', 'a asked', 'a gone']);
  });

  it('starts and stops thousands in one frame', () => {
    const log: number[] = [];
    const members = Array.from({ length: 10_000 }, (_, i) => NEVER.pipe(finalize(() => log.push(i))));
    expect(runProcess(sequential(...members)).ask().log).toEqual(['ready', 'ended']);
    expect(log).toEqual(members.map((_, i) => i).reverse());
  });

  it('is as nop when it is empty', () => {
    expect(runProcess(sequential()).ask().log).toEqual(['ready', 'ended']);
  });

  it('infers what it emits from its members', () => {
    const process: Runnable<number | string> = sequential(of(1), Promise.resolve('a'));
    // @ts-expect-error -- it emits strings as well
    const wrong: Runnable<number> = sequential(of(1), Promise.resolve('a'));
    expect([process, wrong]).toHaveLength(2);
  });
});
