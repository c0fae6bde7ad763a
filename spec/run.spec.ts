import { concat, EMPTY, finalize, first, ignoreElements, NEVER, Observable, take, tap, throwError } from 'rxjs';
import type { ProcessContext, Runnable } from '../lib/index.ts';
import { MemoryTable, Supervisor, until } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, oneAtATime, only, resource, stubborn } from './support/supervised.ts';

const boom = new Error('boom');
const one = (value = 1) => new MemoryTable([['a', value]]);
const two = () =>
  new MemoryTable([
    ['a', 1],
    ['b', 2],
  ]);
const restart = { delay: 1_000 };
const types = (events: readonly { readonly type: string; readonly at: number }[]) =>
  events.map((event) => `${event.at} ${event.type}`);

describe('a run', () => {
  it(
    'subscribes to the changes, reads the table, starts what is there, is ready, then subscribes to running',
    marbles(({ flush }) => {
      const log: string[] = [];
      const noting = (name: string) => new Observable<never>(() => void log.push(name));
      const supervisor = new Supervisor(
        {
          changes: noting('changes'),
          get: () => EMPTY,
          entries: () => {
            log.push('entries');
            return [['a', 1]];
          },
        },
        { process: () => noting('process') },
      );
      supervisor
        .run(noting('running'))
        .pipe(tap(({ type }) => log.push(type)))
        .subscribe();
      at(1, () => supervisor.close());
      flush();
      expect(log.slice(0, 8)).toEqual([
        ...['changes', 'entries', 'starting', 'process', 'running', 'reconciled', 'ready', 'running'],
      ]);
    }),
  );

  it(
    'does nothing before it is subscribed',
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      new Supervisor(one(), { process: () => source }).run();
      expectSubscriptions(source.subscriptions).toBe([]);
    }),
  );

  it(
    'is ready at once when every start has ended at once',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(two(), {
        process: (row) => (row === 1 ? NEVER : throwError(() => boom)),
        restart,
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '0 SXB' });
      flush();
      expect(only(events, 'ready')).toEqual([{ type: 'ready', at: 0, complete: true }]);
    }),
  );

  it(
    'is ready when the last initial start has ended, before initialWait',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(two(), { process: (row) => resource(cold(`${row * 300}ms |`)) });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  300ms R', b: '0 S  600ms R  2s' });
      flush();
      expect(only(events, 'ready')).toEqual([{ type: 'ready', at: 600, complete: true }]);
    }),
  );

  it(
    'is ready after initialWait when a process hangs in its start, which holds up neither the others nor a shutdown',
    marbles(({ cold, flush }) => {
      const running = cold<never>('3s |');
      const supervisor = new Supervisor(two(), { process: (row) => (row === 1 ? resource(NEVER) : NEVER) });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(running)).toBe({ a: '0 S  4s GE', b: '0 SR  4s GE' });
      flush();
      expect(types(only(events, 'ready', 'shutdown', 'down'))).toEqual(['1000 ready', '4000 shutdown', '4000 down']);
    }),
  );

  it(
    'is ready after initialWait, and not complete, while the first read is slow',
    marbles(({ cold, flush }) => {
      const rows: [string, number][] = [['a', 1]];
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries: () => cold('2s (x|)', { x: rows }) },
        {
          process: () => NEVER,
          initialWait: 500,
        },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '2s SR' });
      flush();
      expect(only(events, 'ready')).toEqual([{ type: 'ready', at: 500, complete: false }]);
    }),
  );

  it(
    'is ready only when the first read has ended, also where all that it has found so far is up',
    marbles(({ cold, flush }) => {
      const some: [string, number][] = [['a', 1]];
      const rest: [string, number][] = [['b', 1]];
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries: () => cold('x 499ms (y|)', { x: some, y: rest }) },
        { process: () => NEVER },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '500ms SR  2s' });
      flush();
      expect(only(events, 'ready')).toEqual([{ type: 'ready', at: 500, complete: true }]);
    }),
  );

  it(
    'is ready and not complete when the first read fails',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries: () => throwError(() => boom) },
        { process: () => NEVER },
      );
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(), '100ms').toBe({});
      flush();
      expect(only(events, 'ready')).toEqual([{ type: 'ready', at: 0, complete: false }]);
    }),
  );

  it(
    'subscribes to running once, when it is ready, and no longer than to its shutdown',
    marbles(({ cold, hot, expectSubscriptions }) => {
      const running = cold<never>('5s |');
      const other = hot<never>('-');
      const table = one();
      expectLanes(new Supervisor(table, { process: () => resource(cold('200ms |')) }).run(running)).toBe({
        a: '0 S  200ms R  5200ms GE',
      });
      const cut = new Supervisor(table, { process: () => NEVER });
      cut.run(other).subscribe();
      at(3_000, () => cut.close());
      expectSubscriptions(running.subscriptions).toBe('200ms ^ 4999ms !');
      expectSubscriptions(other.subscriptions).toBe('^ 2999ms !');
    }),
  );

  it(
    'goes on for as long as running lasts, also when the changes complete',
    marbles(() => {
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries: () => [['a', 1]], changes: EMPTY },
        { process: () => NEVER },
      );
      expectLanes(supervisor.run()).toBe({ a: '0 SR  20h' });
    }),
  );
});

