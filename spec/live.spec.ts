import type { Subscriber } from 'rxjs';
import {
  BehaviorSubject,
  concat,
  finalize,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  Subscription,
  takeUntil,
  throwError,
} from 'rxjs';
import { InvalidProcessError } from '../lib/errors.ts';
import { Live } from '../lib/live.ts';
import type { ProcessContext, Runnable } from '../lib/runnable.ts';
import { deferred, turn } from './support/deferred.ts';
import { lifeOf, marbles, ProcessRun, runProcess } from './support/run-process.ts';

const boom = new Error('boom');
const bang = new Error('bang');

describe('Live with a plain Observable', () => {
  it(
    'is ready once subscribed, emits, and ends when the Observable completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('        --a--b--|');
      expectObservable(lifeOf(source)).toBe('R-a--b--|');
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    }),
  );

  it(
    'ends with the error of the Observable',
    marbles(({ cold, expectObservable }) => {
      expectObservable(lifeOf(cold('--a--#'))).toBe('R-a--#');
    }),
  );

  it(
    'is unsubscribed when it is asked, and has ended then',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                          --a--b--c');
      expectObservable(lifeOf(source, { ask: cold('------x') })).toBe('R-a--b|');
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    }),
  );

  it('was ready first when it completes before subscribe returns', () => {
    expect(runProcess(of(1, 2)).log).toEqual(['ready', 1, 2, 'ended']);
  });

  it('was never ready when it errors before any value and before subscribe returns', () => {
    const run = runProcess(throwError(() => boom));
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('was ready when it errors after a value, though before subscribe returns', () => {
    const run = runProcess(
      concat(
        of(1),
        throwError(() => boom),
      ),
    );
    expect(run.log).toEqual(['ready', 1, 'ended']);
    expect(run.failure).toBe(boom);
  });

  it('fails when subscribing throws', () => {
    const run = runProcess(
      new Observable(() => {
        throw boom;
      }),
    );
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('fails when subscribing throws after it has completed', () => {
    const run = runProcess(
      new Observable((subscriber) => {
        subscriber.complete();
        throw boom;
      }),
    );
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.failure).toBe(boom);
  });

  it('has ended only after the teardown has run', () => {
    const source$ = new Subject<number>();
    const run = runProcess(source$.pipe(finalize(() => run.log.push('teardown'))));
    source$.next(1);
    source$.complete();
    expect(run.log).toEqual(['ready', 1, 'teardown', 'ended']);
  });

  it('has ended only after the teardown has run when it errors while it is subscribed', () => {
    const log: string[] = [];
    const source$ = new Observable((subscriber) => {
      subscriber.error(boom);
      return () => log.push('teardown');
    });
    const run = new ProcessRun(source$);
    run.listen((event) => log.push(event));
    run.connect();
    expect(log).toEqual(['teardown', 'ended']);
  });

  it('fails with what its teardown throws, without the wrapping of RxJS', () => {
    const run = runProcess(
      new Observable(() => () => {
        throw boom;
      }),
    );
    run.ask();
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.failure).toBe(boom);
  });

  it('fails with what its teardown throws when it completes while it is subscribed', () => {
    const fail = () => {
      throw boom;
    };
    const plain$ = new Observable((subscriber) => {
      subscriber.complete();
      return fail;
    });
    expect(runProcess(plain$).failure).toBe(boom);
    expect(runProcess(of(1).pipe(finalize(fail))).failure).toBe(boom);
  });

  it('fails with the only error of several teardowns, else with all of them', () => {
    const tearingDown = (...errors: Error[]) =>
      new Observable((subscriber) => {
        subscriber.add(() => {});
        for (const error of errors) {
          subscriber.add(() => {
            throw error;
          });
        }
      });
    expect(runProcess(tearingDown(boom)).ask().failure).toBe(boom);
    expect(runProcess(tearingDown(boom, bang)).ask().failure).toMatchObject({ errors: [boom, bang] });
  });

  it('runs all teardowns in the order in which they were added, but those that were removed, each once', () => {
    const log: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Subscription(() => log.push(name)));
    const last = () => log.push('last');
    const run = runProcess(
      new Observable((subscriber) => {
        for (const teardown of [a, b, c, last]) subscriber.add(teardown);
        subscriber.remove(b as Subscription);
        return () => subscriber.remove(last);
      }),
    );
    run.ask();
    expect(log).toEqual(['a', 'c', 'last']);
    run.live.add(() => log.push('late'));
    run.live.remove(last);
    expect(log).toEqual(['a', 'c', 'last', 'late']);
  });

  it('removes its only teardown', () => {
    const log: string[] = [];
    const only = () => log.push('only');
    runProcess(
      new Observable((subscriber) => {
        subscriber.add(only);
        subscriber.remove(only);
      }),
    ).ask();
    expect(log).toEqual([]);
  });

  it('keeps its only teardown when another one is removed', () => {
    const log: string[] = [];
    runProcess(
      new Observable((subscriber) => {
        subscriber.add(() => log.push('only'));
        subscriber.remove(() => log.push('another'));
      }),
    ).ask();
    expect(log).toEqual(['only']);
  });

  it('runs its only teardown once when a source adds it and returns it as well', () => {
    const log: string[] = [];
    const only = () => void log.push('only');
    runProcess(
      new Observable((subscriber) => {
        subscriber.add(only);
        return only;
      }),
    ).ask();
    expect(log).toEqual(['only']);
  });

  it('takes null for no teardown, as RxJS does', () => {
    const run = runProcess(
      new Observable((subscriber) => {
        subscriber.complete();
        return null as unknown as undefined;
      }),
    );
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.live.failed).toBe(false);
  });

  it('has ended only after the teardown has run when that unsubscribes once more', () => {
    const run = runProcess(
      new Observable((subscriber) => () => {
        subscriber.unsubscribe();
        run.log.push('teardown');
      }),
    );
    run.ask();
    expect(run.log).toEqual(['ready', 'teardown', 'ended']);
  });

  it('keeps the error of the process when its teardown throws as well', () => {
    const source$ = new Subject();
    const run = runProcess(
      source$.pipe(
        finalize(() => {
          throw new Error('teardown');
        }),
      ),
    );
    source$.error(boom);
    expect(run.failure).toBe(boom);
  });

  it('ignores what is emitted after the end', () => {
    const run = runProcess(
      new Observable((subscriber) => {
        of(1).subscribe(subscriber);
        subscriber.next(2);
      }),
    );
    expect(run.log).toEqual(['ready', 1, 'ended']);
    expect(run.failure).toBeUndefined();
  });

  it('ignores what a teardown emits, and how it ends', () => {
    const onTeardown = (act: (subscriber: Subscriber<number>) => void) =>
      runProcess(new Observable<number>((subscriber) => () => act(subscriber))).ask();
    expect(onTeardown((subscriber) => subscriber.next(1)).log).toEqual(['ready', 'ended']);
    expect(onTeardown((subscriber) => subscriber.complete()).live.endedByItself).toBe(false);
    expect(onTeardown((subscriber) => subscriber.error(boom)).live.failed).toBe(false);
  });

  it('tells an end of its own from one by unsubscribing', () => {
    expect(runProcess(of(1)).live.endedByItself).toBe(true);
    expect(runProcess(NEVER).ask().live.endedByItself).toBe(false);
  });

  it('stops a source that emits endlessly while it is subscribed', () => {
    const run = new ProcessRun(
      new Observable<number>((subscriber) => {
        for (let i = 0; !subscriber.closed; i++) subscriber.next(i);
      }),
    );
    run.listen((_, value) => {
      if (value === 3) run.ask();
    });
    expect(run.connect().log).toEqual(['ready', 0, 1, 2, 3, 'ended']);
  });

  it('takes an array and any iterable', () => {
    expect(runProcess(['a', 'b']).log).toEqual(['ready', 'a', 'b', 'ended']);
    expect(runProcess(new Set([1])).log).toEqual(['ready', 1, 'ended']);
  });

  it('takes an Observable that can be awaited as well for an Observable, which ends by unsubscribing', () => {
    const run = runProcess(Object.assign(concat(of(1), NEVER), { then: () => undefined }));
    expect(run.ask().log).toEqual(['ready', 1, 'ended']);
  });

  it.each([[undefined], [null], ['text'], [1], [{}], [() => 1]])('fails with InvalidProcessError for %p', (row) => {
    const run = runProcess(row);
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBeInstanceOf(InvalidProcessError);
  });
});

