import type { Subscription } from 'rxjs';
import { concat, EMPTY, finalize, ignoreElements, map, mergeMap, NEVER, Observable, of } from 'rxjs';
import { Subject, take, throwError, timer } from 'rxjs';
import { KeyedSubject } from '../lib/keyed-subject.ts';
import type { Change, LifecycleEvent, Reconciled, Runnable, Table, Version } from '../lib/index.ts';
import { backoff, DuplicateKeyError, InvalidOptionError, InvalidRowError, MemoryTable } from '../lib/index.ts';
import { NotRunningError, ProcessNotRunningError, ReadTimeoutError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { turn } from './support/deferred.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource } from './support/supervised.ts';

// What a review found, each as the rule that now holds.

type Rows = Map<string, number>;

const boom = new Error('boom');
const options = { process: () => NEVER, interval: Infinity };

/** A table of which one method is another. */
function tableOf(rows: Rows, methods: Partial<Table<string, number>> = {}): Table<string, number> {
  return { get: (key) => of(rows.get(key)), entries: () => [...rows], ...methods };
}

/** The same, with a teardown that throws. */
function untidy<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const subscription = source.subscribe(subscriber);
    return () => {
      subscription.unsubscribe();
      throw boom;
    };
  });
}

/** Processes, and how many of them are alive. */
function counted() {
  const count = { live: 0 };
  const process = (): Observable<never> =>
    new Observable(() => {
      count.live++;
      return () => {
        count.live--;
      };
    });
  return { count, process };
}

/** What a run has ended with. */
function outcomeOf(run$: Observable<unknown>): { is: unknown } {
  const outcome: { is: unknown } = { is: 'none' };
  run$.subscribe({ error: (error: unknown) => (outcome.is = error), complete: () => (outcome.is = 'complete') });
  return outcome;
}

/** The reads that have timed out. */
function timeouts(events: readonly LifecycleEvent[]): [at: number, operation: string][] {
  const failures = only(events, 'table-failed').filter(({ error }) => error instanceof ReadTimeoutError);
  return failures.map(({ at, operation }) => [at, operation]);
}

const nothing = { error: () => undefined };

