import { EMPTY, first, NEVER, of, Subject, take } from 'rxjs';
import type { Row, Table } from '../lib/index.ts';
import { Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only } from './support/supervised.ts';

const boom = new Error('boom');
const options = { process: () => NEVER, interval: Infinity };
const withA = (): Row<string, number>[] => [['a', 1]];

/** A table with 'a', whose `getMany` gives what it is told to. */
function tableOf(
  getMany: (keys: readonly string[]) => unknown,
  entries: () => unknown = withA,
): Table<string, number> & { readonly changes: Subject<string[]> } {
  const changes = new Subject<string[]>();
  return { get: () => EMPTY, entries, getMany, changes } as never;
}

describe('a change of one key', () => {
  it(
    'takes no row of another key for its own: it has none',
    marbles(({ flush }) => {
      const table = tableOf(() => [['z', 2]]);
      const supervisor = new Supervisor(table, options);
      at(1_000, () => table.changes.next(['a']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GE.' });
      flush();
    }),
  );

  it(
    'takes along, at once, what waits to be read again since a read failed',
    marbles(({ flush }) => {
      const asked: (readonly string[])[] = [];
      const table = tableOf((keys) => {
        if (asked.push(keys) === 1) throw boom;
        return keys.map((key) => [key, 2]);
      });
      at(1_000, () => table.changes.next(['b']));
      at(1_001, () => table.changes.next(['c']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR', b: '1001ms SR', c: '1001ms SR  9s' });
      flush();
      expect(asked).toEqual([['b'], ['b', 'c']]);
    }),
  );

  it(
    'answers the start of the same key, which waits for its turn to be read',
    marbles(({ flush }) => {
      const table = tableOf((keys) => keys.map((key) => [key, 2]));
      const supervisor = new Supervisor(table, options);
      const causes = eventsOf(supervisor);
      const answers: unknown[] = [];
      at(1_000, () => {
        // In one turn: the command and then the change.
        supervisor.events.pipe(take(1)).subscribe(() => {
          supervisor
            .start('b')
            .subscribe({ next: () => answers.push('runs'), error: (error: unknown) => answers.push(error) });
          table.changes.next(['b']);
        });
        table.changes.next(['a']);
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GESR', b: '1s SR' });
      flush();
      expect(answers).toEqual(['runs']);
      expect(only(causes, 'starting').map(({ key, cause }) => [key, cause])).toContainEqual(['b', 'request']);
    }),
  );

  it(
    'answers the start of the same key also while another one waits for its retry',
    marbles(({ flush }) => {
      let failing = true;
      const table = tableOf((keys) => {
        if (failing) throw boom;
        return keys.map((key) => [key, 2]);
      });
      const supervisor = new Supervisor(table, options);
      const answers: unknown[] = [];
      // In one turn, in which nothing has been read again yet: the command and then the change.
      supervisor.events.pipe(first(({ type }) => type === 'table-failed')).subscribe(() => {
        failing = false;
        supervisor
          .start('b')
          .subscribe({ next: () => answers.push('runs'), error: (error: unknown) => answers.push(error) });
        table.changes.next(['b']);
      });
      at(1_000, () => table.changes.next(['c']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR', b: '1s SR', c: '1s SR  2s' });
      flush();
      expect(answers).toEqual(['runs']);
    }),
  );

  it(
    'waits for a read that is under way, whose older answer is not believed',
    marbles(({ cold, flush }) => {
      const asked: (readonly string[])[] = [];
      const table = tableOf((keys) =>
        asked.push(keys) === 1 ? cold('1s (x|)', { x: [['a', 2]] }) : keys.map((key) => [key, 3]),
      );
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => table.changes.next(['a']));
      at(1_500, () => table.changes.next(['a']));
      at(1_600, () => table.changes.next(['b']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s GESR', b: '2s SR' });
      flush();
      expect(asked).toEqual([['a'], ['a', 'b']]);
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 3, 3]);
    }),
  );

  it(
    'is newer than a full read that is under way',
    marbles(({ cold, flush }) => {
      const scans: unknown[] = [withA(), cold('1s (x|)', { x: withA() })];
      const table = tableOf(
        () => [['a', 2]],
        () => scans.shift(),
      );
      const supervisor = new Supervisor(table, options);
      at(1_000, () => supervisor.reconcile().subscribe());
      at(1_500, () => table.changes.next(['a']));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1500ms GESR  9s' });
      flush();
    }),
  );

  it(
    "has failed where its row isn't one, and is read again",
    marbles(({ flush }) => {
      const rows: unknown[] = [[undefined], [['a', 2]]];
      const table = tableOf(() => rows.shift());
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => table.changes.next(['a']));
      at(1_100, () => table.changes.next([]));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1100ms GESR' });
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ at: 1_000, operation: 'getMany' }]);
    }),
  );

  it(
    'is asked for once, however the table answers',
    marbles(({ cold, flush }) => {
      const answers = [
        () => [['a', 2]],
        () => [],
        () => [undefined],
        () => [['z', 1]],
        () => new Set(),
        () => of([]),
        () => cold('1ms (x|)', { x: [] }),
      ];
      const asked: number[] = [];
      let time = 0;
      const table = tableOf(() => {
        asked.push(time);
        return answers[time - 1]?.();
      });
      for (let n = 1; n <= answers.length; n++) {
        at(n * 100, () => {
          time = n;
          table.changes.next(['a']);
        });
      }
      at(900, () => supervisor.close());
      const supervisor = new Supervisor(table, options);
      supervisor.run().subscribe();
      flush();
      expect(asked).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }),
  );
});

describe('a change of one key, of a table that answers strangely', () => {
  it(
    'awaits an array that is a thenable, as every other read does',
    marbles(({ flush }) => {
      const table = tableOf(() => Object.assign([], { then: () => undefined }));
      at(1_000, () => table.changes.next(['a']));
      expectLanes(new Supervisor(table, options).run()).toBe({ a: '0 SR  3s' });
      flush();
    }),
  );

  it(
    'has failed when its row throws as it is looked at, and nobody else hears of that',
    marbles(({ flush }) => {
      const row = Object.defineProperty(['a', 2], 1, {
        get: () => {
          throw boom;
        },
      });
      const table = tableOf(() => [row]);
      const supervisor = new Supervisor(table, options);
      const events = eventsOf(supervisor);
      at(1_000, () => expect(() => table.changes.next(['a'])).not.toThrow());
      at(1_100, () => supervisor.close());
      supervisor.run().subscribe();
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ at: 1_000, operation: 'getMany', error: boom }]);
    }),
  );
});

