import type { Observable } from 'rxjs';
import { EMPTY, finalize, mergeMap, NEVER, of, range, startWith, Subject, take, tap, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Runnable } from '../lib/index.ts';
import { PermanentError, StartTimeoutError, superviseMap } from '../lib/index.ts';
import { resource } from './support/supervised.ts';

interface Tab {
  readonly id: string;
  /** Which of a spec's processes it is. */
  readonly use: string;
}

const tab = (id: string, use = id): Tab => ({ id, use });
const tabs = (...all: Tab[]): Tab[] => all;

function virtually(test: Parameters<TestScheduler['run']>[0]): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
}

const keyed = (processes: Record<string, Observable<string>>, options = {}) =>
  superviseMap(
    (row: Tab) => row.id,
    (row) => processes[row.use] ?? NEVER,
    options,
  );

describe('superviseMap', () => {
  it('keeps unchanged rows alive, replaces changed ones and ends those that are gone', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1--2--3--4');
      const b = cold('       -x--y--z');
      const c = cold('          --p');
      const rows = { i: tabs(tab('a')), j: tabs(tab('a'), tab('k', 'b')), l: tabs(tab('k', 'c')) };
      const rows$ = hot(' --i--j--l------', rows);
      const expected = '  --1--2x---p';
      expectObservable(rows$.pipe(keyed({ a, b, c })), '-----------!').toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('--^-----!');
      expectSubscriptions(b.subscriptions).toBe('-----^--!');
      expectSubscriptions(c.subscriptions).toBe('--------^--!');
    });
  });

  it('completes when the source has and all processes have ended', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    -1----2|');
      const b = cold('    -x|');
      const rows$ = hot(' --i|', { i: tabs(tab('a'), tab('b')) });
      expectObservable(rows$.pipe(keyed({ a, b }))).toBe('---(1x)-2|');
      expectSubscriptions(a.subscriptions).toBe('--^------!');
    });
  });

  it('completes at once when the source completes without a row', () => {
    virtually(({ hot, expectObservable }) => {
      expectObservable(hot<Tab[]>('--|').pipe(keyed({}))).toBe('--|');
    });
  });

  it('completes also where rows went before the source completed', () => {
    virtually(({ hot, expectObservable }) => {
      const rows$ = hot('i--j---|', { i: tabs(tab('a')), j: tabs() });
      expectObservable(rows$.pipe(keyed({}))).toBe('-------|');
    });
  });

  it('errors with what a process fails with also when its row went meanwhile', () => {
    virtually(({ cold, hot, expectObservable }) => {
      const rows$ = hot('  i---j------', { i: tabs(tab('a')), j: tabs() });
      const tooLate = new StartTimeoutError('a', 3);
      const starting = superviseMap(
        (row: Tab) => row.id,
        (): Runnable => ({ run: (_, { force }) => (force.throwIfAborted(), cold('------|')) }),
        { startTimeout: 3 },
      );
      expectObservable(rows$.pipe(starting)).toBe('------#', undefined, tooLate);
    });
  });

  it('lets a completed process rest until its row changes', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1|');
      const b = cold('    2|');
      const rows = { i: tabs(tab('k', 'a')), j: tabs(tab('k', 'b')) };
      const rows$ = hot(' i---i---j---|', rows);
      expectObservable(rows$.pipe(keyed({ a, b }))).toBe('1-------2---|');
      expectSubscriptions(a.subscriptions).toBe('^!');
      expectSubscriptions(b.subscriptions).toBe('--------^!');
    });
  });

  it('errors with what a process fails with, and ends the others', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1--2--3--4');
      const b = cold('    ----#');
      const rows$ = hot(' i------', { i: tabs(tab('a'), tab('b')) });
      expectObservable(rows$.pipe(keyed({ a, b }))).toBe('1--2#');
      expectSubscriptions(a.subscriptions).toBe('^---!');
    });
  });

  it('restarts a failed process when a restart policy is given', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1-#');
      const rows$ = hot(' i------', { i: tabs(tab('a')) });
      const restarted = rows$.pipe(keyed({ a }, { restart: { delay: 3 } }));
      expectObservable(restarted, '      -------!').toBe('1----1-');
      expectSubscriptions(a.subscriptions).toBe(['^-!', '-----^-!']);
    });
  });

  it('ends all processes with an error of the source', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1--2--3--4');
      const rows$ = hot(' i---#', { i: tabs(tab('a')) });
      expectObservable(rows$.pipe(keyed({ a }))).toBe('1--2#');
      expectSubscriptions(a.subscriptions).toBe('^---!');
    });
  });

  it('takes the last of several rows of a key in one snapshot', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1');
      const b = cold('    2');
      const rows$ = hot(' i', { i: tabs(tab('k', 'a'), tab('k', 'b')) });
      expectObservable(rows$.pipe(keyed({ a, b })), '--!').toBe('2');
      expectSubscriptions(a.subscriptions).toBe([]);
      expectSubscriptions(b.subscriptions).toBe('^-!');
    });
  });

  it('starts the next process of a key only when the one before has ended', () => {
    virtually(({ hot, expectObservable }) => {
      const slow = (name: string) => ({
        run: (running: Observable<never>) =>
          running.pipe(startWith(`${name} up`), mergeMapAtEnd(timer(3), `${name} down`)),
      });
      const rows = { i: tabs(tab('k', 'a')), j: tabs(tab('k', 'b')) };
      const rows$ = hot(' i--j------', rows);
      const values = { a: 'a up', b: 'a down', c: 'b up' };
      expectObservable(
        rows$.pipe(
          superviseMap(
            (row) => row.id,
            (row) => slow(row.use),
          ),
        ),
        '                  ---------!',
      ).toBe('a-----(bc)', values);
    });
  });

  it('errors when keyOf throws', () => {
    const error = new Error('no id');
    const errors: unknown[] = [];
    of([tab('a')])
      .pipe(
        superviseMap(
          (): string => {
            throw error;
          },
          () => NEVER,
        ),
      )
      .subscribe({ error: (e: unknown) => errors.push(e) });
    expect(errors).toEqual([error]);
  });

  it('errors when equals throws', () => {
    const rows$ = new Subject<Tab[]>();
    const errors: unknown[] = [];
    const equals = (): boolean => {
      throw new Error('not comparable');
    };
    rows$.pipe(keyed({}, { equals })).subscribe({ error: (e: unknown) => errors.push(e) });
    rows$.next([tab('a')]);
    rows$.next([tab('a')]);
    expect(errors).toEqual([expect.objectContaining({ code: 'CALLBACK', callback: 'equals', key: 'a' })]);
  });

  it('emits synchronously what processes emit synchronously', () => {
    const values: unknown[] = [];
    of([tab('a'), tab('b')])
      .pipe(keyed({ a: of('1', '2'), b: of('3') }))
      .subscribe({ next: (v) => values.push(v), complete: () => values.push('|') });
    expect(values).toEqual(['1', '2', '3', '|']);
  });

  it('ends a process that emits synchronously without end when it is unsubscribed', () => {
    let emitted = 0;
    of([tab('a'), tab('b')])
      .pipe(
        superviseMap(
          (row) => row.id,
          () => range(0, 1e9).pipe(tap(() => emitted++)),
        ),
        take(3),
      )
      .subscribe();
    expect(emitted).toBeLessThanOrEqual(4);
  });

  it('has ended everything when unsubscribe returns', () => {
    const ended: string[] = [];
    const subscription = new Subject<Tab[]>()
      .pipe(
        startWith([tab('a'), tab('b')]),
        superviseMap(
          (row) => row.id,
          (row) => NEVER.pipe(finalize(() => ended.push(row.id))),
        ),
      )
      .subscribe();
    subscription.unsubscribe();
    expect(ended).toEqual(['a', 'b']);
  });

  it('errors with what a process throws while it is made', () => {
    const errors: unknown[] = [];
    of([tab('a')])
      .pipe(keyed({ a: throwError(() => 'broken') }))
      .subscribe({ error: (e: unknown) => errors.push(e) });
    expect(errors).toEqual(['broken']);
  });
});