describe('a table whose teardown throws', () => {
  it(
    'does not keep a shutdown from ending when it is that of its changes, and table-failed says so',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(tableOf(new Map([['a', 1]]), { changes: untidy(NEVER) }), options);
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(cold('2s |'))).toBe({ a: '0 SR  2s GE  5s' });
      flush();
      expect(only(events, 'table-failed')).toEqual([
        { type: 'table-failed', at: 2_000, operation: 'changes', error: boom },
      ]);
      expect(events.at(-1)).toEqual({ type: 'down', at: 2_000, keys: [] });
    }),
  );

  it(
    'does not keep an unsubscribed run from ending all processes, nor the next one from beginning',
    marbles(({ flush }) => {
      const { count, process } = counted();
      const rows: Rows = new Map([
        ['a', 1],
        ['b', 1],
      ]);
      const supervisor = new Supervisor(tableOf(rows, { changes: untidy(NEVER) }), { ...options, process });
      const events = eventsOf(supervisor);
      const run = supervisor.run().subscribe();
      expect(count.live).toBe(2);
      expect(() => run.unsubscribe()).not.toThrow();
      expect(count.live).toBe(0);
      expect(only(events, 'table-failed')).toMatchObject([{ operation: 'changes', error: boom }]);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s', b: '0 SR  5s' });
      flush();
    }),
  );

  it(
    'does not keep a shutdown from ending when it is that of a read that is under way, and table-failed says so',
    marbles(({ cold, flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      const changes$ = new Subject<Change<string>>();
      const table = tableOf(rows, { changes: changes$, get: () => untidy(NEVER) });
      const { count, process } = counted();
      const supervisor = new Supervisor(table, { ...options, process });
      const events = eventsOf(supervisor);
      at(1_000, () => changes$.next(['a']));
      expectLanes(supervisor.run(cold('2s |'))).toBe({ a: '0 SR  2s GE  5s' });
      flush();
      expect(count.live).toBe(0);
      expect(only(events, 'table-failed')).toMatchObject([{ at: 2_000, operation: 'get', error: boom }]);
      expect(events.at(-1)).toMatchObject({ type: 'down', keys: [] });
    }),
  );

  it(
    'does not keep a full read that times out from ending, nor from being repeated',
    marbles(({ flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      let reads = 0;
      const entries = () => (++reads === 2 ? untidy<[string, number][]>(NEVER) : [...rows]);
      const supervisor = new Supervisor(tableOf(rows, { entries }), { ...options, readTimeout: 50 });
      const events = eventsOf(supervisor);
      const answers: [at: number, complete: boolean][] = [];
      const note = ({ at, complete }: Reconciled) => answers.push([at, complete]);
      at(1_000, () => supervisor.reconcile().subscribe(note));
      at(1_100, () => supervisor.reconcile().subscribe(note));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s' });
      flush();
      expect(answers).toEqual([
        [1_050, false],
        [1_100, true],
      ]);
      expect(timeouts(events)).toEqual([[1_050, 'entries']]);
    }),
  );

  it(
    'does not keep the read of a key that times out from ending, nor from being repeated',
    marbles(({ flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      let reads = 0;
      const get = () => (++reads === 1 ? untidy<number>(NEVER) : of(1));
      const supervisor = new Supervisor(tableOf(rows, { get }), { ...options, readTimeout: 50 });
      const events = eventsOf(supervisor);
      const ends: unknown[] = [];
      at(1_000, () => supervisor.restart('a').subscribe({ error: (error: unknown) => ends.push(error) }));
      at(2_000, () => supervisor.restart('a').subscribe({ complete: () => ends.push('restarted') }));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s GESR  5s' });
      flush();
      expect(ends).toEqual([expect.any(ReadTimeoutError), 'restarted']);
      expect(timeouts(events)).toEqual([[1_050, 'get']]);
    }),
  );

  it(
    'does not keep a read that answers later from ending and being repeated; its rows are used, and table-failed says so',
    marbles(({ flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      const entries = () => untidy(timer(10).pipe(map(() => [...rows])));
      const supervisor = new Supervisor(tableOf(rows, { entries }), options);
      const events = eventsOf(supervisor);
      const answers: [at: number, rows: number][] = [];
      const note = ({ at, rows }: Reconciled) => answers.push([at, rows]);
      at(100, () => supervisor.reconcile().subscribe(note));
      at(200, () => supervisor.reconcile().subscribe(note));
      expectLanes(supervisor.run()).toBe({ a: '10ms SR  400ms' });
      flush();
      expect(answers).toEqual([
        [110, 1],
        [210, 1],
      ]);
      expect(only(events, 'table-failed').map(({ at, operation, error }) => [at, operation, error])).toEqual([
        [10, 'entries', boom],
        [110, 'entries', boom],
        [210, 'entries', boom],
      ]);
    }),
  );
});

describe('what a run is given', () => {
  it(
    'does not keep a shutdown from ending when the teardown of `interval` throws, which is what the run errors with',
    marbles(({ cold, flush }) => {
      const { count, process } = counted();
      const supervisor = new Supervisor(tableOf(new Map([['a', 1]])), { process, interval: untidy(NEVER) });
      const events = eventsOf(supervisor);
      const outcome = outcomeOf(supervisor.run(cold('2s |')));
      flush();
      expect(count.live).toBe(0);
      expect(outcome.is).toBe(boom);
      expect(events.at(-1)).toEqual({ type: 'down', at: 2_000, keys: [] });
    }),
  );

  it('does not keep a shutdown from ending when the teardown of `running` throws, which is what the run errors with', () => {
    const { count, process } = counted();
    const stop$ = new Subject<never>();
    const supervisor = new Supervisor(tableOf(new Map([['a', 1]])), { process, interval: Infinity });
    const events = eventsOf(supervisor);
    const outcome = outcomeOf(supervisor.run(untidy(stop$)));
    try {
      stop$.complete(); // RxJS throws here what a teardown throws
    } catch {
      // whoever calls complete() hears of it or not; the run does
    }
    expect(count.live).toBe(0);
    expect(outcome.is).toBe(boom);
    expect(events.at(-1)).toMatchObject({ type: 'down', keys: [] });
  });
});

describe('runs', () => {
  it('go on one at a time, in their order, also when one is subscribed as another completes while a third waits', async () => {
    const subscribed = { now: 0, most: 0 };
    const changes = new Observable<Change<string>>(() => {
      subscribed.most = Math.max(subscribed.most, ++subscribed.now);
      return () => {
        subscribed.now--;
      };
    });
    const supervisor = new Supervisor(tableOf(new Map([['a', 1]]), { changes }), options);
    const log: string[] = [];
    const noting = (name: string, completed?: () => void) => ({
      next: ({ type }: LifecycleEvent) => {
        if (type === 'ready' || type === 'down') log.push(`${name} ${type}`);
      },
      complete: () => completed?.(),
    });
    supervisor.run().subscribe(
      noting('first', () =>
        supervisor
          .run()
          .subscribe(noting('again'))
          .add(() => log.push('again ended')),
      ),
    );
    supervisor.run().subscribe(noting('second'));
    for (let closed = 1; closed <= 3; closed++) {
      await supervisor.close();
      await turn();
      expect(subscribed.now).toBe(closed === 3 ? 0 : 1);
    }
    expect(log).toEqual([
      ...['first ready', 'first down', 'second ready', 'second down'],
      ...['again ready', 'again down', 'again ended'],
    ]);
    expect(subscribed.most).toBe(1);
  });

  it('never begin when they have waited for their turn and were unsubscribed before it', () => {
    const { count, process } = counted();
    const stop$ = new Subject<never>();
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process });
    const events = eventsOf(supervisor);
    let second: Subscription | undefined = undefined;
    supervisor.run(stop$).subscribe(({ type }) => {
      if (type !== 'down') return;
      // This is answered after the run has ended, in the turn before the next run's.
      supervisor.start('a').subscribe({ error: () => second?.unsubscribe() });
    });
    second = supervisor.run().subscribe();
    stop$.complete();
    expect(second.closed).toBe(true);
    expect(count.live).toBe(0);
    expect(supervisor.status('a')).toBeUndefined();
    expect(only(events, 'starting')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('down');
  });

  it('are closed also from within a handler of their `down`', async () => {
    const stop$ = new Subject<never>();
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), options);
    const closed: string[] = [];
    supervisor.events.subscribe(({ type }) => {
      if (type === 'down') void supervisor.close().then(() => closed.push('closed'));
    });
    supervisor.run(stop$).subscribe();
    stop$.complete();
    await turn();
    expect(closed).toEqual(['closed']);
  });

  it('that are cut by their subscriber during the first start say nothing of the pass that was cut', () => {
    const { count, process } = counted();
    const rows: Rows = new Map([
      ['a', 1],
      ['b', 1],
    ]);
    const supervisor = new Supervisor(new MemoryTable(rows), { process });
    const events = eventsOf(supervisor);
    let running = 0;
    const running$ = new Observable<never>(() => {
      running++;
    });
    supervisor.run(running$).pipe(take(1)).subscribe();
    expect(events.map(({ type }) => type)).toEqual(['starting', 'shutdown', 'stopping', 'stopped', 'down']);
    expect([count.live, running]).toEqual([0, 0]);
  });
});