describe('Live with a Runnable', () => {
  it(
    'is ready when the Runnable subscribes to running, and stays up while running lasts',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const open = cold('              --o|');
      const close = cold('                      -c-|');
      const ask = cold('               --------x');
      const process: Runnable = { run: (running) => concat(open, running, close) };
      expectObservable(lifeOf(process, { ask })).toBe('--oR-----c-|');
      expectSubscriptions(open.subscriptions).toBe('   ^--!');
      expectSubscriptions(close.subscriptions).toBe('  --------^--!');
    }),
  );

  it(
    'ends work by stop$',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const work = hot('               -1-2-3-4-5');
      const process: Runnable = {
        run: (running, { stop$ }) => concat(merge(running, work.pipe(takeUntil(stop$))), cold('-c|')),
      };
      expectObservable(lifeOf(process, { ask: cold('------x') })).toBe('R1-2-3-c|');
      expectSubscriptions(work.subscriptions).toBe('^-----!');
    }),
  );

  it(
    'goes on closing when it is asked, and is unsubscribed when it is forced',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const close = cold('                  ------c|');
      const process: Runnable = { run: (running) => concat(running, close) };
      expectObservable(lifeOf(process, { ask: cold('--x'), kill: cold('-----x') })).toBe('R----|');
      expectSubscriptions(close.subscriptions).toBe('--^--!');
    }),
  );

  it(
    'is not unsubscribed when it has read force: it ends when it settles',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const closing = cold('--c|');
      const process: Runnable = {
        run: (running, { force }) =>
          concat(running, new Observable<never>((s) => force.addEventListener('abort', () => s.complete())), closing),
      };
      expectObservable(lifeOf(process, { ask: cold('--x'), kill: cold('-----x') })).toBe('R------c|');
      expectSubscriptions(closing.subscriptions).toBe('-----^--!');
    }),
  );

  it('hands out an aborted signal to one that reads force late', () => {
    let context!: ProcessContext;
    const run = runProcess({
      run: (running: Observable<never>, own: ProcessContext) => {
        context = own;
        return concat(running, NEVER);
      },
    });
    run.kill();
    expect(context.force.aborted).toBe(true);
  });

  it(
    'is never ready when it errors before it subscribes to running',
    marbles(({ cold, expectObservable }) => {
      const process: Runnable = { run: (running) => concat(cold('--a-#'), running) };
      expectObservable(lifeOf(process)).toBe('--a-#');
    }),
  );

  it('was ready first when it completes, also if it never subscribed to running', () => {
    expect(runProcess({ run: () => of(1) }).log).toEqual([1, 'ready', 'ended']);
  });

  it('fails when run throws', () => {
    const run = runProcess({
      run: () => {
        throw boom;
      },
    });
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
  });

  it('fails with InvalidProcessError when run gives nothing', () => {
    expect(runProcess({ run: () => undefined }).failure).toBeInstanceOf(InvalidProcessError);
  });

  it('tells its owner nothing before it is ready', () => {
    const open$ = new Subject<never>();
    const changes: boolean[] = [];
    const live = new Live({ changed: (l) => changes.push(l.ready), emitted: () => {} }, 'key', 1, {
      run: (running: Observable<never>) => concat(open$, running),
    });
    live.connect();
    expect(changes).toEqual([]);
    open$.complete();
    expect(changes).toEqual([true]);
  });

  it('is ready once, however often running is subscribed', () => {
    const changes: boolean[] = [];
    const live = new Live({ changed: (l) => changes.push(l.ready), emitted: () => {} }, 'key', 1, {
      run: (running: Observable<never>) => merge(running, running),
    });
    live.connect();
    expect(changes).toEqual([true]);
  });

  it('does not become ready by subscribing to running after it was forced', () => {
    let running!: Observable<never>;
    const run = runProcess({
      run: (given: Observable<never>) => {
        running = given;
        return NEVER;
      },
    }).kill();
    running.subscribe();
    expect(run.log).toEqual(['ended']);
  });

  it('tells ready and ended in this order when it is asked as soon as it is ready', () => {
    const run = new ProcessRun({ run: (running: Observable<never>) => running });
    run.listen((event) => {
      if (event === 'ready') run.ask();
    });
    expect(run.connect().log).toEqual(['ready', 'ended']);
  });

  it('was never ready when it was forced while it started, also if it then completes', () => {
    const source$ = new Subject<never>();
    const run = runProcess({
      run: (_: Observable<never>, { force }: ProcessContext) => {
        force.addEventListener('abort', () => source$.complete());
        return source$;
      },
    });
    expect(run.kill().log).toEqual(['ended']);
  });

  it('hears that running completes while it is asked, before ask returns', () => {
    const run = runProcess({ run: (running: Observable<never>) => running }).ask();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('is not subscribed when it was forced while run was building it', () => {
    let subscribed = false;
    const run = new ProcessRun({
      run: () => {
        run.kill();
        return new Observable(() => {
          subscribed = true;
        });
      },
    });
    run.connect();
    expect(run.log).toEqual(['ended']);
    expect(subscribed).toBe(false);
  });

  it('is subscribed, and finds running completed, when it was asked while run was building it', () => {
    const run = new ProcessRun({
      run: (running: Observable<never>) => {
        run.ask();
        return concat(of('open'), running, of('close'));
      },
    });
    expect(run.connect().log).toEqual(['open', 'ready', 'close', 'ended']);
  });

  it('is waited for when it was forced while an async run was on the stack', async () => {
    const { promise, resolve } = deferred<string>();
    const run = new ProcessRun({
      run: () => {
        run.kill();
        return promise;
      },
    });
    run.connect();
    await turn();
    expect(run.ended).toBe(false);
    resolve('done');
    await run.end();
    expect(run.log).toEqual(['done', 'ended']);
  });
});

