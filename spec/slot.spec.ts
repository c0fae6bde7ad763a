import { concat, EMPTY, finalize, map, NEVER, Observable, of, tap, throwError, timer } from 'rxjs';
import type { LifecycleEvent, ProcessContext, ProcessPolicy, Runnable } from '../lib/index.ts';
import {
  backoff,
  CallbackError,
  MemoryTable,
  PermanentError,
  RowError,
  StartTimeoutError,
  supervise,
  Supervisor,
} from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource, stubborn } from './support/supervised.ts';

const boom = new Error('boom');
const one = (value = 1) => new MemoryTable([['a', value]]);
const restart = { delay: 1_000 };

describe('a key that starts', () => {
  it(
    'runs at once as a plain Observable, subscribed once',
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      expectLanes(supervise(one(), () => source)).toBe({ a: '0 SR  2s' });
      expectSubscriptions(source.subscriptions).toBe('^ 2s !');
    }),
  );

  it(
    'runs as a Runnable the moment that it subscribes to running',
    marbles(({ cold }) => {
      expectLanes(supervise(one(), () => resource(cold('2s |')))).toBe({ a: '0 S  2s R' });
    }),
  );

  it(
    'was ready first when it completes before subscribe returns',
    marbles(() => {
      expectLanes(supervise(one(), { process: () => EMPTY, restart: { when: 'never' } })).toBe({ a: '0 SRC' });
    }),
  );

  it(
    'was ready first when it emits before subscribe returns, and fails then',
    marbles(() => {
      const process = () =>
        concat(
          of(1),
          throwError(() => boom),
        );
      expectLanes(supervise(one(), { process, restart })).toBe({ a: '0 SRXB' });
    }),
  );

  it(
    'failed to start when it errors before any value',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => throwError(() => boom), restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SXB' });
      flush();
      expect(only(events, 'failed')).toMatchObject([{ key: 'a', incarnation: 1, error: boom, phase: 'starting' }]);
    }),
  );

  it.each<[string, () => Observable<never>]>([
    [
      'building it throws',
      () => {
        throw boom;
      },
    ],
    [
      'subscribing to it throws',
      () =>
        new Observable(() => {
          throw boom;
        }),
    ],
  ])('failed to start when %s', (_, process) =>
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process, restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SXB  1s SXB' });
      flush();
      expect(only(events, 'failed')[0]).toMatchObject({ error: boom, phase: 'starting' });
    })(),
  );

  it(
    'failed to start when what it makes is no process',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => 'bot' as unknown as Observable<string>, restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SXB' });
      flush();
      expect(only(events, 'failed')).toMatchObject([{ error: { code: 'INVALID_PROCESS' } }]);
    }),
  );

  it(
    'says how long it took to run, and how long it ran',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(cold('2s |'), cold('1s |')) });
      const events = eventsOf(supervisor);
      at(7_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s R  7s G  8s E.' });
      flush();
      expect(only(events, 'running')).toMatchObject([{ took: 2_000 }]);
      expect(only(events, 'stopped')).toEqual([
        { type: 'stopped', at: 8_000, key: 'a', incarnation: 1, cause: 'removed', uptime: 6_000, forced: false },
      ]);
    }),
  );

  it(
    'fails when it isn’t ready within startTimeout, once it is gone',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const open = cold('-');
      const supervisor = new Supervisor(one(), { process: () => resource(open), startTimeout: 3_000, restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  3s GXB  4s S' });
      expectSubscriptions(open.subscriptions).toBe(['^ 2999ms !', '4s ^!']);
      flush();
      expect(only(events, 'stopping')[0]).toMatchObject({ cause: 'timeout' });
      expect(only(events, 'failed')).toMatchObject([{ error: new StartTimeoutError('a', 3_000), phase: 'starting' }]);
    }),
  );

  it(
    'has the time that the command to start it gives, also where it is a key that nothing was known of',
    marbles(({ cold, flush }) => {
      const rows = new Map<string, number>();
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => resource(cold('-')), interval: Infinity, restart },
      );
      const events = eventsOf(supervisor);
      at(1_000, () => {
        rows.set('a', 1);
        supervisor.start('a', { within: 300 }).subscribe({ error: () => {} });
      });
      expectLanes(supervisor.run()).toBe({ a: '1s S  1300ms GXB  2300ms S' });
      flush();
      expect(only(events, 'failed')).toMatchObject([{ error: new StartTimeoutError('a', 300) }]);
    }),
  );

  it(
    'fails for its startTimeout only when a process that has read force has ended',
    marbles(({ cold, flush }) => {
      const process = (): Runnable => ({
        run: (_running, { force }) => {
          force.throwIfAborted();
          return cold('5s #', {}, boom);
        },
      });
      const supervisor = new Supervisor(one(), { process, startTimeout: 1_000, restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s G  3s K  5s XB  6s S' });
      flush();
      expect(only(events, 'failed')[0]?.error).toMatchObject({ code: 'START_TIMEOUT', cause: boom });
    }),
  );

  it(
    'starts for as long as it takes where startTimeout is Infinity',
    marbles(({ cold }) => {
      const process = () => resource(cold('1200m |'));
      expectLanes(supervise(one(), { process, startTimeout: Infinity })).toBe({ a: '0 S  20h R' });
    }),
  );

  it(
    'is forced when its row goes',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const open = cold('-');
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, () => resource(open, cold('5s |')))).toBe({ a: '0 S  1s GE.' });
      expectSubscriptions(open.subscriptions).toBe('^ 999ms !');
    }),
  );

  it(
    'is forced and starts with the new row when that changes',
    marbles(({ cold }) => {
      const table = one(5_000);
      at(1_000, () => table.set('a', 2_000));
      expectLanes(supervise(table, (time) => resource(timer(time), cold('5s |')))).toBe({ a: '0 S  1s GES  3s R' });
    }),
  );

  it(
    'starts once for all the changes that come while it ends',
    marbles(({ cold, flush }) => {
      const table = one(1);
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')) });
      const events = eventsOf(supervisor);
      for (const value of [2, 3, 4]) at(value * 1_000, () => table.set('a', value));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s G  5s ESR  6s' });
      flush();
      expect(only(events, 'starting').map(({ value, cause }) => [value, cause])).toEqual([
        [1, 'initial'],
        [4, 'update'],
      ]);
    }),
  );
});

