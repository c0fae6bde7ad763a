import {
  concat,
  defer,
  finalize,
  ignoreElements,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  takeUntil,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import type { Change, Process, Runnable, Table } from '../lib/index.ts';
import { MemoryTable, PermanentError, Supervisor, supervise } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, stubborn } from './support/supervised.ts';

// What the random model (spec/model) has found, each named after what went wrong.

type Rows = Map<string, number>;

/** A table of which one method is another. */
function tableOf(rows: Rows, methods: Partial<Table<string, number>> = {}): Table<string, number> {
  return { get: (key) => of(rows.get(key)), entries: () => rows, ...methods };
}

/** A read that answers later, with what there is now or then. */
function late<T>(ms: number, value: T): Observable<T> {
  return timer(ms).pipe(map(() => value));
}

describe('a table', () => {
  it(
    'is not read by a plan that waited for a read when the run ended',
    marbles(() => {
      const rows: Rows = new Map([['a', 1]]);
      let reads = 0;
      const entries = (): Observable<Rows> => {
        reads++;
        return late(5, rows);
      };
      const stop$ = new Subject<never>();
      const supervisor = new Supervisor(tableOf(rows, { entries }), { process: () => NEVER, interval: Infinity });
      supervisor.run(stop$).subscribe();
      supervisor.plan().subscribe({ error: () => undefined });
      stop$.complete();
      at(10, () => expect(reads).toBe(1));
    }),
  );

  it(
    'is not subscribed to again after the run when its changes are lost in the turn of the shutdown',
    marbles(() => {
      const changes$ = new Subject<Change<string>>();
      const stop$ = new Subject<never>();
      const supervisor = new Supervisor(tableOf(new Map([['a', 1]]), { changes: changes$ }), {
        process: () => NEVER,
        interval: Infinity,
      });
      const events = eventsOf(supervisor);
      supervisor.events.subscribe(({ type }) => {
        if (type !== 'stopping') return;
        stop$.complete();
        changes$.error(new Error('lost'));
      });
      supervisor.run(stop$).subscribe();
      supervisor.restart('a').subscribe({ error: () => undefined });
      at(60_000, () => {
        expect(changes$.observed).toBe(false);
        expect(events.at(-1)?.type).toBe('down');
      });
    }),
  );

  it(
    'is not believed about a key by a read that is older than the full read that it outlasts',
    marbles(() => {
      const rows: Rows = new Map();
      const changes$ = new Subject<Change<string>>();
      const seen: (number | undefined)[] = [];
      // As from a replica that lags: what was there when it was asked.
      const get = (key: string): Observable<number | undefined> => {
        seen.push(rows.get(key));
        return late(10, rows.get(key));
      };
      const supervisor = new Supervisor(tableOf(rows, { changes: changes$, get }), { process: () => NEVER });
      at(10, () => changes$.next(['a']));
      at(11, () => rows.set('a', 1));
      at(12, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run()).toBe({ a: '12ms SR  2s' });
      at(100, () => expect(seen).toEqual([undefined, 1]));
    }),
  );

  it(
    'that fails to tell one key does not hold up what is asked about another meanwhile',
    marbles(() => {
      const rows: Rows = new Map([['b', 2]]);
      const changes$ = new Subject<Change<string>>();
      const getMany = (keys: readonly string[]): Observable<(readonly [string, number])[]> =>
        keys.includes('a')
          ? concat(
              late(5, 0).pipe(ignoreElements()),
              throwError(() => new Error('a')),
            )
          : of([['b', 2]] as const);
      const supervisor = new Supervisor(tableOf(rows, { changes: changes$, getMany }), { process: () => NEVER });
      at(10, () => changes$.next(['a']));
      at(12, () => supervisor.restart('b').subscribe());
      expectLanes(supervisor.run()).toBe({ b: '0 SR  15ms GESR  2s' });
    }),
  );
});

