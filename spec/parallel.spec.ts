import { concat, NEVER, of, Subject, throwError } from 'rxjs';
import { parallel } from '../lib/parallel.ts';
import type { Runnable } from '../lib/runnable.ts';
import { deferred, turn } from './support/deferred.ts';
import { Probe, probes } from './support/probe.ts';
import { byHand, failsInTeardown, notReady, within } from './support/processes.ts';
import { lifeOf, marbles, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

describe('parallel', () => {
  it(
    'starts all together, is ready when all are, and stops them together',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const openA = cold('  --a|');
      const openB = cold('  ----b|');
      const ask = cold('    --------x');
      const closeA = cold('         ---z|');
      const closeB = cold('         -y|');
      const a: Runnable = { run: (running) => concat(openA, running, closeA) };
      const b: Runnable = { run: (running) => concat(openB, running, closeB) };
      expectObservable(lifeOf(parallel(a, b), { ask })).toBe('--a-bR---y-z|');
      expectSubscriptions(openA.subscriptions).toBe('         ^--!');
      expectSubscriptions(openB.subscriptions).toBe('         ^----!');
      expectSubscriptions(closeA.subscriptions).toBe('        --------^---!');
      expectSubscriptions(closeB.subscriptions).toBe('        --------^-!');
    }),
  );

  it(
    'asks those that are ready and ends those that still start, when one fails to start',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold('--------c|');
      const a: Runnable = { run: (running) => concat(running, cold('--z|')) };
      expectObservable(lifeOf(parallel(a, notReady(cold('---#')), notReady(slow)))).toBe('-----z#');
      expectSubscriptions(slow.subscriptions).toBe('^--!');
    }),
  );

  it('does not start the rest after one that fails while it is subscribed', () => {
    const { a, b, log } = probes(['a', 'b']);
    const fails$ = throwError(() => boom);
    const run = runProcess(parallel(a, fails$, b));
    expect(log).toEqual(['a starts', 'a asked']);
    a.end();
    expect(log).toEqual(['a starts', 'a asked', 'a gone']);
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('does not start the rest after one whose run throws', () => {
    const { b } = probes(['b']);
    const throws: Runnable = {
      run: () => {
        throw boom;
      },
    };
    expect(runProcess(parallel(throws, b)).failure).toBe(boom);
    expect(b.log).toEqual([]);
  });

  it('asks all others to stop when one ends early, also without an error', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c'], { patient: true });
    const run = runProcess(parallel(a, b, c));
    logged();
    b.end();
    expect(logged()).toEqual(['b gone', 'c asked', 'a asked']);
    a.end();
    expect(run.ended).toBe(false);
    c.end();
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.live.failed).toBe(false);
  });

  it('ends early when a member completes while it is subscribed', () => {
    const { a, log } = probes(['a']);
    const run = runProcess(parallel(a, of(1)));
    expect(log).toEqual(['a starts', 'a asked']);
    a.end();
    expect(run.log).toEqual([1, 'ready', 'ended']);
  });

  it('errors with the only error', () => {
    const { a, b } = probes(['a', 'b'], { patient: true });
    const run = runProcess(parallel(a, b));
    b.end();
    a.fail(boom);
    expect(run.failure).toBe(boom);
  });

  it('errors with an AggregateError in the order of the arguments when several fail', () => {
    const { a, b, c } = probes(['a', 'b', 'c'], { patient: true });
    const run = runProcess(parallel(a, b, c));
    c.fail(bang);
    b.end();
    a.fail(boom);
    expect(run.failure).toBeInstanceOf(AggregateError);
    expect(run.failure).toMatchObject({ errors: [boom, bang], message: '2 processes failed: boom; bang' });
  });

  it('errors with the error of running, whatever the members fail with', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const running = new Subject<never>();
    const run = runProcess(within(parallel(a, b), running));
    logged();
    running.error(boom);
    expect(logged()).toEqual(['b asked', 'a asked']);
    a.fail(bang);
    b.fail(bang);
    expect(run.failure).toBe(boom);
  });

  it('forces all at once, and waits for each', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const run = runProcess(parallel(a, b)).ask();
    logged();
    run.kill();
    expect(logged()).toEqual(['b forced', 'a forced']);
    b.end();
    expect(run.ended).toBe(false);
    a.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('forces each member by itself', () => {
    const { a, log, logged } = probes(['a'], { patient: true });
    const b = new Probe('b', log);
    const run = runProcess(parallel(a, { run: (running, context) => concat(b.run(running, context), NEVER) }));
    logged();
    run.kill();
    expect(logged()).toEqual(['b asked', 'a asked', 'b gone', 'a forced']);
    expect(run.ended).toBe(false);
    a.end();
    expect(run.ended).toBe(true);
  });

  it('carries stop and force into what is nested', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const run = runProcess(parallel(parallel(a), parallel(b)));
    logged();
    run.ask();
    expect(logged()).toEqual(['b asked', 'a asked']);
    run.kill();
    expect(logged()).toEqual(['b forced', 'a forced']);
    a.end();
    b.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('waits for a Promise that it has forced', async () => {
    const { promise, reject } = deferred();
    const run = runProcess(parallel(promise, NEVER)).kill();
    await turn();
    expect(run.ended).toBe(false);
    reject(boom);
    expect((await run.end()).failure).toBe(boom);
  });

  it('ends all in the frame in which it is unsubscribed, the last first', () => {
    const { a, b, logged } = probes(['a', 'b']);
    const subscription = byHand(parallel(a, b)).subscribe();
    logged();
    subscription.unsubscribe();
    expect(logged()).toEqual(['b asked', 'b gone', 'a asked', 'a gone']);
  });

  it('errors with what teardowns throw', () => {
    const run = runProcess(parallel(failsInTeardown(boom), failsInTeardown(bang))).ask();
    expect(run.failure).toMatchObject({ errors: [boom, bang] });
  });

  it('is as nop when it is empty', () => {
    expect(runProcess(parallel()).ask().log).toEqual(['ready', 'ended']);
  });

  it('infers what it emits from its members', () => {
    const process: Runnable<number | string> = parallel(of(1), Promise.resolve('a'));
    // @ts-expect-error -- it emits strings as well
    const wrong: Runnable<number> = parallel(of(1), Promise.resolve('a'));
    expect([process, wrong]).toHaveLength(2);
  });
});
