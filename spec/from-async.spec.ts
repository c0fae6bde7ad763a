import type { Observable } from 'rxjs';
import { defer, Subject } from 'rxjs';
import type { AsyncContext } from '../lib/from-async.ts';
import { fromAsync } from '../lib/from-async.ts';
import { chain } from '../lib/chain.ts';
import type { Runnable } from '../lib/runnable.ts';
import { deferred, turn } from './support/deferred.ts';
import { byHand, within } from './support/processes.ts';
import { ProcessRun, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve));

describe('fromAsync', () => {
  it('is ready when called, if it does not read ready before its first await', async () => {
    const run = runProcess(fromAsync(({ signal }) => aborted(signal)));
    expect(run.log).toEqual(['ready']);
  });

  it('is ready when it calls ready, which it read at once', async () => {
    const opening = deferred();
    const run = runProcess(
      fromAsync(async ({ ready, signal }) => {
        await opening.promise;
        ready();
        ready();
        await aborted(signal);
      }),
    );
    await turn();
    expect(run.log).toEqual([]);
    opening.resolve();
    await turn();
    expect(run.log).toEqual(['ready']);
    await run.ask().end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('was ready when called if it reads ready only later, and calling it is harmless', async () => {
    const opening = deferred();
    const run = runProcess(
      fromAsync(async (context) => {
        await opening.promise;
        context.ready();
        await aborted(context.signal);
      }),
    );
    expect(run.log).toEqual(['ready']);
    opening.resolve();
    await turn();
    expect(run.log).toEqual(['ready']);
  });

  it('takes ready away from its context', () => {
    const run = runProcess(
      fromAsync((context) => {
        const { ready } = context;
        ready();
        return aborted(context.signal);
      }),
    );
    expect(run.log).toEqual(['ready']);
  });

  it('emits its value and ends', async () => {
    const run = await runProcess(fromAsync(async () => 1)).end();
    expect(run.log).toEqual(['ready', 1, 'ended']);
  });

  it('emits nothing when its value is undefined', async () => {
    expect((await runProcess(fromAsync(async () => {})).end()).emissions).toEqual([]);
    expect((await runProcess(fromAsync(async () => null)).end()).emissions).toEqual([null]);
  });

  it('errors with the error of the function', async () => {
    const run = await runProcess(
      fromAsync(async () => {
        throw boom;
      }),
    ).end();
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.failure).toBe(boom);
  });

  it('fails to start when it rejects before it calls ready, and when it throws', async () => {
    const rejects = await runProcess(
      fromAsync(async ({ ready }) => {
        await turn();
        if (boom.cause === undefined) throw boom;
        ready();
      }),
    ).end();
    expect(rejects.log).toEqual(['ended']);
    expect(rejects.failure).toBe(boom);
    const throws = runProcess(
      fromAsync(() => {
        throw boom;
      }),
    );
    expect(throws.log).toEqual(['ended']);
    expect(throws.failure).toBe(boom);
  });

  it('aborts its signal when it is asked, and waits until the function has settled', async () => {
    const closing = deferred<string>();
    let signal!: AbortSignal;
    const run = runProcess(
      fromAsync((context) => {
        ({ signal } = context);
        return closing.promise;
      }),
    );
    expect(signal.aborted).toBe(false);
    run.ask();
    expect(signal.aborted).toBe(true);
    await turn();
    run.kill();
    await turn();
    expect(run.ended).toBe(false);
    closing.resolve('closed');
    await run.end();
    expect(run.log).toEqual(['ready', 'closed', 'ended']);
  });

  it('aborts its signal while it starts', async () => {
    const run = runProcess(
      fromAsync(async ({ signal, ready }) => {
        await aborted(signal);
        signal.throwIfAborted();
        ready();
      }),
    ).kill();
    await run.end();
    expect(run.log).toEqual(['ended']);
    expect(run.live.failed).toBe(false);
  });

  it('leaves its signal alone when it ends by itself', async () => {
    let signal!: AbortSignal;
    const run = runProcess(
      fromAsync(async (context) => {
        ({ signal } = context);
      }),
    );
    await run.end();
    expect(signal.aborted).toBe(false);
  });

  it('hands over an aborted signal when it was stopped before', async () => {
    const run = new ProcessRun({
      run: (running: Observable<never>, own: Parameters<Runnable['run']>[1]) => {
        run.ask();
        return fromAsync(async ({ signal }) => signal.aborted).run(running, own);
      },
    });
    expect((await run.connect().end()).emissions).toEqual([true]);
  });

  describe('an error after it was asked to stop', () => {
    const stops = (error: (reason: unknown) => unknown) =>
      runProcess(
        fromAsync(async ({ signal }) => {
          await aborted(signal);
          throw error(signal.reason);
        }),
      )
        .ask()
        .end();

    it('is a clean end when it is the reason of the signal, or has it among its causes', async () => {
      expect((await stops((reason) => reason)).live.failed).toBe(false);
      expect((await stops((cause) => new Error('outer', { cause: new Error('inner', { cause }) }))).live.failed).toBe(
        false,
      );
    });

    it('is the error of the process when it is another', async () => {
      expect((await stops(() => boom)).failure).toBe(boom);
      const lookalike = new DOMException('This operation was aborted', 'AbortError');
      expect((await stops(() => lookalike)).failure).toBe(lookalike);
    });
  });

  it('is an error when it comes before a stop was asked for, though it is the reason of the signal', async () => {
    const run = await runProcess(
      fromAsync(async ({ signal }) => {
        throw signal.reason ?? boom;
      }),
    ).end();
    expect(run.failure).toBe(boom);
  });

  it.each([
    ['settles well', async () => 'value'],
    ['fails', async () => Promise.reject(bang)],
  ])('aborts its signal when running errors, and errors with that once the function %s', async (_, settle) => {
    const running = new Subject<never>();
    const closing = deferred();
    const run = runProcess(
      within(
        fromAsync(async ({ signal }) => {
          await aborted(signal);
          await closing.promise;
          return settle();
        }),
        running,
      ),
    );
    running.error(boom);
    await turn();
    expect(run.ended).toBe(false);
    closing.resolve();
    expect((await run.end()).failure).toBe(boom);
  });

  it('is told key, incarnation and rows, until it is asked', async () => {
    const rows: unknown[] = [];
    let context!: AsyncContext;
    const run = new ProcessRun('v1').connect(() =>
      fromAsync((own) => {
        context = own;
        own.rows$.subscribe({ next: (row) => rows.push(row), complete: () => rows.push('|') });
        return aborted(own.signal);
      }),
    );
    expect(context).toMatchObject({ key: 'key', incarnation: 1 });
    run.live.deliver('v2');
    await run.ask().end();
    expect(rows).toEqual(['v1', 'v2', '|']);
  });

  it('aborts its signal when it is unsubscribed, and emits nothing any more', async () => {
    const values: unknown[] = [];
    const log: string[] = [];
    const subscription = byHand(
      fromAsync(async ({ signal }) => {
        await aborted(signal);
        log.push('aborted');
        return 1;
      }),
    ).subscribe((value) => values.push(value));
    subscription.unsubscribe();
    await turn();
    expect(log).toEqual(['aborted']);
    expect(values).toEqual([]);
  });

  it('subscribes to running once, and aborts its signal when that completes', () => {
    let subscriptions = 0;
    const ended = new Subject<never>();
    const running = defer(() => {
      subscriptions++;
      return ended;
    });
    let signal!: AbortSignal;
    const process = fromAsync((context) => {
      ({ signal } = context);
      context.ready();
      context.ready();
      return aborted(signal);
    });
    byHand({ run: (_, context) => process.run(running, context) }).subscribe();
    expect(subscriptions).toBe(1);
    expect(signal.aborted).toBe(false);
    ended.complete();
    expect(signal.aborted).toBe(true);
  });

  it('is called when it is subscribed, each time', () => {
    let calls = 0;
    const process = fromAsync(async () => {
      calls++;
    });
    const process$ = byHand(process);
    expect(calls).toBe(0);
    process$.subscribe();
    process$.subscribe();
    expect(calls).toBe(2);
  });

  it('ends before what is around it in a chain is asked', async () => {
    const log: string[] = [];
    const logs = (name: string) =>
      fromAsync(async ({ signal }) => {
        await aborted(signal);
        await turn();
        log.push(name);
      });
    const run = await runProcess(chain(logs('a'), logs('b')))
      .kill()
      .end();
    expect(log).toEqual(['b', 'a']);
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('infers what it emits, without undefined', () => {
    const value: Runnable<number> = fromAsync(async () => (calls() ? 1 : undefined));
    const nothing: Runnable<never> = fromAsync(async () => {});
    // @ts-expect-error -- it emits numbers
    const wrong: Runnable<string> = fromAsync(async () => 1);
    expect([value, nothing, wrong]).toHaveLength(3);
  });
});

function calls(): boolean {
  return true;
}