describe('a key whose process ends by itself', () => {
  it(
    'restarts a failed process after its delay',
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('5s #');
      expectLanes(supervise(one(), { process: () => source, restart })).toBe({ a: '0 SR  5s XB  6s SR  8s' });
      expectSubscriptions(source.subscriptions).toBe(['^ 4999ms !', '6s ^ 2s !']);
    }),
  );

  it(
    'restarts a completed process after its delay',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('5s |'), restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s CB  6s SR' });
      flush();
      expect(only(events, 'backoff')).toMatchObject([{ delay: 1_000, attempt: 1, until: 6_000 }]);
    }),
  );

  it(
    'restarts with the next incarnation and the next attempt, as restart',
    marbles(({ cold, flush }) => {
      const seen: number[] = [];
      const process = (_: number, { incarnation }: ProcessContext) => {
        seen.push(incarnation);
        return cold('1s #');
      };
      const supervisor = new Supervisor(one(), { process, restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s SR  3s XB  4s SR' });
      flush();
      expect(seen).toEqual([1, 2, 3]);
      expect(only(events, 'starting').map(({ incarnation, attempt, cause }) => [incarnation, attempt, cause])).toEqual([
        [1, 1, 'initial'],
        [2, 2, 'restart'],
        [3, 3, 'restart'],
      ]);
    }),
  );

  it(
    'waits for what the delay function says of the attempt that failed, its error and its key',
    marbles(({ cold, flush }) => {
      const asked: unknown[] = [];
      const delay = (...args: unknown[]) => {
        asked.push(args);
        return Number(args[0]) * 1_000;
      };
      expectLanes(supervise(one(), { process: () => cold('1s #', {}, boom), restart: { delay } })).toBe({
        a: '0 SR  1s XB  2s SR  3s XB  5s SR  6s XB',
      });
      flush();
      expect(asked).toEqual([
        [1, boom, 'a'],
        [2, boom, 'a'],
        [3, boom, 'a'],
      ]);
    }),
  );

  it(
    'waits as backoff says by default: longer with each attempt, and the same in every run',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('#') });
      const events = eventsOf(supervisor);
      supervisor.run().subscribe();
      at(20_000, () => supervisor.close());
      flush();
      const expected = [1, 2, 3, 4].map((attempt) => backoff()(attempt, undefined, 'a'));
      expect(
        only(events, 'backoff')
          .slice(0, 4)
          .map(({ delay }) => delay),
      ).toEqual(expected);
    }),
  );

  it(
    'sets attempt back once it ran for resetAfter',
    marbles(({ flush }) => {
      const uptimes = [1_000, 1_000, 4_000, 1_000];
      const process = () => timer(uptimes.shift() ?? 0).pipe(map(() => JSON.parse('{') as number));
      const supervisor = new Supervisor(one(), { process, restart: { delay: 1_000, resetAfter: 4_000 } });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s SR  3s XB  4s SR  8s XB  9s SR  10s XB' });
      flush();
      expect(only(events, 'backoff').map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
    }),
  );

  it(
    'starts again no sooner than 1 ms after',
    marbles(() => {
      expectLanes(supervise(one(), { process: () => EMPTY, restart: { delay: 0 } })).toBe({
        a: '0 SRCB  1ms SRCB  2ms SRCB  3ms SRCB',
      });
    }),
  );

  it(
    'neither overflows the stack nor starves the others when it ends at once over and over',
    marbles(({ flush }) => {
      const table = new MemoryTable<string, Observable<unknown>>([
        ['spins', throwError(() => boom)],
        ['works', timer(0, 1_000)],
      ]);
      const supervisor = new Supervisor(table, { restart: { delay: 0 } });
      const outputs: unknown[] = [];
      let starts = 0;
      supervisor.output('works').subscribe((value) => outputs.push(value));
      supervisor.events.subscribe((event) => {
        if (event.type === 'starting' && event.key === 'spins') starts++;
      });
      supervisor.run().subscribe();
      at(10_000, () => supervisor.close());
      flush();
      expect(starts).toBe(10_000);
      expect(outputs).toHaveLength(10);
    }),
  );

  it(
    'rests as completed where it restarts on failure only',
    marbles(({ cold }) => {
      const process = (row: string) => cold(row);
      const table = new MemoryTable([
        ['a', '1s |'],
        ['b', '1s #'],
      ]);
      expectLanes(supervise(table, { process, restart: { delay: 3_600_000, when: 'on-failure' } })).toBe({
        a: '0 SR  1s C',
        b: '0 SR  1s XB  3601s SR',
      });
    }),
  );

  it(
    'rests as given up, or completed, where it never restarts',
    marbles(({ cold, flush }) => {
      const process = (row: number) => (row === 1 ? cold('1s |') : cold('1s #', {}, boom));
      const table = new MemoryTable([
        ['a', 1],
        ['b', 2],
      ]);
      const supervisor = new Supervisor(table, { process, restart: { when: 'never' } });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s C', b: '0 SR  1s XP  1h' });
      flush();
      expect(only(events, 'given-up')).toMatchObject([{ key: 'b', error: boom }]);
    }),
  );

  it(
    'is given up when there were more restarts than the limit',
    marbles(({ cold }) => {
      const limit = { max: 2, within: 60_000 };
      expectLanes(supervise(one(), { process: () => cold('1s #'), restart: { ...restart, limit } })).toBe({
        a: '0 SR  1s XB  2s SR  3s XB  4s SR  5s XP  1h',
      });
    }),
  );

  it(
    'counts only the restarts within the time of the limit',
    marbles(({ cold }) => {
      const limit = { max: 1, within: 3_000 };
      expectLanes(supervise(one(), { process: () => cold('2s #'), restart: { ...restart, limit } })).toBe({
        a: '0 SR  2s XB  3s SR  5s XB  6s SR  8s XB',
      });
    }),
  );

  it(
    'is given up for a PermanentError, also as the cause of its error, whatever the policy',
    marbles(({ cold }) => {
      const error = new Error('login failed', { cause: new PermanentError('no such account') });
      expectLanes(supervise(one(), { process: () => cold('1s #', {}, error), restart })).toBe({
        a: '0 SR  1s XP  1h',
      });
    }),
  );

  it(
    'never starts again by itself where the delay is Infinity',
    marbles(({ cold }) => {
      expectLanes(supervise(one(), { process: () => cold('1s #'), restart: { delay: Infinity } })).toBe({
        a: '0 SR  1s XB  20h',
      });
    }),
  );

  it(
    'has ended only when its teardown has run, so that two are never alive at once',
    marbles(({ cold, flush }) => {
      let alive = 0;
      const most: number[] = [];
      const process = () =>
        new Observable((subscriber) => {
          most.push(++alive);
          const work = cold('1s #').subscribe(subscriber);
          return () => {
            work.unsubscribe();
            alive--;
          };
        });
      expectLanes(supervise(one(), { process, restart: { delay: 0 } })).toBe({
        a: '0 SR  1s XB  1001ms SR  2001ms XB  2002ms SR',
      });
      flush();
      expect(most).toEqual([1, 1, 1]);
    }),
  );
});