describe('Live with a Promise', () => {
  it('is ready at once, emits the value and ends', async () => {
    const run = runProcess(Promise.resolve(1));
    expect(run.log).toEqual(['ready']);
    await run.end();
    expect(run.log).toEqual(['ready', 1, 'ended']);
  });

  it('fails when the Promise rejects', async () => {
    const run = await runProcess(Promise.reject(boom)).end();
    expect(run.failure).toBe(boom);
  });

  it('ends only when it settles, also when it is forced', async () => {
    const { promise, resolve } = deferred();
    const run = runProcess(promise).kill();
    await turn();
    expect(run.ended).toBe(false);
    resolve();
    await run.end();
    expect(run.ended).toBe(true);
  });

  it('has ended at once when it is unsubscribed, and what it settles with is ignored', async () => {
    const { promise, reject } = deferred();
    const run = runProcess(promise);
    run.live.unsubscribe();
    expect(run.log).toEqual(['ready', 'ended']);
    reject(boom);
    await turn();
    expect(run.log).toEqual(['ready', 'ended']);
    expect(run.live.failed).toBe(false);
  });

  it('fails when a thenable throws', () => {
    const run = runProcess({
      then: () => {
        throw boom;
      },
    });
    expect(run.ended).toBe(true);
    expect(run.failure).toBe(boom);
  });
});