describe('a shutdown', () => {
  it(
    'says shutdown, stops everything side by side, and says down',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(two(), { process: (row) => resource(EMPTY, cold(`${row}s |`)) });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(cold('3s |'))).toBe({ a: '0 SR  3s G  4s E', b: '0 SR  3s G  5s E  9s' });
      flush();
      expect(types(only(events, 'shutdown', 'stopping', 'stopped', 'down'))).toEqual([
        ...['3000 shutdown', '3000 stopping', '3000 stopping', '4000 stopped', '5000 stopped', '5000 down'],
      ]);
      expect(only(events, 'stopped').map(({ cause }) => cause)).toEqual(['shutdown', 'shutdown']);
      expect(only(events, 'down')[0]?.keys).toEqual([]);
    }),
  );

  it(
    'completes the run after down, or errors it with the error of running',
    marbles(({ cold, expectObservable }) => {
      const end = (running: Observable<never>) =>
        new Supervisor(one(), { process: () => resource(EMPTY, cold('1s |')) }).run(running).pipe(ignoreElements());
      expectObservable(end(cold('2s |'))).toBe('3s |');
      expectObservable(end(cold('2s #', {}, boom))).toBe('3s #', {}, boom);
      expectObservable(end(until(cold('2s x')))).toBe('3s |');
    }),
  );

  it(
    'is over at once where running has completed before it is subscribed',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(EMPTY)).toBe({ a: '0 SRGE  1s' });
      flush();
      expect(types(events)).toEqual(
        ['starting', 'running', 'reconciled', 'ready', 'shutdown', 'stopping', 'stopped', 'down'].map(
          (type) => `0 ${type}`,
        ),
      );
    }),
  );

  it(
    'clears waiting and resting keys without an event of theirs',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['waits', '1s #'],
        ['completed', '1s |'],
        ['starts', '-'],
        ['queued', '-'],
      ]);
      const supervisor = new Supervisor(table, {
        process: (life, { key }) => (key === 'starts' ? resource(NEVER) : cold(life)),
        restart: { delay: 60_000, when: 'on-failure' },
        startConcurrency: 1,
      });
      const statuses: number[] = [];
      supervisor.events.subscribe(({ type }) => {
        if (type === 'shutdown' || type === 'down') statuses.push(supervisor.statuses().size);
      });
      eventsOf(supervisor);
      expectLanes(supervisor.run(cold('2s |'))).toBe({
        waits: '0 SR  1s XB',
        completed: '0 SR  1s C',
        starts: '0 S  3s GE',
        queued: '0 Q  9s',
      });
      flush();
      expect(statuses).toEqual([4, 0]);
    }),
  );

  it(
    'starts nothing once it has begun: not for a change, not after an end',
    marbles(({ cold }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')) });
      at(500, () => table.set('a', 2));
      at(2_000, () => table.set('b', 1).set('a', 3));
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  500ms G  3500ms E  9s' });
    }),
  );

  it(
    'names what is stuck in down, whose status stays',
    marbles(({ cold, flush }) => {
      const table = two();
      const supervisor = new Supervisor(table, { process: (row) => (row === 1 ? stubborn(cold('-')) : NEVER) });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  1s G  8s K', b: '0 SR  1s GE  20s' });
      flush();
      expect(only(events, 'down')).toEqual([{ type: 'down', at: 8_000, keys: ['a'] }]);
      expect([...supervisor.statuses()].map(([key, { state }]) => [key, state])).toEqual([['a', 'stuck']]);
    }),
  );

  it(
    'forces everything when force aborts, also what starts',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const controller = new AbortController();
      const close = cold('-');
      const supervisor = new Supervisor(two(), {
        process: (row) => (row === 1 ? resource(NEVER) : resource(EMPTY, close)),
      });
      const events = eventsOf(supervisor);
      at(2_000, () => controller.abort());
      expectLanes(supervisor.run(NEVER, { force: controller.signal })).toBe({ a: '0 S  2s GE', b: '0 SR  2s GE  9s' });
      expectSubscriptions(close.subscriptions).toBe('2s (^!)');
      flush();
      expect(only(events, 'stopped').every(({ forced, cause }) => forced && cause === 'shutdown')).toBe(true);
    }),
  );

  it(
    'forces what is still being stopped gracefully when force aborts',
    marbles(({ cold }) => {
      const controller = new AbortController();
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('4s |')) });
      at(2_000, () => controller.abort());
      expectLanes(supervisor.run(cold('1s |'), { force: controller.signal })).toBe({ a: '0 SR  1s G  2s E  9s' });
    }),
  );

  it(
    'is said once, also when it is asked for again, or forced, while it is under way',
    marbles(({ cold, flush }) => {
      const controller = new AbortController();
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('-')) });
      const events = eventsOf(supervisor);
      at(2_000, () => supervisor.close());
      at(3_000, () => controller.abort());
      expectLanes(supervisor.run(cold('1s |'), { force: controller.signal })).toBe({ a: '0 SR  1s G  3s E' });
      flush();
      expect(types(only(events, 'shutdown', 'stopping', 'stopped', 'down'))).toEqual([
        ...['1000 shutdown', '1000 stopping', '3000 stopped', '3000 down'],
      ]);
    }),
  );

  it(
    'starts nothing when force has aborted before',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(NEVER, { force: AbortSignal.abort() }), '1s').toBe({});
      flush();
      expect(types(events)).toEqual(['0 shutdown', '0 down']);
    }),
  );
});