describe('a row that is NaN', () => {
  it(
    'is unchanged while it stays so',
    marbles(() => {
      const table = new MemoryTable([['a', NaN]]);
      const supervisor = new Supervisor(table, options);
      at(1_000, () => supervisor.reconcile().subscribe());
      at(2_000, () => table.set('a', NaN));
      at(3_000, () => table.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s GESR  5s' });
    }),
  );

  it(
    'is unchanged also where `equals` knows no better, which is asked once about a row that is another',
    marbles(({ flush }) => {
      const table = new MemoryTable([['a', NaN]]);
      const asked: unknown[] = [];
      const equals = (a: number, b: number): boolean => {
        asked.push([a, b]);
        return a === b;
      };
      const supervisor = new Supervisor(table, { ...options, equals });
      at(1_000, () => supervisor.reconcile().subscribe());
      at(2_000, () => table.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s GESR  5s' });
      flush();
      expect(asked).toEqual([[NaN, 1]]);
    }),
  );

  it(
    'is unchanged also for a process that is ready late',
    marbles(() => {
      const supervisor = new Supervisor(new MemoryTable([['a', NaN]]), {
        ...options,
        process: () => resource(timer(5)),
      });
      expectLanes(supervisor.run()).toBe({ a: '0 S  5ms R  300ms' });
    }),
  );

  it(
    'has not changed for a process that fails before it is ready',
    marbles(() => {
      const process = () =>
        resource(
          concat(
            timer(5),
            throwError(() => boom),
          ),
        );
      const supervisor = new Supervisor(new MemoryTable([['a', NaN]]), {
        ...options,
        process,
        restart: { delay: 10, when: 'never' },
      });
      expectLanes(supervisor.run()).toBe({ a: '0 S  5ms XP  3s' });
    }),
  );
});

describe('a read', () => {
  it(
    'of one key that has failed is retried, whatever else is read meanwhile',
    marbles(({ flush }) => {
      const rows: Rows = new Map([
        ['a', 1],
        ['b', 1],
      ]);
      const changes$ = new Subject<Change<string>>();
      let failures = 1;
      const get = (key: string) => (key === 'a' && failures-- > 0 ? throwError(() => boom) : of(rows.get(key)));
      const supervisor = new Supervisor(tableOf(rows, { changes: changes$, get }), options);
      at(1_000, () => {
        rows.delete('a');
        rows.set('b', 2);
        changes$.next(['a', 'b']);
      });
      const retried = 1_000 + backoff()(1, undefined, 'get');
      expectLanes(supervisor.run(), '10s').toBe({ a: `0 SR  ${retried}ms GE.`, b: '0 SR  1s GESR' });
      flush();
    }),
  );

  it(
    'of everything finds a key that is absent also when another was removed meanwhile',
    marbles(({ flush }) => {
      const rows: Rows = new Map(['a', 'b', 'c', 'd'].map((key) => [key, 1]));
      const changes$ = new Subject<Change<string>>();
      const scan$ = new Subject<[string, number][]>();
      let reads = 0;
      const entries = () => (++reads === 1 ? [...rows] : scan$);
      const supervisor = new Supervisor(tableOf(rows, { changes: changes$, entries }), options);
      const events = eventsOf(supervisor);
      at(1_000, () => {
        rows.delete('d');
        supervisor.reconcile().subscribe();
        scan$.next([...rows]);
      });
      at(2_000, () => {
        rows.delete('a');
        changes$.next(['a']);
      });
      at(3_000, () => scan$.complete());
      expectLanes(supervisor.run(), '5s').toBe({ a: '0 SR  2s GE.', b: '0 SR', c: '0 SR', d: '0 SR  3s GE.' });
      flush();
      expect(only(events, 'reconciled').at(-1)).toMatchObject({ at: 3_000, rows: 3, stopped: 1, complete: true });
    }),
  );

  it(
    'by the interval that has failed is retried also while a plan is being read',
    marbles(({ flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      const ticks$ = new Subject<void>();
      let reads = 0;
      const entries = () => {
        reads++;
        if (reads === 2) throw boom;
        return reads === 3 ? timer(2_000).pipe(map(() => [...rows])) : [...rows];
      };
      const supervisor = new Supervisor(tableOf(rows, { entries }), { ...options, interval: ticks$ });
      const plans: unknown[] = [];
      at(1_000, () => {
        rows.set('b', 1);
        ticks$.next();
        supervisor.plan().subscribe(({ start }) => plans.push(start));
      });
      expectLanes(supervisor.run(), '9s').toBe({ a: '0 SR', b: '3s SR' });
      flush();
      expect(plans).toEqual([['b']]);
    }),
  );
});

describe('versions', () => {
  type Pairs = Iterable<readonly [string, Version]>;

  /** A supervisor of a and b at version 1, whose next pass by versions gets these pairs. */
  function passOf(pairs: unknown): LifecycleEvent<string, number>[] {
    const rows: Rows = new Map([
      ['a', 1],
      ['b', 1],
    ]);
    const supervisor = new Supervisor(
      {
        get: (key: string) => of(rows.get(key)),
        entries: () => [...rows].map(([key, row]) => [key, row, 1] as const),
        getMany: (keys: readonly string[]) =>
          keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!, 1] as const] : [])),
        versions: () => pairs as Pairs,
      },
      options,
    );
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe();
    events.length = 0;
    supervisor.reconcile().subscribe();
    const found = [...events];
    run.unsubscribe();
    return found;
  }

  it('say row-failed about a key that comes twice, of which the first counts', () => {
    const pairs = [
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ];
    expect(passOf(pairs)).toMatchObject([
      { type: 'row-failed', key: 'a', error: expect.any(DuplicateKeyError) },
      { type: 'reconciled', complete: true, restarted: 0, stopped: 0 },
    ]);
    expect(passOf([['c', 1], ['c', 2], ...pairs.slice(1)])).toMatchObject([
      { type: 'row-failed', key: 'c' },
      { type: 'reconciled', complete: true },
    ]);
  });

  it.each([
    ['of a known key', [['a'], ['b', 1]]],
    ['of a new key', [['c'], ['a', 1], ['b', 1]]],
    ['beside an absent key', [['a', undefined]]],
    [
      'but another thing',
      [
        ['a', 1],
        ['b', {}],
      ],
    ],
  ])('make the pass incomplete, and stop nothing, where a pair has no version: %s', (_, pairs) => {
    expect(passOf(pairs)).toMatchObject([
      { type: 'table-failed', operation: 'versions', error: expect.any(InvalidRowError) },
      { type: 'reconciled', complete: false, restarted: 0, stopped: 0 },
    ]);
  });
});

