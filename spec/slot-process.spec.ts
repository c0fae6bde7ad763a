import { EMPTY, Observable } from 'rxjs';
import type { Runnable } from '../lib/index.ts';
import { MemoryTable, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource, stubborn } from './support/supervised.ts';

describe('a process', () => {
  it(
    'that waited to be started is the incarnation that it was queued as',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      const supervisor = new Supervisor(table, { process: () => resource(cold('1s |')), startConcurrency: 1 });
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
});