describe('reads with get', () => {
  it(
    'of a key that is undefined judge no other key that waits to be read',
    marbles(({ flush }) => {
      const changes = new Subject<string[]>();
      const get = (key: string) => {
        if (key === 'a') throw boom;
        return EMPTY;
      };
      const supervisor = new Supervisor({ get, entries: withA, changes }, options);
      at(1_000, () => changes.next(['a']));
      at(1_100, () => supervisor.start(undefined as never).subscribe({ error: () => undefined }));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s' });
      flush();
    }),
  );

  it(
    'of a key whose row has come are not made once more for a full read that its event brings about',
    marbles(({ cold, flush }) => {
      const changes = new Subject<string[]>();
      const asked: string[] = [];
      const rows: Row<string, number>[] = [];
      const get = (key: string) => {
        asked.push(key);
        return cold('10ms (x|)', { x: 1 });
      };
      const supervisor = new Supervisor({ get, entries: () => rows, changes }, options);
      at(1_000, () => {
        rows.push(['a', 1]);
        changes.next(['a']);
        supervisor.events.pipe(take(1)).subscribe(() => supervisor.reconcile().subscribe());
      });
      expectLanes(supervisor.run()).toBe({ a: '1010ms SR' });
      flush();
      expect(asked).toEqual(['a']);
    }),
  );
});

describe('what the table has given is heard out by a run that ends, so that no rejection is unhandled,', () => {
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

  // Jest fails a test in which a rejection was unhandled.
  it('when a handler announces a change, and the run is unsubscribed in the same turn', async () => {
    const table = tableOf(() => Promise.reject(boom));
    const supervisor = new Supervisor(table, options);
    supervisor.events.subscribe(({ type }) => {
      if (type === 'running') table.changes.next(['b']);
    });
    supervisor.run().pipe(take(2)).subscribe(); // starting, running
    await tick();
    expect(supervisor.statuses().size).toBe(0);
  });

  it('when getMany itself unsubscribes the run', async () => {
    const table = tableOf(() => {
      subscription.unsubscribe();
      return Promise.reject(boom);
    });
    const supervisor = new Supervisor(table, options);
    const subscription = supervisor.run().subscribe();
    table.changes.next(['b']);
    await tick();
    expect(supervisor.statuses().size).toBe(0);
  });
});