describe('a key that stops', () => {
  it(
    'ends a plain Observable by unsubscribing, at once',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const source = cold('-');
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, () => source)).toBe({ a: '0 SR  1s GE.' });
      expectSubscriptions(source.subscriptions).toBe('^ 999ms !');
    }),
  );

  it(
    'gives a Runnable the time that it takes to close',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const close = cold('3s |');
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, () => resource(EMPTY, close))).toBe({ a: '0 SR  1s G  4s E.' });
      expectSubscriptions(close.subscriptions).toBe('1s ^ 2999ms !');
    }),
  );

  it(
    'forces it by unsubscribing after stopTimeout',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const table = one();
      const close = cold('-');
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, close) });
      const events = eventsOf(supervisor);
      at(1_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  6s E.' });
      expectSubscriptions(close.subscriptions).toBe('1s ^ 4999ms !');
      flush();
      expect(only(events, 'stopped')).toMatchObject([{ forced: true, cause: 'removed', uptime: 6_000 }]);
    }),
  );

  it(
    'aborts force where that was read, and waits for the end',
    marbles(({ cold, flush }) => {
      const table = one();
      const log: unknown[] = [];
      const process = (_: number, { force }: ProcessContext): Runnable => {
        force.addEventListener('abort', () => log.push('aborted'));
        return { run: (running) => concat(running, cold('6s |')) };
      };
      at(1_000, () => table.delete('a'));
      at(5_999, () => log.push('not yet'));
      expectLanes(supervise(table, process)).toBe({ a: '0 SR  1s G  7s E.' });
      flush();
      expect(log).toEqual(['not yet', 'aborted']);
    }),
  );

  it(
    'is stuck when it hasn’t ended killTimeout after force, and stays subscribed',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const source = cold('-');
      at(1_000, () => table.delete('a'));
      expectLanes(
        supervise(table, () => stubborn(source)),
        '1h',
      ).toBe({ a: '0 SR  1s G  8s K' });
      expectSubscriptions(source.subscriptions).toBe('^');
    }),
  );

  it(
    'goes on as usual when what was stuck ends later: it is removed where its row is gone',
    marbles(({ cold }) => {
      const table = one();
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, () => stubborn(cold('20s |')))).toBe({ a: '0 SR  1s G  8s K  20s E.' });
    }),
  );

  it(
    'goes on as usual when what was stuck ends later: it starts where its row is there',
    marbles(({ cold }) => {
      const table = one();
      at(1_000, () => table.set('a', 2));
      expectLanes(supervise(table, (row) => (row === 1 ? stubborn(cold('20s |')) : NEVER))).toBe({
        a: '0 SR  1s G  8s K  20s ESR',
      });
    }),
  );

  it(
    'is never doubled while it is stuck',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const source = cold('-');
      at(1_000, () => table.delete('a'));
      at(10_000, () => table.set('a', 2));
      at(11_000, () => table.set('a', 3));
      expectLanes(supervise(table, () => stubborn(source))).toBe({ a: '0 SR  1s G  8s K  1h' });
      expectSubscriptions(source.subscriptions).toBe('^');
    }),
  );

  it(
    'has no graceful time where stopTimeout is 0',
    marbles(({ cold, expectSubscriptions }) => {
      const table = one();
      const close = cold('1s |');
      at(1_000, () => table.delete('a'));
      expectLanes(supervise(table, { process: () => resource(EMPTY, close), stopTimeout: 0 })).toBe({
        a: '0 SR  1s GE.',
      });
      expectSubscriptions(close.subscriptions).toBe('1s (^!)');
    }),
  );

  it(
    'has all the time that it takes where its timeouts are Infinity',
    marbles(({ cold }) => {
      const table = one();
      at(1_000, () => table.delete('a'));
      const timeouts = { stopTimeout: Infinity, killTimeout: Infinity };
      expectLanes(supervise(table, { process: () => resource(EMPTY, cold('1200m |')), ...timeouts })).toBe({
        a: '0 SR  1s G  72001s E.',
      });
    }),
  );

  it(
    'stays stopped when it ends with an error: the stop was asked for, whatever the error is',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('1s #', {}, boom)), restart });
      const events = eventsOf(supervisor);
      at(1_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  2s E.  1h' });
      flush();
      expect(only(events, 'stopped')).toMatchObject([{ error: boom }]);
    }),
  );

  it(
    'has failed with an AbortError that nobody asked for',
    marbles(({ cold }) => {
      const error = new DOMException('aborted', 'AbortError');
      expectLanes(supervise(one(), { process: () => cold('1s #', {}, error), restart })).toBe({
        a: '0 SR  1s XB  2s SR',
      });
    }),
  );

  it(
    'stops with what its teardown throws',
    marbles(({ flush }) => {
      const table = one();
      const process = () =>
        NEVER.pipe(
          finalize(() => {
            throw boom;
          }),
        );
      const supervisor = new Supervisor(table, { process });
      const events = eventsOf(supervisor);
      at(1_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GE.' });
      flush();
      expect(only(events, 'stopped')).toMatchObject([{ error: boom }]);
    }),
  );

  it(
    'asks through stop$, which emits once and completes, also for who comes late',
    marbles(({ cold, flush }) => {
      const table = one();
      const log: unknown[] = [];
      const process = (_: number, { stop$ }: ProcessContext) => {
        const listen = () => stop$.subscribe({ next: () => log.push('asked'), complete: () => log.push('complete') });
        listen();
        at(1_500, listen);
        return resource(EMPTY, cold('1s |'));
      };
      at(1_000, () => {
        expect(log).toEqual([]);
        table.delete('a');
      });
      expectLanes(supervise(table, process)).toBe({ a: '0 SR  1s G  2s E.' });
      flush();
      expect(log).toEqual(['asked', 'complete', 'asked', 'complete']);
    }),
  );
});