describe('unsubscribing a run', () => {
  it(
    'asks, aborts and unsubscribes everything, in this order, in the same frame',
    marbles(({ flush }) => {
      const log: string[] = [];
      const process = (_: number, context: ProcessContext): Runnable => ({
        run: (running) => {
          const { key, stop$ } = context;
          stop$.subscribe(() => log.push(`${String(key)} asked`));
          if (key === 'a') context.force.addEventListener('abort', () => log.push('a aborted'));
          return concat(running, NEVER).pipe(finalize(() => log.push(`${String(key)} unsubscribed`)));
        },
      });
      const supervisor = new Supervisor(two(), { process });
      const subscription = supervisor.run().subscribe();
      at(1_000, () => {
        subscription.unsubscribe();
        expect(log).toEqual(['a asked', 'b asked', 'a aborted', 'b unsubscribed']);
      });
      flush();
      expect(supervisor.status('a')?.state).toBe('stuck');
    }),
  );

  it(
    'works during the first start: take(1) starts no second',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const source = cold('-');
      const supervisor = new Supervisor(two(), { process: () => source });
      const events = eventsOf(supervisor);
      supervisor.run().pipe(take(1)).subscribe();
      expectSubscriptions(source.subscriptions).toBe([]);
      flush();
      expect(only(events, 'starting')).toHaveLength(1);
      expect(events.at(-1)).toEqual({ type: 'down', at: 0, keys: [] });
    }),
  );

  it(
    'leaves nothing subscribed and no timer armed',
    marbles(({ cold, hot, expectSubscriptions, flush }) => {
      const changes = hot<'all'>('-');
      const interval = hot('-');
      const source = cold('-');
      const entries = cold<[string, number][]>('x', { x: [['a', 1]] });
      const supervisor = new Supervisor(
        { get: () => EMPTY, entries: () => entries, changes },
        { process: () => resource(EMPTY, source), interval },
      );
      const subscription = supervisor.run().subscribe();
      at(2_000, () => subscription.unsubscribe());
      expectSubscriptions(changes.subscriptions).toBe('^ 1999ms !');
      expectSubscriptions(interval.subscriptions).toBe('^ 1999ms !');
      expectSubscriptions(entries.subscriptions).toBe('^ 1999ms !');
      expectSubscriptions(source.subscriptions).toBe('2s (^!)');
      flush();
    }),
  );
});

