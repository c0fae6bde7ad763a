import { EMPTY, ignoreElements, NEVER, Observable, Subject, timer } from 'rxjs';
import type { Process, Runnable } from '../lib/index.ts';
import { MemoryTable, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, oneAtATime, only, resource, stubborn } from './support/supervised.ts';

describe('a process', () => {
  it(
    'that waited to be started is the incarnation that it was queued as',
    marbles(({ cold, flush }) => {
      const { supervisor } = oneAtATime(cold('1s |'));
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R', b: '0 Q  1s S  2s R  3s' });
      flush();
      expect(only(events, 'queued', 'starting', 'running').filter(({ key }) => key === 'b')).toMatchObject([
        { type: 'queued', incarnation: 1 },
        { type: 'starting', incarnation: 1 },
        { type: 'running', incarnation: 1 },
      ]);
    }),
  );

  it(
    'that unsubscribes itself has completed, and was ready first',
    marbles(({ flush }) => {
      const selfEnding = (ms: number) =>
        new Observable<never>((subscriber) => {
          at(ms, () => subscriber.unsubscribe());
        });
      const rows = new MemoryTable<string, Process>([
        ['a', { run: () => selfEnding(1_000) }],
        ['b', selfEnding(1_000)],
        ['c', new Observable((subscriber) => subscriber.unsubscribe())],
      ]);
      const supervisor = new Supervisor(rows, { process: (row) => row, restart: { when: 'never' } });
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s RC', b: '0 SR  1s C', c: '0 SRC' });
      flush();
    }),
  );

  it(
    'whose row changed while it started, and which ends as soon as it is asked, ends once',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, { process: () => resource(cold('2s |')), onChange: 'update' });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s RGES  4s R  5s' });
      flush();
      expect(only(events, 'stopped').filter(({ incarnation }) => incarnation === 1)).toHaveLength(1);
    }),
  );

  it('that is stopped within 0 ms is forced in the same turn', () => {
    const ended: string[] = [];
    const process = (): Runnable<never> => ({
      run: (running) =>
        new Observable<never>((subscriber) => {
          running.subscribe({ error: (error: unknown) => subscriber.error(error) });
          return () => ended.push('forced');
        }),
    });
    const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process });
    const run = supervisor.run().subscribe();
    supervisor.stop('a', { within: 0 }).subscribe();
    expect(ended).toEqual(['forced']);
    run.unsubscribe();
  });

  it(
    'that was forced has killTimeout to end, also when it is asked for sooner',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, {
        process: () => stubborn(cold('9s |')),
        stopTimeout: 0,
        killTimeout: 2_000,
      });
      at(1_000, () => supervisor.stop('a').subscribe({ error: () => undefined }));
      at(1_500, () => supervisor.stop('a', { within: 10 }).subscribe({ error: () => undefined }));
      expectLanes(supervisor.run(), '4s').toBe({ a: '0 SR  1s G  3s K' });
      flush();
    }),
  );

  it(
    'that is being stopped keeps its time when a second stop is less urgent',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('9s |')) });
      at(1_000, () => supervisor.stop('a', { within: 1_000 }).subscribe());
      at(1_500, () => supervisor.stop('a', { within: 4_000 }).subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  2s EH  6s' });
      flush();
    }),
  );

  it(
    'took as long as it was starting',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable<string, number>();
      const supervisor = new Supervisor(table, { process: () => resource(cold('2s |')) });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '1s S  3s R  4s' });
      flush();
      expect(only(events, 'running')).toMatchObject([{ at: 3_000, took: 2_000 }]);
    }),
  );

  it('that becomes ready and ends while something else is being told does each once', () => {
    const go = new Subject<void>();
    const process = (row: number): Runnable<never> | Observable<never> =>
      row === 1
        ? {
            run: (running) =>
              new Observable<never>((subscriber) =>
                go.subscribe(() => {
                  running.subscribe();
                  subscriber.complete();
                }),
              ),
          }
        : NEVER;
    const table = new MemoryTable([['a', 1]]);
    const supervisor = new Supervisor(table, { process });
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe((event) => {
      if (event.type === 'running' && event.key === 'b') go.next();
    });
    table.set('b', 2);
    expect(only(events, 'running', 'completed').map(({ type, key }) => [type, key])).toEqual([
      ['running', 'b'],
      ['running', 'a'],
      ['completed', 'a'],
    ]);
    run.unsubscribe();
  });

  it(
    'that ends when its time to start is just over has not timed out',
    marbles(({ flush }) => {
      const end = new Subject<never>();
      const table = new MemoryTable([
        ['a', NEVER],
        ['b', end],
      ]);
      const supervisor = new Supervisor(table, {
        process: (open) => resource(open),
        startTimeout: 1_000,
        restart: { when: 'never' },
      });
      // Their times are over together, and the first one's end brings about the second one's.
      supervisor.events.subscribe(({ type }) => {
        if (type === 'stopping') end.error(new Error('lost'));
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s GXP', b: '0 S  1s XP' });
      flush();
      expect(only(events, 'failed').map(({ error }) => (error as Error).name)).toEqual(['StartTimeoutError', 'Error']);
    }),
  );

  it(
    'that ends during a shutdown after it was stuck is no longer waited for, and those that stop still are',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['a', 'stubborn'],
        ['b', 'slow'],
      ]);
      const supervisor = new Supervisor(table, {
        process: (row) => (row === 'slow' ? resource(EMPTY, cold('5s |')) : stubborn(cold('3s |'))),
        policy: (row) => (row === 'slow' ? { stopTimeout: 10_000 } : { stopTimeout: 0, killTimeout: 1_000 }),
      });
      const events = eventsOf(supervisor);
      const running = timer(1_000).pipe(ignoreElements());
      expectLanes(supervisor.run(running)).toBe({ a: '0 SR  1s G  2s K  3s E', b: '0 SR  1s G  6s E' });
      flush();
      expect(only(events, 'down')).toMatchObject([{ at: 6_000, keys: [] }]);
    }),
  );
});