describe('a key whose row changes', () => {
  it(
    'restarts its process: the next starts only after the one before has really ended',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('2s |')) });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  3s ESR' });
      flush();
      expect(only(events, 'stopping', 'starting').slice(1, 3)).toMatchObject([
        { type: 'stopping', cause: 'update', incarnation: 1 },
        { type: 'starting', cause: 'update', incarnation: 2, value: 2, attempt: 1 },
      ]);
    }),
  );

  it(
    'is left alone by a row that is equal',
    marbles(({ cold, expectSubscriptions }) => {
      const table = new MemoryTable([['a', { port: 80, tags: ['x'] }]]);
      const source = cold('-');
      at(1_000, () => table.set('a', { port: 80, tags: ['x'] }));
      expectLanes(supervise(table, () => source)).toBe({ a: '0 SR  5s' });
      expectSubscriptions(source.subscriptions).toBe('^ 5s !');
    }),
  );

  it(
    'is left alone by a row that its own equals calls equal',
    marbles(() => {
      const table = one(10);
      at(1_000, () => table.set('a', 12));
      at(2_000, () => table.set('a', 20));
      const equals = (a: number, b: number) => Math.floor(a / 10) === Math.floor(b / 10);
      expectLanes(supervise(table, { process: () => NEVER, equals })).toBe({ a: '0 SR  2s GESR' });
    }),
  );

  it(
    'keeps its process where changes are ignored, and starts with the newest row when that ends',
    marbles(({ flush }) => {
      const table = one(5_000);
      const supervisor = new Supervisor(table, { process: (ms) => timer(ms), onChange: 'ignore', restart });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 7_000));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s CB  6s SR  13s CB' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([5_000, 7_000]);
    }),
  );

  it(
    'gets the row on rows$ where changes are updates: now, then each, until it is asked to stop',
    marbles(({ cold, flush }) => {
      const table = one();
      const log: unknown[] = [];
      const process = (_: number, { rows$ }: ProcessContext): Runnable => ({
        run: (running) => {
          rows$.subscribe({ next: (row) => log.push(row), complete: () => log.push('complete') });
          return concat(running, cold('1s |'));
        },
      });
      const supervisor = new Supervisor(table, { process, onChange: 'update' });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2));
      at(2_000, () => table.set('a', 3));
      at(3_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s U  2s U  3s G  4s E.' });
      flush();
      expect(log).toEqual([1, 2, 3, 'complete']);
      expect(only(events, 'updated')).toMatchObject([{ value: 2 }, { value: 3 }]);
    }),
  );

  it(
    'restarts where changes are updates and nobody has subscribed to rows$',
    marbles(() => {
      const table = one();
      at(1_000, () => table.set('a', 2));
      expectLanes(supervise(table, { process: () => NEVER, onChange: 'update' })).toBe({ a: '0 SR  1s GESR' });
    }),
  );

  it(
    'gets an update that came while it started once it is ready',
    marbles(({ cold, flush }) => {
      const table = one();
      const log: unknown[] = [];
      const process = (_: number, { rows$ }: ProcessContext): Runnable => ({
        run: (running) => {
          rows$.subscribe((row) => log.push(row));
          return concat(cold('2s |'), running);
        },
      });
      at(1_000, () => table.set('a', 2));
      expectLanes(supervise(table, { process, onChange: 'update' })).toBe({ a: '0 S  2s RU  5s' });
      flush();
      expect(log).toEqual([1, 2]);
    }),
  );

  it(
    'reacts as a function of both rows and the key says',
    marbles(({ flush }) => {
      const table = one();
      const asked: unknown[] = [];
      const onChange = (previous: number, next: number, key: string) => {
        asked.push([previous, next, key]);
        return next === 2 ? ('ignore' as const) : ('restart' as const);
      };
      at(1_000, () => table.set('a', 2));
      at(2_000, () => table.set('a', 3));
      expectLanes(supervise(table, { process: () => NEVER, onChange })).toBe({ a: '0 SR  2s GESR' });
      flush();
      expect(asked).toEqual([
        [1, 2, 'a'],
        [1, 3, 'a'],
      ]);
    }),
  );

  it(
    'reacts as the policy of the new row says',
    marbles(() => {
      const table = one();
      const policy = (row: number): ProcessPolicy<string, number> => ({ onChange: row === 2 ? 'restart' : 'ignore' });
      at(1_000, () => table.set('a', 3));
      at(2_000, () => table.set('a', 2));
      at(3_000, () => table.set('a', 1));
      expectLanes(supervise(table, { process: () => NEVER, policy })).toBe({ a: '0 SR  2s GESR  4s' });
    }),
  );

  it(
    'keeps its process when a change that was ignored is taken back',
    marbles(({ flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, {
        process: () => NEVER,
        onChange: (_, next) => (next === 2 ? 'ignore' : 'restart'),
      });
      at(1_000, () => table.set('a', 2));
      at(2_000, () => table.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s' });
      flush();
    }),
  );

  it(
    'is stopped and removed when its row goes while it stops for a change',
    marbles(({ cold }) => {
      const table = one();
      at(1_000, () => table.set('a', 2));
      at(2_000, () => table.delete('a'));
      expectLanes(supervise(table, () => resource(EMPTY, cold('3s |')))).toBe({ a: '0 SR  1s G  4s E.  10s' });
    }),
  );

  it(
    'starts with the newest row, once its process has ended, when its row comes back while it stops',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')) });
      const events = eventsOf(supervisor);
      at(1_000, () => table.delete('a'));
      at(2_000, () => table.set('a', 1));
      at(3_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s ESR  9s' });
      flush();
      expect(only(events, 'starting').at(-1)).toMatchObject({ value: 2, cause: 'change', attempt: 1, incarnation: 2 });
    }),
  );

  it(
    'starts with its last good row when its row comes back while it stops, and can’t be read',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable<string, number | RowError>([['a', 1]]);
      const supervisor = new Supervisor<string, number | RowError, Runnable>(table, {
        process: () => resource(EMPTY, cold('3s |')),
      });
      const events = eventsOf(supervisor);
      at(1_000, () => table.delete('a'));
      at(2_000, () => table.set('a', new RowError(boom)));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s ESR  9s' });
      flush();
      expect(only(events, 'starting').at(-1)).toMatchObject({ value: 1, cause: 'change', attempt: 1 });
    }),
  );

  it(
    'follows the newest state of the table through any number of removals and returns while it stops',
    marbles(({ cold }) => {
      const gone = new MemoryTable([['a', 1]]);
      const back = new MemoryTable([['b', 1]]);
      at(1_000, () => gone.delete('a'));
      at(1_500, () => gone.set('a', 2));
      at(2_000, () => gone.delete('a'));
      at(1_000, () => back.delete('b'));
      at(1_500, () => back.set('b', 2));
      at(2_000, () => back.delete('b'));
      at(2_500, () => back.set('b', 1));
      const process = () => resource(EMPTY, cold('3s |'));
      expectLanes(supervise(gone, process)).toBe({ a: '0 SR  1s G  4s E.  9s' });
      expectLanes(supervise(back, process)).toBe({ b: '0 SR  1s G  4s ESR  9s' });
    }),
  );
});