describe('several runs', () => {
  it(
    'follow one another: a second waits for the first to end',
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('2s |')) });
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  1s G  3s E' });
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '3s SR  4s G  6s E' });
    }),
  );

  it(
    'forget one that was unsubscribed while it waited',
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      expectLanes(supervisor.run(cold('3s |'))).toBe({ a: '0 SR  3s GE' });
      expectLanes(supervisor.run(), '1s').toBe({});
      expectLanes(supervisor.run(cold('2s |'))).toBe({ a: '3s SR  5s GE' });
    }),
  );

  it(
    'are forced each on its own: force that comes as one ends leaves the next one alone',
    marbles(({ cold }) => {
      const controller = new AbortController();
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      supervisor.events.pipe(first(({ type }) => type === 'stopped')).subscribe(() => {
        supervisor.run(cold('5s |')).subscribe();
        controller.abort();
      });
      expectLanes(supervisor.events).toBe({ a: '0 SR  1s GESR  6s GE' });
      at(0, () => supervisor.run(cold('1s |'), { force: controller.signal }).subscribe());
    }),
  );

  it(
    'count incarnations on',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      const events = eventsOf(supervisor);
      for (let i = 0; i < 3; i++) supervisor.run(cold('1s |')).subscribe();
      flush();
      expect(only(events, 'starting').map(({ incarnation, attempt }) => [incarnation, attempt])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
    }),
  );

  it(
    'leave what was stuck to itself: the next run starts its key only after it has ended',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), {
        process: (_, { incarnation }) => (incarnation === 1 ? stubborn(cold('20s |')) : NEVER),
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  1s G  8s K' });
      at(10_000, () => supervisor.run().subscribe());
      at(30_000, () => supervisor.close());
      flush();
      expect(types(only(events, 'stuck', 'stopped', 'starting', 'removed')).slice(1, 4)).toEqual([
        ...['8000 stuck', '20000 stopped', '20000 starting'],
      ]);
    }),
  );

  it(
    'have nothing of what was stuck once it ended between them',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), {
        process: (_, { incarnation }) => (incarnation === 1 ? stubborn(cold('20s |')) : NEVER),
      });
      const events = eventsOf(supervisor);
      supervisor.run(cold('1s |')).subscribe();
      at(21_000, () => expect(supervisor.statuses().size).toBe(0));
      at(25_000, () => supervisor.run(cold('1s |')).subscribe());
      flush();
      expect(types(only(events, 'starting', 'stuck', 'stopped', 'down'))).toEqual([
        ...['0 starting', '8000 stuck', '8000 down', '20000 stopped', '25000 starting', '26000 stopped', '26000 down'],
      ]);
    }),
  );

  it(
    'remove what was stuck and has no row any more once it ended',
    marbles(({ cold }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => stubborn(cold('20s |')) });
      expectLanes(supervisor.events).toBe({ a: '0 SR  1s G  8s K  20s E.  40s' });
      at(0, () => supervisor.run(cold('1s |')).subscribe());
      at(9_000, () => table.delete('a'));
      at(10_000, () => supervisor.run(cold('20s |')).subscribe());
    }),
  );
});

