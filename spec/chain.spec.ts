import type { Observable } from 'rxjs';
import { concat, finalize, NEVER, of, range, Subject, take, throwError, UnsubscriptionError } from 'rxjs';
import { chain } from '../lib/chain.ts';
import { isRunnable } from '../lib/runnable.ts';
import type { ProcessContext, Runnable } from '../lib/runnable.ts';
import { deferred, turn } from './support/deferred.ts';
import { byHand, failsInTeardown, notReady, within } from './support/processes.ts';
import { probes } from './support/probe.ts';
import { lifeOf, marbles, ProcessRun, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

describe('chain', () => {
  it(
    'starts each inside the one before it, and stops them from the inside',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const openA = cold('  --a|');
      const openB = cold('     ---b|');
      const ask = cold('    ----------x');
      const closeB = cold('           --y|');
      const closeA = cold('              -z|');
      const a: Runnable = { run: (running) => concat(openA, running, closeA) };
      const b: Runnable = { run: (running) => concat(openB, running, closeB) };
      expectObservable(lifeOf(chain(a, b), { ask })).toBe('--a---bR----y-z|');
      expectSubscriptions(openA.subscriptions).toBe('      ^--!');
      expectSubscriptions(openB.subscriptions).toBe('      ---^---!');
      expectSubscriptions(closeB.subscriptions).toBe('     ----------^--!');
      expectSubscriptions(closeA.subscriptions).toBe('     -------------^-!');
    }),
  );

  it(
    'takes plain Observables, which end at once when they are asked',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('       -a-a-a-a');
      const b = cold('       --b---b-');
      const ask = cold('     ------x');
      expectObservable(lifeOf(chain(a, b), { ask })).toBe('Raba-a(b|)');
      expectSubscriptions(a.subscriptions).toBe('          ^-----!');
      expectSubscriptions(b.subscriptions).toBe('          ^-----!');
    }),
  );

  it(
    'closes a and then errors with the error of b, when b fails to start',
    marbles(({ cold, expectObservable }) => {
      const a: Runnable = { run: (running) => concat(running, cold('--z|')) };
      expectObservable(lifeOf(chain(a, notReady(cold('---#'))))).toBe('-----z#');
    }),
  );

  it(
    'closes a and then errors with the error of b, when b fails while it runs',
    marbles(({ cold, expectObservable }) => {
      const a: Runnable = { run: (running) => concat(running, cold('--z|')) };
      expectObservable(lifeOf(chain(a, cold('---#')))).toBe('R----z#');
    }),
  );

  it(
    'closes a and then completes, when b ends by itself',
    marbles(({ cold, expectObservable }) => {
      const a: Runnable = { run: (running) => concat(running, cold('--z|')) };
      expectObservable(lifeOf(chain(a, cold('---|')))).toBe('R----z|');
    }),
  );

  it('forces what is inside a when a ends by itself, then asks what is around', () => {
    const { x, a, b, c, logged } = probes(['x', 'a', 'b', 'c'], { patient: true });
    const run = runProcess(chain(x, a, b, c));
    expect(logged()).toEqual(['x starts', 'a starts', 'b starts', 'c starts']);
    a.end();
    expect(logged()).toEqual(['a gone', 'c asked', 'c forced']);
    c.end();
    expect(logged()).toEqual(['c gone', 'b asked', 'b forced']);
    b.end();
    expect(logged()).toEqual(['b gone', 'x asked']);
    x.end();
    expect(logged()).toEqual(['x gone']);
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('forces what is inside a when a ends while b is closing', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const run = runProcess(chain(a, b)).ask();
    logged();
    a.fail(boom);
    expect(logged()).toEqual(['a gone', 'b forced']);
    b.end();
    expect(run.failure).toBe(boom);
  });

  it('forces one that still starts when the one around it ends', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true, slow: true });
    const run = runProcess(chain(a, b));
    a.ready();
    expect(logged()).toEqual(['a starts', 'b starts']);
    a.end();
    expect(logged()).toEqual(['a gone', 'b asked', 'b forced']);
    b.fail(boom);
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('errors with the earliest error', () => {
    const { a, b } = probes(['a', 'b'], { patient: true });
    const outer = runProcess(chain(a, b));
    a.fail(boom);
    b.fail(bang);
    expect(outer.failure).toBe(boom);
    const inner = runProcess(chain(a, b));
    b.fail(bang);
    a.fail(boom);
    expect(inner.failure).toBe(bang);
  });

  it('passes an error of running on after it has closed, whatever the members fail with', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const running = new Subject<never>();
    const run = runProcess(within(chain(a, b), running));
    logged();
    running.error(boom);
    expect(logged()).toEqual(['b asked']);
    b.fail(bang);
    expect(logged()).toEqual(['b gone', 'a asked']);
    a.end();
    expect(run.failure).toBe(boom);
  });

  it('forces the innermost first, and each around it once that one has ended', () => {
    const { a, b, logged } = probes(['a', 'b'], { patient: true });
    const run = runProcess(chain(a, b));
    logged();
    run.kill();
    expect(logged()).toEqual(['b asked', 'b forced']);
    b.end();
    expect(logged()).toEqual(['b gone', 'a asked', 'a forced']);
    expect(run.ended).toBe(false);
    a.end();
    expect(run.ended).toBe(true);
  });

  it('forces one that still starts, and then the ones around it', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c'], { slow: true });
    const run = runProcess(chain(a, b, c));
    a.ready();
    logged();
    run.kill();
    expect(logged()).toEqual(['b asked', 'b gone', 'a asked', 'a gone']);
    expect(run.log).toEqual(['ended']);
  });

  it('forces each member by itself: it aborts the one that has read force, and unsubscribes the other', () => {
    const { a, b, log, logged } = probes(['a', 'b'], { patient: true });
    const other: Runnable = { run: (running) => concat(running, NEVER).pipe(finalize(() => log.push('other gone'))) };
    const run = runProcess(chain(a, other, b)).ask();
    logged();
    run.kill();
    expect(logged()).toEqual(['b forced']);
    b.end();
    expect(logged()).toEqual(['b gone', 'other gone', 'a asked', 'a forced']);
  });

  it('carries stop and force through chains inside chains', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c'], { patient: true });
    const run = runProcess(chain(a, chain(b, chain(c))));
    logged();
    run.ask();
    expect(logged()).toEqual(['c asked']);
    c.end();
    expect(logged()).toEqual(['c gone', 'b asked']);
    run.kill();
    expect(logged()).toEqual(['b forced']);
    b.end();
    expect(logged()).toEqual(['b gone', 'a asked', 'a forced']);
    a.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('waits for a Promise inside, also when it is forced', async () => {
    const { a, logged } = probes(['a']);
    const { promise, resolve } = deferred<string>();
    const run = runProcess(chain(a, promise)).kill();
    await turn();
    expect(logged()).toEqual(['a starts']);
    resolve('done');
    await run.end();
    expect(logged()).toEqual(['a asked', 'a gone']);
    expect(run.log).toEqual(['ready', 'done', 'ended']);
  });

  it('waits for an async iterable inside until its finally block has run', async () => {
    const { a, logged } = probes(['a']);
    const pending = deferred();
    const closing = deferred();
    async function* source() {
      try {
        yield 1;
        await pending.promise;
      } finally {
        await closing.promise;
      }
    }
    const run = runProcess(chain(a, source()));
    await turn();
    run.ask();
    pending.resolve();
    await turn();
    expect(logged()).toEqual(['a starts']);
    closing.resolve();
    await turn();
    expect(logged()).toEqual(['a asked']);
  });

  it('ends all in the frame in which it is unsubscribed, the innermost first', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c']);
    const subscription = byHand(chain(a, b, c)).subscribe();
    logged();
    subscription.unsubscribe();
    expect(logged()).toEqual(['c asked', 'c gone', 'b asked', 'b gone', 'a asked', 'a gone']);
  });

  it('aborts all in the frame in which it is unsubscribed, though they take their time', () => {
    const { a, b, c, logged } = probes(['a', 'b', 'c'], { patient: true });
    const values: unknown[] = [];
    const subscription = byHand(chain(a, b, c)).subscribe((value) => values.push(value));
    logged();
    subscription.unsubscribe();
    expect(logged()).toEqual(['c asked', 'c forced', 'b asked', 'b forced', 'a asked', 'a forced']);
    c.emit('late');
    c.end();
    b.end();
    a.end();
    expect(logged()).toEqual(['c gone', 'b gone', 'a gone']);
    expect(values).toEqual([]);
  });

  it('throws what a teardown throws when it is unsubscribed', () => {
    const { a } = probes(['a']);
    const subscription = byHand(chain(a, failsInTeardown(boom))).subscribe();
    expect(() => subscription.unsubscribe()).toThrow(UnsubscriptionError);
    expect(a.log).toEqual(['a starts', 'a asked', 'a gone']);
  });

  it('closes a and errors with what the teardown of b throws', () => {
    const { a } = probes(['a'], { patient: true });
    const run = runProcess(chain(a, failsInTeardown(boom))).ask();
    expect(run.ended).toBe(false);
    a.end();
    expect(run.failure).toBe(boom);
  });

  it('does not start b when a ends or fails while it is subscribed', () => {
    const { b } = probes(['b']);
    const completes = runProcess(chain(of(1), b));
    expect(completes.log).toEqual([1, 'ready', 'ended']);
    const fails = runProcess(
      chain(
        throwError(() => boom),
        b,
      ),
    );
    expect(fails.log).toEqual(['ended']);
    expect(fails.failure).toBe(boom);
    expect(b.log).toEqual([]);
  });

  it('asks a when run of b throws', () => {
    const { a, logged } = probes(['a'], { patient: true });
    const run = runProcess(
      chain(a, {
        run: () => {
          throw boom;
        },
      }),
    );
    expect(logged()).toEqual(['a starts', 'a asked']);
    a.end();
    expect(run.failure).toBe(boom);
  });

  it('stops a member that emits endlessly while it is subscribed', () => {
    const values: unknown[] = [];
    byHand(chain(chain(range(0, Infinity))))
      .pipe(take(3))
      .subscribe((value) => values.push(value));
    expect(values).toEqual([0, 1, 2]);
    const run = new ProcessRun(chain(chain(range(0, Infinity))));
    run.listen((_, value) => {
      if (value === 3) run.kill();
    });
    expect(run.connect().emissions).toEqual([0, 1, 2, 3]);
    expect(run.ended).toBe(true);
  });

  it('starts nothing when it was forced before', () => {
    const { a } = probes(['a']);
    const run = new ProcessRun({
      run: (running: Observable<never>, context: ProcessContext) => {
        expect(context.force.aborted).toBe(false);
        run.kill();
        return chain(a).run(running, context);
      },
    });
    expect(run.connect().ended).toBe(true);
    expect(a.log).toEqual([]);
  });

  it('closes at once when it was asked before it was ready', () => {
    const { a, logged } = probes(['a'], { slow: true });
    const run = runProcess(chain(a)).ask();
    expect(logged()).toEqual(['a starts']);
    a.ready();
    expect(logged()).toEqual(['a asked']);
    a.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('gives its members its key and its incarnation, and the row until each is asked', () => {
    const { a, b } = probes(['a', 'b'], { patient: true });
    const run = new ProcessRun('v1').connect(() => chain(a, b));
    expect(a.context).toMatchObject({ key: 'key', incarnation: 1 });
    const rows: unknown[] = [];
    const record = (name: string, context: ProcessContext) =>
      context.rows$.subscribe({
        next: (row) => rows.push(`${name} ${String(row)}`),
        complete: () => rows.push(`${name} |`),
      });
    record('a', a.context!);
    record('b', b.context!);
    run.live.deliver('v2');
    expect(rows).toEqual(['a v1', 'b v1', 'a v2', 'b v2']);
    b.end();
    expect(rows.slice(4)).toEqual(['b |', 'a |']);
    expect(run.live.listensToRows).toBe(false);
  });

  it('is as nop when it is empty', () => {
    const run = runProcess(chain());
    expect(run.log).toEqual(['ready']);
    expect(run.ask().log).toEqual(['ready', 'ended']);
    expect(runProcess(chain()).kill().ended).toBe(true);
  });

  it('can be run again', () => {
    const { a, b, logged } = probes(['a', 'b']);
    const process = chain(a, b);
    runProcess(process).kill();
    const first = logged();
    runProcess(process).kill();
    expect(logged()).toEqual(first);
  });

  it('infers what it emits from its members', () => {
    const process: Runnable<number | string> = chain(of(1), { run: () => of('a') });
    // @ts-expect-error -- it emits strings as well
    const wrong: Runnable<number> = chain(of(1), { run: () => of('a') });
    // @ts-expect-error -- a string is not a process
    const text = () => chain('text');
    expect([process, wrong].every(isRunnable)).toBe(true);
    expect(text).toBeDefined();
  });
});