describe('what nobody listens to', () => {
  it('is not kept by a KeyedSubject', () => {
    const subject = new KeyedSubject<string, number>();
    const first = subject.of('a').subscribe();
    const second = subject.of('a').subscribe();
    subject.of('b').pipe(take(1)).subscribe();
    expect(subject.size).toBe(2);
    subject.next('b', 1);
    expect(subject.size).toBe(1);
    first.unsubscribe();
    expect(subject.size).toBe(1);
    second.unsubscribe();
    expect(subject.size).toBe(0);
  });

  it('is not kept by a supervisor, whatever was watched, commanded and listened to', () => {
    const kept = new Set<KeyedSubject<unknown, unknown>>();
    const { of: listen } = KeyedSubject.prototype;
    KeyedSubject.prototype.of = function (this: KeyedSubject<unknown, unknown>, key) {
      kept.add(this);
      return listen.call(this, key) as Observable<never>;
    };
    try {
      const table = new MemoryTable<string, number>();
      const supervisor = new Supervisor(table, options);
      const run = supervisor.run().subscribe();
      for (let i = 0; i < 100; i++) {
        const key = `key ${i}`;
        table.set(key, i);
        const listening = [supervisor.watch(key).subscribe(), supervisor.output(key).subscribe()];
        supervisor.watch(key).pipe(take(1)).subscribe();
        supervisor.restart(key).subscribe();
        supervisor.stop(key).subscribe();
        supervisor.start(key).subscribe();
        supervisor.start(key).subscribe(nothing); // it runs
        table.delete(key);
        supervisor.stop(key).subscribe(nothing); // there is none
        supervisor.restart(key).subscribe(nothing); // it has no row
        for (const subscription of listening) subscription.unsubscribe();
      }
      expect(kept.size).toBe(3);
      expect([...kept].map(({ size }) => size)).toEqual([0, 0, 0]);
      run.unsubscribe();
    } finally {
      KeyedSubject.prototype.of = listen;
    }
  });
});

