import { EMPTY, NEVER } from 'rxjs';
import type { Runnable } from '../lib/index.ts';
import { MemoryTable, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, resource, stubborn } from './support/supervised.ts';

const boom = new Error('no such host');
const one = () => new MemoryTable([['a', 1]]);

describe('explain', () => {
  it('says of a key without a process what starts one', () => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    expect(String(supervisor.explain('a'))).toBe('"a" has no process; no run is active: run() starts it.');
    expect(supervisor.explain('a')).toMatchObject({ key: 'a', state: 'none', why: 'has no process' });
    const subscription = supervisor.run().subscribe();
    expect(String(supervisor.explain('b'))).toBe('"b" has no process; one starts when the table has a row for it.');
    subscription.unsubscribe();
  });

  it(
    'says of a key that waits what went wrong, and when the next try is',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s #', {}, boom), restart: { delay: 5_000 } });
      at(3_000, () =>
        expect(String(supervisor.explain('a'))).toBe(
          '"a" failed with Error: no such host on try 1; the next try is in 3000 ms, or at once by start("a").',
        ),
      );
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  4s' });
      flush();
    }),
  );

  it(
    'says of a key that waits after it has completed that it ended',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s |'), restart: { delay: 5_000 } });
      at(3_000, () => expect(supervisor.explain('a').why).toBe('ended on try 1'));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s CB  4s' });
      flush();
    }),
  );

  it(
    'says of no time that there is none',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(NEVER), startTimeout: Infinity });
      at(3_000, () => expect(supervisor.explain('a').next).toBe('it fails unless it is ready'));
      expectLanes(supervisor.run()).toBe({ a: '0 S  4s' });
      flush();
    }),
  );

  it(
    'says of a key that starts, runs and stops for how long it has, and what follows',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, {
        process: () => resource(cold('2s |'), cold('3s |')),
        startTimeout: 10_000,
      });
      const said: string[] = [];
      for (const time of [500, 4_000, 6_000, 7_000]) at(time, () => said.push(String(supervisor.explain('a'))));
      at(5_500, () => table.delete('a'));
      at(6_500, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s R  5500ms G  8500ms ES  10500ms R' });
      flush();
      expect(said).toEqual([
        '"a" has been starting for 500 ms, try 1; it fails unless it is ready in 9500 ms.',
        '"a" has been running for 2000 ms, incarnation 1; it runs until it ends, or its row goes or changes.',
        '"a" has been stopping for 500 ms; it is forced, or reported stuck, in 4500 ms, its row is gone, so nothing follows.',
        '"a" has been stopping for 1500 ms; it is forced, or reported stuck, in 3500 ms, then it starts again with the newest row.',
      ]);
    }),
  );

  it(
    'says of a key that rests what would start it again',
    marbles(({ cold, flush }) => {
      const lives = { completed: '1s |', 'given up': '1s #', held: '-' };
      const table = new MemoryTable(Object.entries(lives));
      const supervisor = new Supervisor(table, { process: (life) => cold(life, {}, boom), restart: { when: 'never' } });
      at(2_000, () => supervisor.stop('held').subscribe());
      at(3_000, () => {
        const again = (key: string) =>
          `only a change of its row, start("${key}") or restart("${key}") starts it again.`;
        expect(String(supervisor.explain('completed'))).toBe(`"completed" completed; ${again('completed')}`);
        expect(String(supervisor.explain('held'))).toBe(`"held" was stopped by a command; ${again('held')}`);
        expect(String(supervisor.explain('given up'))).toBe(
          `"given up" failed with Error: no such host and is not tried again; ${again('given up')}`,
        );
      });
      expectLanes(supervisor.run()).toBe({
        completed: '0 SR  1s C',
        'given up': '0 SR  1s XP',
        held: '0 SR  2s GEH  4s',
      });
      flush();
    }),
  );

  it(
    'says of a queued key what it waits for, and of one that is stuck what to do',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['stuck', 1],
        ['starts', 2],
        ['queued', 3],
      ]);
      const process = (row: number) => (row === 1 ? stubborn(cold('-')) : resource(row === 2 ? NEVER : EMPTY));
      const supervisor = new Supervisor(table, { process, startConcurrency: 1 });
      at(1_000, () => table.delete('stuck'));
      at(10_000, () => {
        expect(String(supervisor.explain('queued'))).toBe(
          '"queued" waits for 10000 ms to be started; ' + 'it starts when startConcurrency allows it.',
        );
        expect(String(supervisor.explain('stuck'))).toBe(
          '"stuck" was asked to stop and forced, and hasn\'t ended for 2000 ms; ' +
            'it is left alone until it does; restart("stuck") abandons it.',
        );
      });
      expectLanes(supervisor.run(), '11s').toBe({ stuck: '0 SR  1s G  8s K', starts: '0 S', queued: '0 Q' });
      flush();
    }),
  );
});

describe('explain of a key that stops', () => {
  it(
    'says after a start that took too long that the restart policy decides',
    marbles(({ flush }) => {
      const process = (): Runnable<never> => ({
        run: (_, { force }) => {
          force.throwIfAborted(); // one that reads it is waited for
          return NEVER;
        },
      });
      const supervisor = new Supervisor(one(), { process, startTimeout: 1_000 });
      at(1_500, () =>
        expect(String(supervisor.explain('a'))).toBe(
          '"a" has been stopping for 500 ms; ' +
            'it is forced, or reported stuck, in 1500 ms, then its restart policy decides.',
        ),
      );
      expectLanes(supervisor.run(), '2s').toBe({ a: '0 S  1s G' });
      flush();
    }),
  );

  it(
    'says at a shutdown that nothing follows, since the run ends',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('3s |')) });
      at(1_500, () =>
        expect(String(supervisor.explain('a'))).toBe(
          '"a" has been stopping for 500 ms; ' + 'it is forced, or reported stuck, in 4500 ms, then the run ends.',
        ),
      );
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  1s G  4s E' });
      flush();
    }),
  );

  it(
    'says after a stop by a command that it is held',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('3s |')) });
      at(1_000, () => supervisor.stop('a').subscribe());
      at(1_500, () => expect(supervisor.explain('a').next).toMatch(/, then it is held until its row changes$/));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s EH  6s' });
      flush();
    }),
  );
});

describe('explain of a key that waits', () => {
  it(
    'says once the wait is over that its row is read',
    marbles(({ cold, flush }) => {
      const table = { get: () => cold('5s (r|)', { r: 1 }), entries: () => [['a', 1] as const] };
      const supervisor = new Supervisor(table, { process: () => cold('1s #', {}, boom), restart: { delay: 1_000 } });
      at(2_500, () =>
        expect(supervisor.explain('a').next).toBe(
          'the next try comes once its row has been read again, or at once by start("a")',
        ),
      );
      expectLanes(supervisor.run(), '6s').toBe({ a: '0 SR  1s XB' });
      flush();
    }),
  );

  it(
    'says where the delay is Infinity that it is not tried again by itself',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s #', {}, boom), restart: { delay: Infinity } });
      at(2_500, () => expect(supervisor.explain('a').next).toMatch(/^it is not tried again by itself, only /));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  9s' });
      flush();
    }),
  );
});