describe('Live with an async iterable', () => {
  it('is ready at once, emits what is yielded and ends when it is done', async () => {
    async function* source() {
      yield 1;
      yield 2;
    }
    const run = await runProcess(source()).end();
    expect(run.log).toEqual(['ready', 1, 2, 'ended']);
  });

  it('fails with what it throws', async () => {
    async function* source() {
      yield 1;
      throw boom;
    }
    const run = await runProcess(source()).end();
    expect(run.log).toEqual(['ready', 1, 'ended']);
    expect(run.failure).toBe(boom);
  });

  it('is asked by return(), and ends when its finally block has run', async () => {
    const pending = deferred();
    const closing = deferred();
    async function* source() {
      try {
        yield 1;
        await pending.promise;
        yield 2;
      } finally {
        await closing.promise;
      }
    }
    const run = runProcess(source());
    await turn();
    run.kill();
    pending.resolve();
    await turn();
    expect(run.ended).toBe(false);
    closing.resolve();
    await run.end();
    expect(run.failure).toBeUndefined();
  });

  it('calls return() while a next() is pending', async () => {
    const calls: string[] = [];
    const iterator: AsyncIterableIterator<number> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => {
        calls.push('next');
        return new Promise(() => {});
      },
      return: () => {
        calls.push('return');
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    const run = runProcess(iterator);
    run.ask().ask().kill();
    expect(calls).toEqual(['next', 'return']);
    await run.end();
    expect(run.log).toEqual(['ready', 'ended']);
  });

  it('takes no further value from an iterator without return() once it was asked', async () => {
    let n = 0;
    const iterable = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: ++n }) }) };
    const run = await runProcess(iterable).ask().end();
    expect(run.log).toEqual(['ready', 1, 'ended']);
    expect(n).toBe(1);
  });

  it('takes no further value once it was unsubscribed', async () => {
    let n = 0;
    const iterable = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: ++n }) }) };
    const run = runProcess(iterable);
    run.live.unsubscribe();
    await turn();
    expect(run.log).toEqual(['ready', 'ended']);
    expect(n).toBe(1);
  });

  it.each(['next', 'return'])('fails when %s() throws', async (method) => {
    const iterator = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => new Promise(() => {}),
      return: () => new Promise(() => {}),
      [method]: () => {
        throw boom;
      },
    };
    const run = await runProcess(iterator).ask().end();
    expect(run.failure).toBe(boom);
  });

  it('fails with what return() rejects with', async () => {
    async function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        await Promise.reject(boom);
      }
    }
    const run = runProcess(source());
    await turn();
    expect((await run.ask().end()).failure).toBe(boom);
  });

  it('is not started when it was asked while run was building it', async () => {
    let started = false;
    async function* source() {
      started = true;
      yield 1;
    }
    const run = new ProcessRun({
      run: () => {
        run.ask();
        return source();
      },
    });
    await run.connect().end();
    expect(started).toBe(false);
    expect(run.failure).toBeUndefined();
  });
});