describe('reconcile()', () => {
  it(
    'in the teardown of a process that fails and changes its own row makes no storm, and attempt is kept',
    marbles(({ flush }) => {
      const rows: Rows = new Map([['a', 1]]);
      let supervisor: Supervisor<string, number, Observable<never>> | undefined = undefined;
      const changeAndReconcile = (row: number): void => {
        if (supervisor?.status('a')?.state !== 'running') return;
        rows.set('a', row + 1);
        supervisor.reconcile().subscribe(nothing);
      };
      const process = (row: number) =>
        timer(5).pipe(
          mergeMap(() => throwError(() => boom)),
          finalize(() => changeAndReconcile(row)),
        );
      supervisor = new Supervisor(tableOf(rows), { process, interval: Infinity, restart: { delay: 5_000 } });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5ms XB  1005ms SR  1010ms XB  2010ms SR  2014ms' });
      flush();
      expect(only(events, 'starting').map(({ attempt, value }) => [attempt, value])).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
    }),
  );
});

describe('a process that is stuck since an earlier run', () => {
  it('is held, and has a status that says so, when a command stopped it and then it ends', async () => {
    let release: () => void = () => undefined;
    let starts = 0;
    const process = () =>
      ++starts === 1 ? new Promise<void>((resolve) => (release = resolve)) : (NEVER as Observable<void>);
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), {
      ...options,
      process,
      stopTimeout: 0,
      killTimeout: 1,
    });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    await supervisor.close();
    expect(events.at(-1)).toMatchObject({ type: 'down', keys: ['a'] });
    supervisor.run().subscribe();
    supervisor.stop('a').subscribe(nothing); // it is stuck
    events.length = 0;
    release();
    await turn();
    expect(events).toMatchObject([{ type: 'stopped', key: 'a', incarnation: 1 }, { type: 'held' }]);
    expect(supervisor.status('a')).toMatchObject({ state: 'held', key: 'a', value: 1, incarnation: 1 });
    expect(() => supervisor.get('a')).toThrow(ProcessNotRunningError);
    await supervisor.close();
    expect(starts).toBe(1);
  });
});