describe('a key whose wait is over', () => {
  it(
    'is started by a full read of versions, which finds it unchanged, while reads by key fail',
    marbles(() => {
      const rows: Rows = new Map([['a', 1]]);
      const table = tableOf(rows, {
        versions: () => [['a', 7]],
        entries: () => [['a', 1, 7]],
        getMany: () => throwError(() => new Error('getMany')),
      });
      let failures = 1;
      const process = () => (failures-- > 0 ? throwError(() => new Error('once')) : NEVER);
      const supervisor = new Supervisor(table, { process, restart: { delay: 10 } });
      at(100, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SXB  100ms SR  2s' });
    }),
  );
});

describe('a stop', () => {
  it(
    'is not undone by a start that was asked for before it, whose row is still being read',
    marbles(() => {
      const rows: Rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(tableOf(rows, { get: (key) => late(5, rows.get(key)) }), {
        process: () => NEVER,
      });
      const ends: unknown[] = [];
      at(10, () => supervisor.restart('a').subscribe({ error: (error: unknown) => ends.push((error as Error).name) }));
      at(12, () => supervisor.stop('a').subscribe({ next: ({ incarnation }) => ends.push(incarnation) }));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  12ms GEH  2s' });
      at(100, () => expect(ends).toEqual(['ProcessNotRunningError', 1]));
    }),
  );

  it(
    'that a process asks for in its own teardown, as it ends before it was ready, is not forgotten',
    marbles(() => {
      let supervisor: Supervisor<string, number, object> | undefined = undefined;
      const run = (): Observable<never> =>
        new Observable((subscriber) => {
          subscriber.add(timer(5).subscribe({ complete: () => subscriber.complete() }));
          return () => supervisor?.stop('a').subscribe();
        });
      supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => ({ run }) });
      expectLanes(supervisor.run()).toBe({ a: '0 S  5ms RCH  2s' });
    }),
  );
});

describe('a row that is written again as it was', () => {
  it(
    'doesn’t undo a stop, also when a command had read it before',
    marbles(({ cold }) => {
      const table = new MemoryTable([['a', { n: 1 }]]);
      const supervisor = new Supervisor(table, { process: () => stubborn(cold('5ms |')), stopTimeout: 50 });
      at(1, () => {
        table.set('a', { n: 1 });
        supervisor.restart('a').subscribe({ error: () => undefined });
        supervisor.stop('a').subscribe({ error: () => undefined });
        table.set('a', { n: 1 });
      });
      expectLanes(supervisor.run(), '100ms').toBe({ a: '0 SR  1ms G  5ms EH' });
    }),
  );
});

describe('a changed row', () => {
  it(
    'that waits for its process to be ready is tried when that one is given up before',
    marbles(() => {
      const table = new MemoryTable([['a', 1]]);
      const bad = merge(
        NEVER,
        timer(5).pipe(
          map(() => {
            throw new PermanentError('bad row');
          }),
        ),
      );
      const process = (row: number) => (row === 1 ? { run: () => bad } : NEVER);
      at(2, () => table.set('a', 2));
      expectLanes(supervise(table, { process, onChange: 'update', restart: { delay: 1_000 } })).toBe({
        a: '0 S  5ms XB  1005ms SR  2s',
      });
    }),
  );
});

describe('an event', () => {
  it(
    'of the interval that comes in the turn of the shutdown starts no read',
    marbles(() => {
      const rows: Rows = new Map([['a', 1]]);
      const ticks$ = new Subject<void>();
      const stop$ = new Subject<never>();
      const supervisor = new Supervisor(tableOf(rows), { process: () => NEVER, interval: ticks$ });
      const events = eventsOf(supervisor);
      supervisor.events.subscribe(({ type }) => {
        if (type !== 'stopping') return;
        stop$.complete();
        ticks$.next();
      });
      supervisor.run(stop$).subscribe();
      supervisor.restart('a').subscribe({ error: () => undefined });
      expect(only(events, 'reconciled')).toHaveLength(1);
      expect(events.at(-1)?.type).toBe('down');
    }),
  );
});