describe('startConcurrency', () => {
  const rows = (...keys: string[]) => new MemoryTable(keys.map((key) => [key, 1]));

  it(
    'starts as many at once, and has the rest queued in row order',
    marbles(({ cold }) => {
      const supervisor = new Supervisor(rows('a', 'b', 'c', 'd'), {
        process: () => resource(cold('1s |')),
        startConcurrency: 2,
      });
      expectLanes(supervisor.run()).toBe({
        a: '0 S  1s R',
        b: '0 S  1s R',
        c: '0 Q  1s S  2s R',
        d: '0 Q  1s S  2s R',
      });
    }),
  );

  it(
    'counts restarts too',
    marbles(({ cold }) => {
      const { table, supervisor } = oneAtATime(cold('1s |'));
      at(3_000, () => table.set('a', 2).set('b', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R  3s GES  4s R', b: '0 Q  1s S  2s R  3s GEQ  4s S  5s R' });
    }),
  );

  it(
    'lets changed rows go before the initial backlog',
    marbles(({ cold }) => {
      const { table, supervisor } = oneAtATime(cold('1s |'), ['a', 'b', 'c', 'd']);
      at(500, () => table.set('e', 1).set('d', 2));
      expectLanes(supervisor.run()).toBe({
        a: '0 S  1s R',
        e: '500ms Q  1s S  2s R',
        d: '0 Q  2s S  3s R',
        b: '0 Q  3s S  4s R',
        c: '0 Q  4s S  5s R',
      });
    }),
  );

  it(
    'starts a queued key with the newest row, and not at all when its row is gone',
    marbles(({ cold, flush }) => {
      const { table, supervisor } = oneAtATime(cold('1s |'), ['a', 'b', 'c']);
      const events = eventsOf(supervisor);
      at(500, () => table.set('b', 2).delete('c'));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R', b: '0 Q  1s S  2s R', c: '0 Q  500ms .' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 2]);
    }),
  );

  it(
    'starts ten thousand queued keys that end at once, without growing the stack',
    marbles(({ flush }) => {
      const table = rows(...Array.from({ length: 10_000 }, (_, i) => `k${i}`));
      const supervisor = new Supervisor(table, {
        process: () => EMPTY,
        startConcurrency: 1,
        restart: { when: 'never' },
      });
      let completed = 0;
      supervisor.events.subscribe(({ type }) => {
        if (type === 'completed') completed++;
      });
      supervisor.run().subscribe();
      at(1, () => supervisor.close());
      flush();
      expect(completed).toBe(10_000);
    }),
  );
});

describe('a supervisor inside a supervisor', () => {
  it(
    'is a Runnable: stopping the outer one stops the tree',
    marbles(({ cold, expectSubscriptions }) => {
      const close = cold('1s |');
      const inner = new Supervisor(one(), { process: () => resource(EMPTY, close) });
      const outer = new Supervisor(new MemoryTable([['inner', inner]]));
      expectLanes(inner.events).toBe({ a: '0 SR  2s G  3s E  9s' });
      expectLanes(outer.run(cold('2s |'))).toBe({ inner: '0 SR  2s G  3s E' });
      expectSubscriptions(close.subscriptions).toBe('2s ^ 999ms !');
    }),
  );

  it(
    'takes the time that its own children need: its timeouts default to Infinity',
    marbles(({ cold }) => {
      const slow = { process: () => resource(EMPTY, cold('60s |')), stopTimeout: 120_000 };
      const inner = new Supervisor(one(), slow);
      const outer = new Supervisor(new MemoryTable([['inner', inner]]));
      expectLanes(outer.run(cold('2s |'))).toBe({ inner: '0 SR  2s G  62s E  90s' });
    }),
  );

  it(
    'is forced with the outer one, and all the tree at once when that is unsubscribed',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const source = cold('-');
      const inner = new Supervisor(one(), { process: () => resource(EMPTY, source) });
      const outer = new Supervisor(new MemoryTable([['inner', inner]]));
      const subscription = outer.run().subscribe();
      at(2_000, () => {
        subscription.unsubscribe();
        expect(inner.statuses().size + outer.statuses().size).toBe(0);
      });
      expectSubscriptions(source.subscriptions).toBe('2s (^!)');
      flush();
    }),
  );

  it(
    'emits the inner lifecycle events as the outputs of its row',
    marbles(({ cold, flush }) => {
      const inner = new Supervisor(one(), { process: () => NEVER });
      const outer = new Supervisor(new MemoryTable([['inner', inner]]));
      const outputs: string[] = [];
      outer.outputs.subscribe(([key, event]) => outputs.push(`${key} ${event.type}`));
      outer.run(cold('1s |')).subscribe();
      flush();
      expect(outputs).toEqual(
        ['starting', 'running', 'reconciled', 'ready', 'shutdown', 'stopping', 'stopped', 'down'].map(
          (type) => `inner ${type}`,
        ),
      );
    }),
  );
});