describe('a start', () => {
  it(
    'is not timed by the `within` of an earlier one that was queued and then held',
    marbles(({ flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, {
        ...options,
        process: () => ({ run: () => NEVER }), // never ready
        startConcurrency: 1,
        startTimeout: 1_000,
      });
      const ends: unknown[] = [];
      at(10, () => {
        table.set('b', 1);
        supervisor.stop('b').subscribe();
        supervisor.start('b', { within: 30 }).subscribe({ error: (error: unknown) => ends.push(error) });
        supervisor.stop('b').subscribe();
      });
      at(20, () => table.set('b', 2));
      at(30, () => supervisor.stop('a').subscribe(nothing));
      expectLanes(supervisor.run(), '1s').toBe({ a: '0 S  30ms GEH', b: '10ms QHQH  20ms Q  30ms S' });
      flush();
      expect(ends).toEqual([expect.any(ProcessNotRunningError)]);
    }),
  );

  it(
    'with a row that changed in the millisecond in which the process completed is its first attempt',
    marbles(({ flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const process = (row: number) => (row === 1 ? timer(10).pipe(ignoreElements()) : NEVER);
      const supervisor = new Supervisor(table, { ...options, process, restart: { when: 'on-failure' } });
      const events = eventsOf(supervisor);
      supervisor.events.subscribe(({ type }) => {
        if (type === 'completed') table.set('a', 2);
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  10ms CB  11ms SR  5s' });
      flush();
      expect(only(events, 'starting').map(({ at, attempt, cause }) => [at, attempt, cause])).toEqual([
        [0, 1, 'initial'],
        [11, 1, 'change'],
      ]);
    }),
  );
});

describe('restart.delay', () => {
  it.each([
    ['the end of a process that rests', 'on-failure', EMPTY],
    ['an end that is never followed by a restart', 'never', throwError(() => boom)],
  ] as const)('is not asked for %s', (_, when, process) => {
    const asked: unknown[] = [];
    const delay = (attempt: number) => asked.push(attempt);
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), {
      process: () => process,
      restart: { when, delay },
    });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe().unsubscribe();
    expect(asked).toEqual([]);
    expect(only(events, 'row-failed')).toEqual([]);
    expect(only(events, 'starting')).toHaveLength(1);
  });
});

describe('start and stop', () => {
  it.each([NaN, -1, 'soon', null])('throw an InvalidOptionError for a `within` of %p, and do nothing', (invalid) => {
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), options);
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe();
    const within = invalid as number;
    events.length = 0;
    expect(() => supervisor.stop('a', { within })).toThrow(InvalidOptionError);
    expect(() => supervisor.start('b', { within })).toThrow(InvalidOptionError);
    expect(events).toEqual([]);
    run.unsubscribe();
  });

  it('take a `within` of 0, of Infinity, and none', () => {
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), options);
    const answers: unknown[] = [];
    for (const within of [0, Infinity, undefined]) {
      const answer = { error: (error: unknown) => answers.push(error) };
      supervisor.start('a', { within } as { within: number }).subscribe(answer);
      supervisor.stop('a', { within } as { within: number }).subscribe(answer);
    }
    expect(answers.map((error) => error instanceof NotRunningError)).toEqual(Array(6).fill(true));
  });
});