describe('a key that waits or rests', () => {
  const failing = (cold: (marbles: string) => Observable<never>) => (row: number) => (row === 1 ? cold('1s #') : NEVER);

  it(
    'is removed when its row goes',
    marbles(({ cold }) => {
      const table = new MemoryTable([
        ['waits', 1],
        ['gave up', 2],
        ['completed', 3],
      ]);
      const process = (row: number) =>
        row === 3 ? cold('1s |') : cold('1s #', {}, row === 2 ? new PermanentError() : boom);
      at(2_000, () => table.clear());
      expectLanes(supervise(table, { process, restart: { delay: 5_000, when: 'on-failure' } })).toBe({
        waits: '0 SR  1s XB  2s .',
        'gave up': '0 SR  1s XP  2s .',
        completed: '0 SR  1s C  2s .',
      });
    }),
  );

  it(
    'is tried at once with a row that changes, when that is 1 s after the failure or later',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: failing(cold), restart: { delay: 5_000 } });
      const events = eventsOf(supervisor);
      at(2_500, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2500ms SR' });
      flush();
      expect(only(events, 'starting')[1]).toMatchObject({ value: 2, attempt: 2, incarnation: 2, cause: 'change' });
    }),
  );

  it(
    'is tried 1 s after the failure with a row that changes sooner',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: failing(cold), restart: { delay: 5_000 } });
      const events = eventsOf(supervisor);
      at(1_400, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  1400ms B  2s SR' });
      flush();
      expect(only(events, 'backoff')).toMatchObject([
        { delay: 5_000, until: 6_000 },
        { delay: 600, until: 2_000 },
      ]);
    }),
  );

  it(
    'is tried after its delay with a row that changes, where the delay is less than 1 s',
    marbles(({ cold }) => {
      const table = one();
      at(1_100, () => table.set('a', 2));
      expectLanes(supervise(table, { process: failing(cold), restart: { delay: 300 } })).toBe({
        a: '0 SR  1s XB  1300ms SR',
      });
    }),
  );

  it.each<[string, (process: Observable<never>, write: () => void) => Observable<never>]>([
    ['as it fails', (process, write) => process.pipe(tap({ error: () => at(0, write) }))],
    ['in its teardown', (process, write) => process.pipe(finalize(write))],
  ])('makes no storm when it writes to its own row %s', (_, writing) =>
    marbles(({ cold }) => {
      const table = one();
      const process = (row: number) => (row > 9 ? NEVER : writing(cold('#'), () => table.set('a', row + 1)));
      expectLanes(supervise(table, { process, restart: { delay: 0 } }), '3ms').toBe({
        a: '0 SRXB  1ms SRXB  2ms SRXB  3ms SRXB',
      });
    })(),
  );

  it(
    'keeps its attempt when a changed row is tried after a failure',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => cold('1s #'), restart: { delay: 5_000 } });
      const events = eventsOf(supervisor);
      at(3_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  3s SR  4s XB' });
      flush();
      expect(only(events, 'backoff').map(({ attempt }) => attempt)).toEqual([1, 2]);
    }),
  );

  it(
    'starts from attempt 1 when a changed row is tried after it completed',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => cold('1s |'), restart: { delay: 5_000 } });
      const events = eventsOf(supervisor);
      at(3_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s CB  3s SR  4s CB' });
      flush();
      expect(only(events, 'backoff').map(({ attempt }) => attempt)).toEqual([1, 1]);
    }),
  );

  it.each<[string, string, { when: 'always' | 'on-failure' | 'never' }, string]>([
    ['completed', '1s |', { when: 'never' }, '0 SR  1s C  5s SR  6s C'],
    ['given up', '1s #', { when: 'never' }, '0 SR  1s XP  5s SR  6s XP'],
  ])('starts with a row that changes when it was %s', (_, life, policy, lane) =>
    marbles(({ cold }) => {
      const table = one();
      at(5_000, () => table.set('a', 2));
      expectLanes(supervise(table, { process: () => cold(life), restart: policy })).toBe({ a: lane });
    })(),
  );

  it(
    'starts no sooner than 1 s after the failure with a row that changes when it was given up',
    marbles(({ cold }) => {
      const table = one();
      at(1_200, () => table.set('a', 2));
      expectLanes(supervise(table, { process: () => cold('1s #'), restart: { when: 'never', delay: 5_000 } })).toBe({
        a: '0 SR  1s XP  1200ms B  2s SR  3s XP',
      });
    }),
  );

  it(
    'is left alone by a row that is equal',
    marbles(({ cold }) => {
      const table = one();
      at(3_000, () => table.set('a', 1));
      expectLanes(supervise(table, { process: () => cold('1s #'), restart: { delay: 5_000 } })).toBe({
        a: '0 SR  1s XB  6s SR',
      });
    }),
  );

  it(
    'reads its row before it restarts: gone means removed',
    marbles(({ cold, expectSubscriptions }) => {
      const rows = new Map([['a', 1]]);
      const source = cold('1s #');
      at(1_500, () => rows.delete('a'));
      const table = { get: (key: string) => of(rows.get(key)), entries: () => rows };
      expectLanes(supervise(table, { process: () => source, restart })).toBe({ a: '0 SR  1s XB  2s .' });
      expectSubscriptions(source.subscriptions).toBe('^ 999ms !');
    }),
  );

  it(
    'reads its row before it restarts: changed means the new row',
    marbles(({ cold, flush }) => {
      const rows = new Map([['a', 1]]);
      at(1_500, () => rows.set('a', 2));
      const table = { get: (key: string) => of(rows.get(key)), entries: () => rows };
      const supervisor = new Supervisor(table, { process: () => cold('1s #'), restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s SR' });
      flush();
      expect(only(events, 'starting')[1]).toMatchObject({ value: 2, cause: 'restart', attempt: 2 });
    }),
  );

  it(
    'reads its row before it restarts: one that can’t be read means the last good row',
    marbles(({ cold, flush }) => {
      const table = { get: () => of(new RowError(boom)), entries: () => [['a', 1] as const] };
      const supervisor = new Supervisor(table, { process: () => cold('1s |'), restart });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s CB  2s SR' });
      flush();
      expect(only(events, 'row-failed')).toMatchObject([{ at: 2_000, error: boom }]);
      expect(only(events, 'starting')[1]).toMatchObject({ value: 1, cause: 'restart', attempt: 2 });
    }),
  );

  it(
    'waits for the read before its restart, however slow',
    marbles(({ cold }) => {
      const table = { get: () => cold('2s (x|)', { x: 1 }), entries: () => [['a', 1] as const] };
      expectLanes(supervise(table, { process: () => cold('1s #'), restart })).toBe({ a: '0 SR  1s XB  4s SR' });
    }),
  );

  it(
    'waits when the read before its restart fails, at the latest until the next tick',
    marbles(({ cold }) => {
      const table = { get: () => cold<number>('2s #'), entries: () => [['a', 1] as const] };
      expectLanes(supervise(table, { process: () => cold('1s #'), restart, interval: 7_000 })).toBe({
        a: '0 SR  1s XB  7s SR',
      });
    }),
  );

  it(
    'removes itself by deleting its row and then ending: with a table that announces it, a plain removal',
    marbles(({ cold }) => {
      const table = one();
      const process = () => cold('1s |').pipe(tap({ complete: () => table.delete('a') }));
      expectLanes(supervise(table, process)).toBe({ a: '0 SR  1s GE.' });
    }),
  );

  it(
    'removes itself by deleting its row and then ending: else at the read before its restart',
    marbles(({ cold }) => {
      const rows = new Map([['a', 1]]);
      const process = () => cold('1s |').pipe(finalize(() => rows.delete('a')));
      const table = { get: (key: string) => of(rows.get(key)), entries: () => rows };
      expectLanes(supervise(table, { process, restart })).toBe({ a: '0 SR  1s CB  2s .' });
    }),
  );

  it(
    'counts incarnations on above all that were removed when it was removed and returns',
    marbles(({ flush }) => {
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2).set('a', 3).delete('a'));
      at(2_000, () => table.delete('b'));
      at(3_000, () => table.set('b', 1).set('a', 1));
      supervisor.run().subscribe();
      at(4_000, () => supervisor.close());
      flush();
      expect(only(events, 'starting').map(({ key, incarnation }) => `${key}${incarnation}`)).toEqual(
        'a1 b1 a2 a3 b4 a4'.split(' '),
      );
    }),
  );
});