/** Stays up while the source lasts, then takes its time and says so. */
function mergeMapAtEnd(closing$: Observable<unknown>, last: string) {
  return (source$: Observable<string>): Observable<string> =>
    of(source$, closing$.pipe(mergeMap(() => of(last)))).pipe(mergeMap((part$) => part$, 1));
}

describe('superviseMap with restarts', () => {
  const onFailure = { when: 'on-failure', delay: 3 } as const;

  it('errors with the last failure when the key is given up for its limit', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1-#');
      const rows$ = hot(' i---------', { i: tabs(tab('a')) });
      const restart = { ...onFailure, limit: { max: 1, within: 1_000 } };
      expectObservable(rows$.pipe(keyed({ a }, { restart }))).toBe('1----1-#');
      expectSubscriptions(a.subscriptions).toBe(['^-!', '-----^-!']);
    });
  });

  it('errors at once with a PermanentError', () => {
    virtually(({ cold, hot, expectObservable }) => {
      const error = new PermanentError('no such tab');
      const a = cold('    1-#', undefined, error);
      const rows$ = hot(' i------', { i: tabs(tab('a')) });
      expectObservable(rows$.pipe(keyed({ a }, { restart: onFailure }))).toBe('1-#', undefined, error);
    });
  });

  it('lets a completed process rest also when only a delay is given', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1|');
      const rows$ = hot(' i-------|', { i: tabs(tab('a')) });
      const resting = rows$.pipe(keyed({ a }, { restart: { delay: 3 } }));
      expectObservable(resting, '        ---------!').toBe('1-------|');
      expectSubscriptions(a.subscriptions).toBe('^!');
    });
  });

  it('restarts a failed process when only the policy of its row says so', () => {
    virtually(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('    1-#');
      const rows$ = hot(' i------', { i: tabs(tab('a')) });
      const restarted = rows$.pipe(keyed({ a }, { policy: () => ({ restart: onFailure }) }));
      expectObservable(restarted, '      -------!').toBe('1----1-');
      expectSubscriptions(a.subscriptions).toBe(['^-!', '-----^-!']);
    });
  });
});

describe('superviseMap and a process that fails as it is stopped', () => {
  it('errors with that', () => {
    virtually(({ cold, hot, expectObservable }) => {
      const close = cold('    --#');
      const rows$ = hot(' i--j------|', { i: tabs(tab('a')), j: tabs() });
      const closing = superviseMap(
        (row: Tab) => row.id,
        () => resource(EMPTY, close),
      );
      expectObservable(rows$.pipe(closing)).toBe('-----#');
    });
  });
});
