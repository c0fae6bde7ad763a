import { concat, of, Subject, throwError } from 'rxjs';
import { NamedError } from '../lib/errors.ts';
import { MemoryTable, supervise, Supervisor } from '../lib/index.ts';
import { named } from '../lib/named.ts';
import type { Runnable } from '../lib/runnable.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { deferred, turn } from './support/deferred.ts';
import { probes } from './support/probe.ts';
import { byHand, failsInTeardown, within } from './support/processes.ts';
import { lifeOf, marbles, runProcess } from './support/run-process.ts';
import { at } from './support/supervised.ts';

const boom = new Error('boom');

describe('named', () => {
  it('puts the name in front of an error, which it keeps as the cause', () => {
    const { failure } = runProcess(
      named(
        'database',
        throwError(() => boom),
      ),
    );
    expect(failure).toBeInstanceOf(NamedError);
    expect(failure).toMatchObject({ message: 'database: boom', process: 'database', cause: boom, code: 'NAMED' });
  });

  it('nests', () => {
    const { failure } = runProcess(
      named(
        'outer',
        named(
          'inner',
          throwError(() => boom),
        ),
      ),
    );
    expect(failure).toMatchObject({ message: 'outer: inner: boom', cause: { cause: boom } });
  });

  it('wraps what run throws, what a teardown throws, and the error of running', () => {
    const throws: Runnable = {
      run: () => {
        throw boom;
      },
    };
    expect(runProcess(named('a', throws)).failure).toMatchObject({ cause: boom });
    expect(runProcess(named('a', failsInTeardown(boom))).ask().failure).toMatchObject({ cause: boom });
    const running = new Subject<never>();
    const run = runProcess(within(named('a', { run: (own) => own }), running));
    running.error(boom);
    expect(run.failure).toMatchObject({ cause: boom });
  });

  it(
    'leaves everything else as it is with the process',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const open = cold('         --o|');
      const close = cold('                 -c|');
      const ask = cold('          -------x');
      const process: Runnable = { run: (running) => concat(open, running, close) };
      expectObservable(lifeOf(named('a', process), { ask })).toBe('--oR----c|');
      expectSubscriptions(close.subscriptions).toBe('-------^-!');
    }),
  );

  it('waits for a process that has read force, and unsubscribes another', () => {
    const patient = probes(['a'], { patient: true });
    const run = runProcess(named('a', patient.a)).kill();
    expect(patient.log).toEqual(['a starts', 'a asked', 'a forced']);
    expect(run.ended).toBe(false);
    patient.a.end();
    expect(run.log).toEqual(['ready', 'ended']);
    const { a, log } = probes(['a']);
    expect(runProcess(named('a', a)).kill().ended).toBe(true);
    expect(log).toEqual(['a starts', 'a asked', 'a gone']);
  });

  it('ends a plain Observable by unsubscribing, and waits for a Promise', async () => {
    const source$ = new Subject();
    expect(runProcess(named('a', source$)).ask().ended).toBe(true);
    expect(source$.observed).toBe(false);
    const { promise, reject } = deferred();
    const run = runProcess(named('a', promise)).kill();
    await turn();
    expect(run.ended).toBe(false);
    reject(boom);
    expect((await run.end()).failure).toMatchObject({ cause: boom });
  });

  it('ends the process in the frame in which it is unsubscribed', () => {
    const { a, logged } = probes(['a']);
    const subscription = byHand(named('a', a)).subscribe();
    logged();
    subscription.unsubscribe();
    expect(logged()).toEqual(['a asked', 'a gone']);
  });

  it('infers what it emits from the process', () => {
    const process: Runnable<number> = named('a', of(1));
    // @ts-expect-error -- it emits numbers
    const wrong: Runnable<string> = named('a', of(1));
    expect([process, wrong]).toHaveLength(2);
  });
});

describe('named of a Supervisor', () => {
  it(
    'has all the time that the Supervisor itself would have to stop',
    marbles(({ cold }) => {
      const slow: Runnable<never> = { run: (running) => concat(running, cold<never>('20s |')) };
      const child = new Supervisor(new MemoryTable([['b', 1]]), { process: () => slow, stopTimeout: Infinity });
      const table = new MemoryTable([['a', 1]]);
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, { process: () => named('child', child) })).toBe({ a: '0 SR  1s G  21s E.' });
    }),
  );
});