describe('an async iterator', () => {
  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['a Promise of undefined', async () => undefined],
    ['a Promise of a number', async () => 5],
  ])('whose next() gives %s fails with a TypeError that says so', async (_, next) => {
    const iterator = { next } as unknown as AsyncIterator<number>;
    const process = (): AsyncIterable<number> => ({ [Symbol.asyncIterator]: () => iterator });
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process, restart: { when: 'never' } });
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe();
    await turn();
    const failures = only(events, 'failed');
    expect(failures).toMatchObject([{ key: 'a', error: expect.any(TypeError) }]);
    expect(String(failures[0]?.error)).toMatch(/next\(\).* gave (undefined|a number)/);
    expect(supervisor.status('a')?.state).toBe('given-up');
    run.unsubscribe();
  });
});

describe('a listener whose teardown throws when it is told', () => {
  // None of them is part of the process's own teardown.
  const untidyRun: Record<string, Runnable['run']> = {
    'running completes': (running) =>
      new Observable((subscriber) => {
        untidy(running).subscribe({ complete: () => subscriber.complete() });
      }),
    'stop$ emits': (running, { stop$ }) =>
      new Observable((subscriber) => {
        subscriber.add(running.subscribe());
        untidy(stop$).subscribe(() => subscriber.complete());
      }),
    'it is told, before those who end the process': (running, { stop$ }) =>
      new Observable((subscriber) => {
        untidy(stop$).subscribe();
        subscriber.add(running.subscribe({ complete: () => subscriber.complete() }));
      }),
  };

  it.each(Object.entries(untidyRun))('fails its own process, and no command, when %s', (_, run) => {
    marbles(({ flush }) => {
      const table = new MemoryTable<string, Runnable>([
        ['a', { run }],
        ['b', { run: (running) => running }],
      ]);
      const supervisor = new Supervisor(table);
      const events = eventsOf(supervisor);
      const run$ = supervisor.run().subscribe();
      const log: unknown[] = [];
      supervisor.stop('a').subscribe({ next: () => log.push('stopped'), error: (error: unknown) => log.push(error) });
      table.delete('b');
      at(10_000, () => run$.unsubscribe());
      flush();
      expect(log).toEqual([boom]);
      expect(typesOf(events, 'a')).toEqual(['starting', 'running', 'stopping', 'stopped', 'held']);
      expect(typesOf(events, 'b')).toEqual(['starting', 'running', 'stopping', 'stopped', 'removed']);
    })();
  });
});

function typesOf(events: readonly LifecycleEvent[], of: string) {
  return events.filter((event) => 'incarnation' in event && event.key === of).map(({ type }) => type);
}