describe('Live as context', () => {
  function contextOf(value: unknown = 'row') {
    const run = new ProcessRun(value);
    let context!: ProcessContext;
    run.connect((_, own) => {
      context = own;
      return { run: (running: Observable<never>) => concat(running, NEVER) };
    });
    return { run, context };
  }

  const record = (source$: Observable<unknown>) => {
    const log: unknown[] = [];
    source$.subscribe({ next: (value) => log.push(value ?? 'next'), complete: () => log.push('|') });
    return log;
  };

  it('builds the process of the row and its context', () => {
    const run = new ProcessRun('row').connect((value, { key, incarnation }) => of([value, key, incarnation]));
    expect(run.emissions).toEqual([['row', 'key', 1]]);
  });

  it('has failed when building throws', () => {
    const run = new ProcessRun('row').connect(() => {
      throw boom;
    });
    expect(run.log).toEqual(['ended']);
    expect(run.failure).toBe(boom);
    expect(run.live.endedByItself).toBe(true);
  });

  it('emits once on stop$ when it is asked, then completes, also for who comes late', () => {
    const { run, context } = contextOf();
    const early = record(context.stop$);
    expect(early).toEqual([]);
    run.ask().ask().kill();
    expect(early).toEqual(['next', '|']);
    expect(record(context.stop$)).toEqual(['next', '|']);
  });

  it('completes stop$ without a value when it ends by itself', () => {
    let context!: ProcessContext;
    const source$ = new Subject();
    new ProcessRun('row').connect((_, own) => {
      context = own;
      return source$;
    });
    const early = record(context.stop$);
    source$.complete();
    expect(early).toEqual(['|']);
    expect(record(context.stop$)).toEqual(['|']);
  });

  it('completes stop$ and rows$ for who comes only after the end', () => {
    const { run, context } = contextOf('v1');
    run.live.unsubscribe();
    expect(record(context.stop$)).toEqual(['|']);
    expect(record(context.rows$)).toEqual(['|']);
  });

  it('completes rows$ when it ends by itself', () => {
    const { run, context } = contextOf('v1');
    const rows = record(context.rows$);
    run.live.complete();
    expect(rows).toEqual(['v1', '|']);
  });

  it('emits the row on rows$, then each later version, and completes when it is asked', () => {
    const { run, context } = contextOf('v1');
    expect(run.live.listensToRows).toBe(false);
    const rows = record(context.rows$);
    expect(run.live.listensToRows).toBe(true);
    run.live.deliver('v2');
    expect(record(context.rows$)).toEqual(['v2']);
    run.ask();
    expect(rows).toEqual(['v1', 'v2', '|']);
    expect(run.live.listensToRows).toBe(false);
  });

  it('begins rows$ with a version that was delivered before anybody listened', () => {
    let context!: ProcessContext;
    const run = new ProcessRun('v1').connect((_, own) => {
      context = own;
      return NEVER;
    });
    run.live.deliver('v2');
    expect(record(context.rows$)).toEqual(['v2']);
  });

  it('asks before it aborts', () => {
    const { run, context } = contextOf();
    const log: string[] = [];
    context.force.addEventListener('abort', () => log.push('force'));
    context.stop$.subscribe(() => log.push('stop'));
    run.kill();
    expect(log).toEqual(['stop', 'force']);
  });

  it('forces once', () => {
    const { run, context } = contextOf();
    const aborts = new BehaviorSubject(0);
    context.force.addEventListener('abort', () => aborts.next(aborts.value + 1));
    run.kill().kill();
    expect(aborts.value).toBe(1);
  });
});