describe('a process or an option that misbehaves', () => {
  const two = () =>
    new MemoryTable([
      ['a', 1],
      ['b', 2],
    ]);
  const bad = (value: number) => {
    if (value === 1) throw boom;
  };
  const callbackErrors = (events: readonly LifecycleEvent<string, number>[]) =>
    only(events, 'row-failed').map(({ key, error }) => [
      key,
      error instanceof CallbackError && error.callback,
      (error as Error).cause,
    ]);

  it(
    'fails the start of its key alone when policy throws',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(two(), {
        process: () => NEVER,
        restart,
        policy: (value) => {
          bad(value);
          return {};
        },
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SXB  1s SXB', b: '0 SR' });
      flush();
      expect(only(events, 'failed')[0]).toMatchObject({ key: 'a', error: boom, phase: 'starting' });
    }),
  );

  it(
    'leaves the process of its key as it is when equals throws',
    marbles(({ flush }) => {
      const table = two();
      const supervisor = new Supervisor(table, {
        process: () => NEVER,
        equals: (a, b) => {
          bad(a);
          return a === b;
        },
      });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 3).set('b', 3));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s', b: '0 SR  1s GESR' });
      flush();
      expect(callbackErrors(events)).toEqual([['a', 'equals', boom]]);
    }),
  );

  it(
    'leaves the process of its key as it is when onChange throws, or says what it can’t',
    marbles(({ flush }) => {
      const table = two();
      const supervisor = new Supervisor(table, {
        process: () => NEVER,
        onChange: (previous) => {
          bad(previous);
          return 'reload' as never;
        },
      });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 3).set('b', 3));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  5s', b: '0 SR' });
      flush();
      expect(callbackErrors(events)).toEqual([
        ['a', 'onChange', boom],
        ['b', 'onChange', expect.objectContaining({ code: 'INVALID_OPTION' })],
      ]);
    }),
  );

  it(
    'waits as backoff says when the delay function throws, or gives no number',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(two(), {
        process: () => cold('1s #'),
        restart: {
          delay: (_attempt, _error, key) => {
            bad(key === 'a' ? 1 : 2);
            return NaN;
          },
        },
      });
      const events = eventsOf(supervisor);
      supervisor.run().subscribe();
      at(1_001, () => supervisor.close());
      flush();
      expect(callbackErrors(events)).toEqual([
        ['a', 'restart.delay', boom],
        ['b', 'restart.delay', expect.objectContaining({ code: 'INVALID_OPTION' })],
      ]);
      expect(only(events, 'backoff').map(({ delay }) => delay)).toEqual(
        ['a', 'b'].map((key) => backoff()(1, undefined, key)),
      );
    }),
  );

  it(
    'is not heard once it has ended',
    marbles(({ flush }) => {
      const table = one();
      let late: (() => void) | undefined;
      const supervisor = new Supervisor(table, {
        process: () =>
          new Observable<number>((subscriber) => {
            late = () => {
              subscriber.next(1);
              subscriber.error(boom);
            };
          }),
      });
      const outputs: unknown[] = [];
      supervisor.outputs.subscribe((output) => outputs.push(output));
      at(1_000, () => table.delete('a'));
      at(2_000, () => late?.());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GE.  5s' });
      flush();
      expect(outputs).toEqual([]);
    }),
  );

  it(
    'may call back into the supervisor while it starts: that takes effect afterwards',
    marbles(({ flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, {
        process: (row) =>
          new Observable<never>(() => {
            if (row === 3) return;
            table.delete('a');
            table.set('c', 3);
            supervisor.stop('c').subscribe();
          }),
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SRGE.', c: '0 SRGEH' });
      flush();
      expect(only(events, 'ready')).toHaveLength(1);
    }),
  );
});

