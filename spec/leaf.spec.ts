import {
  concat,
  finalize,
  fromEvent,
  ignoreElements,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
} from 'rxjs';
import { leaf } from '../lib/leaf.ts';
import type { ProcessContext, Runnable } from '../lib/runnable.ts';
import { deferred, turn } from './support/deferred.ts';
import { byHand, failsInTeardown, within } from './support/processes.ts';
import { lifeOf, marbles, ProcessRun, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');
const bust = new Error('bust');

describe('leaf', () => {
  it(
    'is ready once run is subscribed, and unsubscribes it when it is asked',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('                            -a-b-c-d');
      expectObservable(
        lifeOf(
          leaf(() => work),
          { ask: cold('----x') },
        ),
      ).toBe('Ra-b|');
      expectSubscriptions(work.subscriptions).toBe('  ^---!');
    }),
  );

  it(
    'ends run when gracefulStop has ended',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('             -a--b--c--d--e');
      const stopping = cold('              ---z|');
      const ask = cold('              -----x');
      const process = leaf(
        () => work,
        () => stopping,
      );
      expectObservable(lifeOf(process, { ask })).toBe('Ra--b--cz|');
      expectSubscriptions(work.subscriptions).toBe('           ^--------!');
      expectSubscriptions(stopping.subscriptions).toBe('       -----^---!');
    }),
  );

  it(
    'waits for what run does once its force aborts',
    marbles(({ cold, expectObservable }) => {
      const work = ({ force }: ProcessContext) => concat(aborted(force).pipe(ignoreElements()), cold('--c|'));
      expectObservable(lifeOf(leaf(work), { ask: cold('---x') })).toBe('R----c|');
    }),
  );

  it('neither asks nor forces run while gracefulStop runs', () => {
    const stopping = new Subject<never>();
    const run = runProcess(
      leaf(
        ({ stop$, force }) => merge(stop$.pipe(map(() => 'stop')), aborted(force).pipe(map(() => 'force'))),
        () => stopping,
      ),
    ).ask();
    expect(run.log).toEqual(['ready']);
    stopping.complete();
    expect(run.log).toEqual(['ready', 'stop', 'force', 'ended']);
  });

  it('ends when run ends by itself, and calls no gracefulStop', () => {
    const work = new Subject();
    let calls = 0;
    const run = runProcess(
      leaf(
        () => work,
        () => {
          calls++;
          return of();
        },
      ),
    );
    work.next(1);
    work.complete();
    expect(run.log).toEqual(['ready', 1, 'ended']);
    expect(run.live.failed).toBe(false);
    expect(calls).toBe(0);
  });

  it('waits for gracefulStop when run ends meanwhile', () => {
    const work = new Subject();
    const stopping = new Subject();
    const run = runProcess(
      leaf(
        () => work,
        () => stopping,
      ),
    ).ask();
    work.complete();
    expect(run.ended).toBe(false);
    stopping.complete();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('fails to start when run errors while it is subscribed, or throws', () => {
    const throws = () => {
      throw boom;
    };
    expect(runProcess(leaf(() => throwError(() => boom))).log).toEqual(['ended']);
    expect(runProcess(leaf(throws)).log).toEqual(['ended']);
    expect(runProcess(leaf(throws)).failure).toBe(boom);
  });

  it('was ready when run completes while it is subscribed', () => {
    expect(runProcess(leaf(() => of(1))).log).toEqual([1, 'ready', 'ended']);
  });

  describe('errors', () => {
    const failing = (work: Subject<never>, stopping: Subject<never>) =>
      leaf(
        () => work,
        () => stopping,
      );

    it('with the error of run', () => {
      const [work, stopping] = [new Subject<never>(), new Subject<never>()];
      const alone = runProcess(failing(work, stopping));
      work.error(boom);
      expect(alone.failure).toBe(boom);
      const [later, stopped] = [new Subject<never>(), new Subject<never>()];
      const stopsWell = runProcess(failing(later, stopped)).ask();
      later.error(boom);
      stopped.complete();
      expect(stopsWell.failure).toBe(boom);
    });

    it('with the error of gracefulStop rather than that of run', () => {
      const [work, stopping] = [new Subject<never>(), new Subject<never>()];
      const run = runProcess(failing(work, stopping)).ask();
      work.error(boom);
      expect(run.ended).toBe(false);
      stopping.error(bang);
      expect(run.failure).toBe(bang);
    });

    it('with the error of running rather than any other', () => {
      const [work, stopping, running] = [new Subject<never>(), new Subject<never>(), new Subject<never>()];
      const run = runProcess(within(failing(work, stopping), running));
      running.error(bust);
      work.error(boom);
      stopping.error(bang);
      expect(run.failure).toBe(bust);
    });

    it('with what the teardown of run throws', () => {
      expect(runProcess(leaf(() => failsInTeardown(boom))).ask().failure).toBe(boom);
    });

    it('still ends run when gracefulStop throws', () => {
      const work = new Subject();
      const run = runProcess(
        leaf(
          () => work,
          () => {
            throw boom;
          },
        ),
      ).ask();
      expect(work.observed).toBe(false);
      expect(run.failure).toBe(boom);
    });
  });

  describe('an error of run after it was forced', () => {
    const rejects = (error: (reason: unknown) => unknown) =>
      leaf(
        ({ force }) =>
          new Observable((subscriber) => {
            force.addEventListener('abort', () => subscriber.error(error(force.reason)));
          }),
      );

    it('is a clean end when it is the reason of force, or has it among its causes', () => {
      const causes = (reason: unknown) => new Error('outer', { cause: new Error('inner', { cause: reason }) });
      for (const run of [runProcess(rejects((reason) => reason)).ask(), runProcess(rejects(causes)).ask()]) {
        expect(run.ended).toBe(true);
        expect(run.live.failed).toBe(false);
      }
    });

    it('is the error of the leaf when it is another', () => {
      expect(runProcess(rejects(() => boom)).ask().failure).toBe(boom);
      const lookalike = rejects(() => new DOMException('This operation was aborted', 'AbortError'));
      expect(runProcess(lookalike).ask().failure).toBeInstanceOf(DOMException);
    });

    it('does not hide the error of gracefulStop', () => {
      const process = leaf(
        async ({ force }) => {
          await new Promise((resolve) => force.addEventListener('abort', resolve));
          force.throwIfAborted();
        },
        () => throwError(() => bang),
      );
      return expect(
        runProcess(process)
          .ask()
          .end()
          .then(({ failure }) => failure),
      ).resolves.toBe(bang);
    });

    it('is thrown by no unsubscription when it is the reason', () => {
      const subscription = byHand(rejects((reason) => reason)).subscribe();
      expect(() => subscription.unsubscribe()).not.toThrow();
      const failing = byHand(rejects(() => boom)).subscribe();
      expect(() => failing.unsubscribe()).toThrow();
    });
  });

  it('forces both when it is forced while gracefulStop runs', () => {
    const log: string[] = [];
    const run = runProcess(
      leaf(
        ({ force }) => aborted(force).pipe(finalize(() => log.push('run gone'))),
        () => NEVER.pipe(finalize(() => log.push('gracefulStop gone'))),
      ),
    ).ask();
    expect(run.ended).toBe(false);
    expect(run.kill().ended).toBe(true);
    expect(log).toEqual(['gracefulStop gone', 'run gone']);
  });

  it('waits for Promises, also when it is forced', async () => {
    const work = deferred();
    const stopping = deferred();
    const run = runProcess(
      leaf(
        () => work.promise,
        () => stopping.promise,
      ),
    ).kill();
    stopping.resolve();
    await turn();
    expect(run.ended).toBe(false);
    work.resolve();
    await run.end();
    expect(run.live.failed).toBe(false);
  });

  it('asks an async generator by return() when it is stopped', async () => {
    const log: string[] = [];
    async function* work() {
      try {
        for (;;) {
          yield 1;
          await turn();
        }
      } finally {
        log.push('closed');
      }
    }
    const run = await runProcess(leaf(() => work()))
      .ask()
      .end();
    expect(log).toEqual(['closed']);
    expect(run.live.failed).toBe(false);
  });

  it('calls nothing when it was forced before', () => {
    let calls = 0;
    const run = new ProcessRun({
      run: (running: Observable<never>, context: ProcessContext) => {
        expect(context.force.aborted).toBe(false);
        run.kill();
        return leaf(() => {
          calls++;
          return NEVER;
        }).run(running, context);
      },
    });
    expect(run.connect().ended).toBe(true);
    expect(run.live.failed).toBe(false);
    expect(calls).toBe(0);
  });

  it('infers what it emits from both', () => {
    const process: Runnable<number | string> = leaf(
      () => of(1),
      () => of('a'),
    );
    const one: Runnable<number> = leaf(() => of(1));
    // @ts-expect-error -- it emits strings as well
    const wrong: Runnable<number> = leaf(
      () => of(1),
      () => of('a'),
    );
    expect([process, one, wrong]).toHaveLength(3);
  });
});

/** Emits, and completes, when the signal aborts. */
function aborted(signal: AbortSignal): Observable<unknown> {
  return fromEvent(signal, 'abort').pipe(take(1));
}
