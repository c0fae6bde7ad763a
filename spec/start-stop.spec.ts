import type { Observable } from 'rxjs';
import { concat, NEVER, of, Subject, throwError } from 'rxjs';
import { InvalidProcessError } from '../lib/errors.ts';
import type { ProcessContext, Runnable } from '../lib/runnable.ts';
import { startStop } from '../lib/start-stop.ts';
import { deferred, turn } from './support/deferred.ts';
import { byHand, failsInTeardown, within } from './support/processes.ts';
import { lifeOf, marbles, ProcessRun, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

/** Completes when force aborts. */
const untilForced = ({ force }: ProcessContext): Observable<never> => {
  const forced$ = new Subject<never>();
  force.addEventListener('abort', () => forced$.complete());
  return forced$;
};

describe('startStop', () => {
  it(
    'is ready when start has ended, and ends when stop has',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const start = cold('--o--|');
      const stop = cold('          -c-|');
      const ask = cold('  ---------x');
      const process = startStop(
        () => start,
        () => stop,
      );
      expectObservable(lifeOf(process, { ask })).toBe('--o--R----c-|');
      expectSubscriptions(start.subscriptions).toBe('  ^----!');
      expectSubscriptions(stop.subscriptions).toBe('   ---------^--!');
    }),
  );

  it('runs in one frame when both are synchronous', () => {
    const run = runProcess(
      startStop(
        () => of('open'),
        () => of('close'),
      ),
    );
    expect(run.log).toEqual(['open', 'ready']);
    expect(run.ask().log).toEqual(['open', 'ready', 'close', 'ended']);
  });

  it('takes Promises', async () => {
    const opening = deferred<string>();
    const closing = deferred<string>();
    const run = runProcess(
      startStop(
        () => opening.promise,
        () => closing.promise,
      ),
    );
    expect(run.ready).toBe(false);
    opening.resolve('open');
    await turn();
    expect(run.ask().log).toEqual(['open', 'ready']);
    closing.resolve('close');
    await run.end();
    expect(run.log).toEqual(['open', 'ready', 'close', 'ended']);
  });

  it(
    'errors with the error of start, and calls no stop',
    marbles(({ cold, expectObservable, flush }) => {
      const stop = counted();
      expectObservable(lifeOf(startStop(() => cold('--o-#'), stop))).toBe('--o-#');
      flush();
      expect(stop.calls).toBe(0);
    }),
  );

  it('errors when start or stop throws, or gives nothing', () => {
    const throws = () => {
      throw boom;
    };
    const nothing = () => undefined as unknown as Observable<never>;
    expect(runProcess(startStop(throws, () => of())).failure).toBe(boom);
    expect(runProcess(startStop(() => of(), throws)).ask().failure).toBe(boom);
    expect(runProcess(startStop(nothing, () => of())).failure).toBeInstanceOf(InvalidProcessError);
  });

  it('errors with the error of running, else with that of stop', () => {
    const fails = startStop(
      () => of(),
      () => throwError(() => bang),
    );
    expect(runProcess(fails).ask().failure).toBe(bang);
    const running = new Subject<never>();
    const run = runProcess(within(fails, running));
    running.error(boom);
    expect(run.failure).toBe(boom);
  });

  it('calls stop and waits for it before it errors with the error of running', () => {
    const stopping = new Subject<never>();
    const running = new Subject<never>();
    const process = startStop(
      () => of(),
      () => stopping,
    );
    const run = runProcess(within(process, running));
    running.error(boom);
    expect(stopping.observed).toBe(true);
    expect(run.ended).toBe(false);
    stopping.complete();
    expect(run.failure).toBe(boom);
  });

  it(
    'cuts a start that is forced, and calls no stop',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const start = cold('----|');
      const stop = cold('c|');
      const process = startStop(
        () => start,
        () => stop,
      );
      expectObservable(lifeOf(process, { kill: cold('--x') })).toBe('--|');
      expectSubscriptions(start.subscriptions).toBe('^-!');
      expectSubscriptions(stop.subscriptions).toBe([]);
    }),
  );

  it('errors with what the teardown of a cut start throws', () => {
    const stop = counted();
    expect(runProcess(startStop(() => failsInTeardown(boom), stop)).kill().failure).toBe(boom);
    expect(stop.calls).toBe(0);
  });

  it('calls stop, and forces it, when a start that was forced completed all the same', async () => {
    const opening = deferred<string>();
    const closing = deferred();
    let forced: boolean | undefined;
    const run = runProcess(
      startStop(
        () => opening.promise,
        ({ force }) => {
          force.addEventListener('abort', () => (forced = true));
          return closing.promise;
        },
      ),
    ).kill();
    await turn();
    expect(run.ended).toBe(false);
    opening.resolve('open');
    await turn();
    expect(forced).toBe(true);
    expect(run.log).toEqual(['open']);
    closing.reject(boom);
    expect((await run.end()).failure).toBe(boom);
    expect(run.ready).toBe(false);
  });

  it('calls stop when a start that has read force completes by it', () => {
    const run = runProcess(startStop(untilForced, () => of('close'))).kill();
    expect(run.log).toEqual(['close', 'ended']);
  });

  it('calls no stop when a start that was forced rejects', async () => {
    const opening = deferred();
    const stop = counted();
    const run = runProcess(startStop(() => opening.promise, stop)).kill();
    opening.reject(boom);
    expect((await run.end()).failure).toBe(boom);
    expect(stop.calls).toBe(0);
  });

  it('aborts a stop that has read force, and cuts another', () => {
    const patient = runProcess(startStop(() => of(), untilForced)).ask();
    expect(patient.ended).toBe(false);
    expect(patient.kill().log).toEqual(['ready', 'ended']);
    const closing = new Subject();
    const run = runProcess(
      startStop(
        () => of(),
        () => closing,
      ),
    ).ask();
    expect(closing.observed).toBe(true);
    expect(run.kill().ended).toBe(true);
    expect(closing.observed).toBe(false);
  });

  it('calls stop, which is cut, when it is forced while it runs and was never asked', () => {
    const log: string[] = [];
    const stop$ = concat(of('close'), NEVER);
    const force = new AbortController();
    const process = startStop(
      () => of('open'),
      () => stop$,
    );
    forceByHand(process, force.signal).subscribe({ next: (v) => log.push(v as string), complete: () => log.push('|') });
    expect(log).toEqual(['open']);
    force.abort();
    expect(log).toEqual(['open', 'close', '|']);
  });

  it('calls nothing when it was forced before', () => {
    const [start, stop] = [counted(), counted()];
    const force = new AbortController();
    force.abort();
    const log: string[] = [];
    forceByHand(startStop(start, stop), force.signal).subscribe({ complete: () => log.push('|') });
    expect(log).toEqual(['|']);
    expect([start.calls, stop.calls]).toEqual([0, 0]);
  });

  it('closes what it opened when it is unsubscribed', async () => {
    const opening = deferred();
    const stop = counted();
    byHand(startStop(() => of(), stop))
      .subscribe()
      .unsubscribe();
    expect(stop.calls).toBe(1);
    byHand(startStop(() => NEVER, stop))
      .subscribe()
      .unsubscribe();
    expect(stop.calls).toBe(1);
    byHand(startStop(() => opening.promise, stop))
      .subscribe()
      .unsubscribe();
    opening.resolve();
    await turn();
    expect(stop.calls).toBe(2);
  });

  it('gives each phase a context with its own force, and the key and the row of the process', () => {
    const contexts: ProcessContext[] = [];
    const phase = (context: ProcessContext) => {
      contexts.push(context);
      return of();
    };
    const run = new ProcessRun('row').connect(() => startStop(phase, phase)).ask();
    expect(run.ended).toBe(true);
    expect(contexts.map(({ key, incarnation }) => [key, incarnation])).toEqual([
      ['key', 1],
      ['key', 1],
    ]);
    expect(contexts[0]?.force).not.toBe(contexts[1]?.force);
  });

  it('infers what it emits from both', () => {
    const process: Runnable<number | string> = startStop(
      () => of(1),
      async () => 'a',
    );
    // @ts-expect-error -- it emits strings as well
    const wrong: Runnable<number> = startStop(
      () => of(1),
      async () => 'a',
    );
    expect([process, wrong]).toHaveLength(2);
  });
});

function forceByHand(process: Runnable, force: AbortSignal): Observable<unknown> {
  return process.run(NEVER, { key: 'key', incarnation: 1, stop$: NEVER, rows$: NEVER, force }) as Observable<unknown>;
}

/** A stop that counts how often it is called. */
function counted() {
  const stop = () => {
    stop.calls++;
    return of();
  };
  stop.calls = 0;
  return stop;
}