describe('a row that comes back with the version that it had, and another value', () => {
  /** A table of which `entries` gives versions. */
  const versioned = () => {
    const rows = new Map<string, readonly [value: number, version: number]>([['a', [1, 7]]]);
    const table = {
      get: (key: string) => of(rows.get(key)?.[0]),
      entries: () => [...rows].map(([key, [value, version]]) => [key, value, version] as const),
    };
    return { rows, table };
  };

  it(
    'is what the next incarnation starts with, also while the process before still stops',
    marbles(({ cold, flush }) => {
      const { rows, table } = versioned();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')), interval: Infinity });
      const events = eventsOf(supervisor);
      at(1_000, () => {
        rows.delete('a');
        supervisor.reconcile().subscribe();
      });
      at(2_000, () => {
        rows.set('a', [2, 7]);
        supervisor.reconcile().subscribe();
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s ESR  5s' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 2]);
    }),
  );

  it(
    'is what a key starts with whose process was stuck at the end of the run before',
    marbles(({ cold, flush }) => {
      const { rows, table } = versioned();
      const process = (row: number) => (row === 1 ? stubborn(cold('20s |')) : NEVER);
      const supervisor = new Supervisor(table, { process, interval: Infinity });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(cold('1s |')), '25s').toBe({ a: '0 SR  1s G  8s K' });
      at(9_000, () => rows.set('a', [2, 7]));
      at(10_000, () => supervisor.run(cold('15s |')).subscribe());
      flush();
      expect(only(events, 'starting').map(({ at, value }) => [at, value])).toEqual([
        [0, 1],
        [20_000, 2],
      ]);
    }),
  );
});

describe('restart.limit', () => {
  const failing = (lives: readonly Observable<never>[]) => {
    let life = 0;
    return (): Observable<never> => lives[life++] ?? NEVER;
  };

  it(
    'does not count a failure that was followed by a changed row rather than by a restart',
    marbles(({ cold }) => {
      const table = one();
      const limit = { max: 1, within: 10_000 };
      const restart = { delay: 5_000, limit };
      at(1_500, () => table.set('a', 2));
      expectLanes(supervise(table, { process: () => cold('1s #'), restart })).toBe({
        a: '0 SR  1s XB  1500ms B  2s SR  3s XB  8s SR  9s XP  15s',
      });
    }),
  );

  it(
    'keeps two restarts as far apart as it says when delays become shorter',
    marbles(({ cold }) => {
      const delay = (attempt: number): number => (attempt === 1 ? 9_000 : 1_000);
      const restart = { delay, limit: { max: 1, within: 10_000 } };
      expectLanes(supervise(one(), { process: () => cold('1s #'), restart })).toBe({
        a: '0 SR  1s XB  10s SR  11s XP  25s',
      });
    }),
  );

  it(
    'counts from nothing after a restart by a command, also of a process that runs',
    marbles(({ cold }) => {
      const process = failing([cold('1s #'), cold('-'), cold('1s #')]);
      const restart = { delay: 1_000, limit: { max: 1, within: 60_000 } };
      const supervisor = new Supervisor(one(), { process, restart });
      at(3_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s SR  3s GESR  4s XB  5s SR  9s' });
    }),
  );
});

describe('the status of a key that waits', () => {
  it(
    'has the attempt of its backoff event, also when it ran for long enough to begin again',
    marbles(({ cold, flush }) => {
      const restart = { delay: 1_000, resetAfter: 2_000 };
      let lives = 0;
      const process = () => cold(++lives < 3 ? '1s #' : '3s #');
      const supervisor = new Supervisor(one(), { process, restart });
      const attempts: unknown[] = [];
      for (const time of [1_500, 3_500, 7_500]) at(time, () => attempts.push(supervisor.status('a')?.attempt));
      expectLanes(supervisor.run(), '7999ms').toBe({ a: '0 SR  1s XB  2s SR  3s XB  4s SR  7s XB' });
      flush();
      expect(attempts).toEqual([1, 2, 1]);
    }),
  );
});