describe('startConcurrency', () => {
  it.each<[string, string, (table: MemoryTable<string, string>, stop: () => void) => void]>([
    ['removed', '0 S  1ms X.', (table) => table.delete('a')],
    ['held', '0 S  1ms XH', (_, stop) => stop()],
  ])('is kept when a start fails whose key is then %s', (_, lane, meanwhile) =>
    marbles(({ cold, expectSubscriptions }) => {
      const opening = cold('-----|');
      const rows = { a: 'fails', b: 'slow', c: 'slow' };
      const table = new MemoryTable(Object.entries(rows));
      const slow: Runnable<never> = { run: (running) => concat(opening.pipe(ignoreElements()), running) };
      const stop = (): void => void supervisor.stop('a').subscribe({ error: () => undefined });
      const failing: Runnable<never> = {
        run: () => cold<never>('-#').pipe(finalize(() => meanwhile(table, stop))),
      };
      const supervisor = new Supervisor(table, {
        process: (row) => (row === 'slow' ? slow : failing),
        startConcurrency: 1,
      });
      expectLanes(supervisor.run(), '12ms').toBe({ a: lane, b: '0 Q  1ms S  6ms R', c: '0 Q  6ms S  11ms R' });
      expectSubscriptions(opening.subscriptions).toBe(['-^----!', '------^----!']);
    })(),
  );
});

describe('a run that is unsubscribed', () => {
  it(
    'says stopping and stopped of a process that is still starting when it emits',
    marbles(() => {
      const table = new MemoryTable([['a', 1]]);
      const opening: Runnable<number> = { run: (running) => concat(of(1, 2), NEVER, running) };
      const supervisor = new Supervisor(table, { process: () => opening });
      const events = eventsOf(supervisor);
      const run = supervisor.run().subscribe();
      supervisor.outputs.subscribe(() => run.unsubscribe());
      supervisor.restart('a').subscribe({ error: () => undefined });
      const types = events.map(({ type }) => type);
      expect(types.slice(types.indexOf('shutdown'))).toEqual(['shutdown', 'stopping', 'stopped', 'down']);
      expect(types).not.toContain('completed');
    }),
  );

  it(
    'from a teardown of its process waits for that to return, rather than calling it stuck',
    marbles(({ cold }) => {
      const table = new MemoryTable([['a', 1]]);
      const ending = cold('--|').pipe(finalize(() => run.unsubscribe()));
      const supervisor = new Supervisor(table, { process: () => ending });
      const events = eventsOf(supervisor);
      const run = supervisor.run().subscribe();
      at(3, () => {
        expect(only(events, 'stuck')).toEqual([]);
        expect(only(events, 'stopped', 'down')).toMatchObject([{ key: 'a' }, { keys: [] }]);
      });
    }),
  );
});

describe('a process that was stuck, and ends after the run is down', () => {
  it(
    'leaves nothing behind: the next run starts its key from the first attempt',
    marbles(({ cold, flush }) => {
      let starts = 0;
      const process = (): Process => {
        starts++;
        if (starts === 1) return throwError(() => new Error('boom'));
        return starts === 2 ? { run: (_, { force }) => concat(cold('100ms |'), of(force)) } : NEVER; // never ready
      };
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), {
        process,
        restart: { delay: 3 },
        stopTimeout: 5,
        killTimeout: 5,
      });
      const events = eventsOf(supervisor);
      const run = supervisor.run().subscribe();
      at(10, () => run.unsubscribe());
      at(200, () => {
        expect(supervisor.explain('a').state).toBe('none');
        supervisor.run().subscribe();
      });
      at(300, () => void supervisor.close());
      flush();
      expect(only(events, 'down').map(({ keys }) => keys)).toEqual([['a'], []]);
      expect(only(events, 'starting').map(({ incarnation, attempt }) => [incarnation, attempt])).toEqual([
        [1, 1],
        [2, 2],
        [3, 1],
      ]);
    }),
  );
});

describe('a process that was stuck, and whose end makes a handler unsubscribe the run', () => {
  it(
    'isn’t stuck any more',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const process = (): Process => stubborn(cold('50ms |'));
      const supervisor = new Supervisor(table, { process, stopTimeout: 5, killTimeout: 5 });
      const events = eventsOf(supervisor);
      supervisor
        .run()
        .pipe(takeWhile(({ type }) => type !== 'stopped'))
        .subscribe();
      at(10, () => table.set('a', 2));
      flush();
      expect(only(events, 'stuck', 'stopped', 'down')).toMatchObject([
        { type: 'stuck', at: 20 },
        { type: 'stopped', at: 50 },
        { type: 'down', keys: [] },
      ]);
    }),
  );
});

describe('a full read whose handler unsubscribes the run', () => {
  it('acts on none of the rows that are left', () => {
    const table = new MemoryTable([
      ['a', 1],
      ['b', 1],
    ]);
    const rows: Rows = new Map(table);
    const process = (row: number, { key }: { readonly key: unknown }) => (key === 'b' && row === 1 ? of(1) : NEVER);
    const supervisor = new Supervisor(tableOf(rows), { process });
    const events = eventsOf(supervisor);
    supervisor
      .run()
      .pipe(takeWhile(({ type }) => type !== 'stopping'))
      .subscribe();
    events.length = 0;
    rows.set('a', 2).set('b', 2);
    supervisor.reconcile().subscribe({ error: () => undefined });
    expect(events.map(({ type }) => type)).toEqual(['stopping', 'stopped', 'shutdown', 'down']);
  });
});

describe('a process whose failure makes a handler unsubscribe the run', () => {
  it('isn’t to be had any more', () => {
    const broken = merge(
      of(1),
      throwError(() => new Error('boom')),
    );
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => broken });
    const got: unknown[] = [];
    supervisor.events.subscribe(({ type }) => {
      if (type !== 'failed') return;
      try {
        got.push(supervisor.get('a'));
      } catch (error) {
        got.push((error as Error).name);
      }
    });
    supervisor.run().subscribe().unsubscribe();
    expect(got).toEqual(['ProcessNotRunningError']);
  });

  it('isn’t stopped any more', () => {
    const broken = merge(
      of(1),
      throwError(() => new Error('boom')),
    );
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => broken });
    const events = eventsOf(supervisor);
    supervisor
      .run()
      .pipe(takeWhile(({ type }) => type !== 'failed'))
      .subscribe();
    expect(events.map(({ type }) => type)).toEqual(['starting', 'running', 'failed', 'shutdown', 'down']);
  });
});

describe('a process that a command stops in the turn in which the run is unsubscribed', () => {
  it('has ended, and isn’t stuck beside one that is', () => {
    const gone$ = new Subject<void>();
    const stopsItself = new Observable(() => void supervisor.stop('a').subscribe());
    const endsTheRun = defer(() => {
      gone$.next();
      return NEVER;
    });
    const supervisor: Supervisor<string, Process, Process> = new Supervisor(
      new MemoryTable<string, Process>([
        ['a', stopsItself],
        ['b', stubborn(endsTheRun)],
      ]),
    );
    const events = eventsOf(supervisor);
    supervisor.run().pipe(takeUntil(gone$)).subscribe();
    expect(only(events, 'stopped', 'stuck', 'down')).toMatchObject([
      { type: 'stopped', key: 'a' },
      { type: 'stuck', key: 'b' },
      { type: 'down', keys: ['b'] },
    ]);
  });
});

describe('a key that is held while it waits after a failure', () => {
  it(
    'is tried with a changed row no sooner than 1 s after it',
    marbles(({ cold }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, { process: () => cold('10ms #'), restart: { delay: 5_000 } });
      at(100, () => supervisor.stop('a').subscribe());
      at(200, () => table.set('a', 2));
      expectLanes(supervisor.run(), '1015ms').toBe({ a: '0 SR  10ms XB  100ms H  200ms B  1010ms SR' });
    }),
  );
});
