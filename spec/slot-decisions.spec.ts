import { EMPTY, finalize, map, NEVER, of, takeUntil, timer } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { LifecycleEvent, Process, Row, SupervisorOptions } from '../lib/index.ts';
import { MemoryTable, RowError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, oneAtATime, only, resource, stubborn } from './support/supervised.ts';

const boom = new Error('boom');

/** A table of one key, read only when it is asked for; the spec writes `row`. */
function quiet<V>(row: V | RowError | undefined) {
  const table = {
    row,
    get: () => of(table.row),
    entries: (): Row<string, V>[] => (table.row === undefined ? [] : [['a', table.row]]),
  };
  return table;
}

describe('a row', () => {
  it(
    'that was ignored, and comes back while the process stops, is the one that it starts with',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, {
        process: () => resource(EMPTY, cold('3s |')),
        onChange: 'ignore',
      });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2));
      at(2_000, () => table.delete('a'));
      at(3_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s G  5s ESR  6s' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 2]);
    }),
  );

  it(
    'that goes back to what it was while the process starts is none that changed',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', { n: 1 }]]);
      const supervisor = new Supervisor(table, { process: () => resource(cold('2s |')), onChange: 'update' });
      at(1_000, () => table.set('a', { n: 2 }));
      at(1_500, () => table.set('a', { n: 1 }));
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s R  5s' });
      flush();
    }),
  );

  it(
    'that has changed by the time of a restart makes it none that counts for the limit',
    marbles(({ cold, flush }) => {
      const table = quiet<number>(1);
      const supervisor = new Supervisor(table, {
        process: () => cold('1s |'),
        interval: Infinity,
        restart: { delay: 1_000, limit: { max: 1, within: 3_600_000 } },
      });
      at(1_500, () => (table.row = 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s CB  2s SR  3s CB  4s SR  5s CP  9s' });
      flush();
    }),
  );
});

describe('what a command, or a row, asks for while a process fails in its start', () => {
  type Rows = Supervisor<string, number, Process>;
  /** Rows below 3 fail after a second, in their start, and something is done as they end. */
  const failing = (
    cold: RunHelpers['cold'],
    options: SupervisorOptions<string, number>,
    asItEnds: (supervisor: Rows) => unknown = () => undefined,
  ) => {
    const table = new MemoryTable([['a', 1]]);
    const supervisor: Rows = new Supervisor(table, {
      process: (n) => resource(n < 3 ? cold('1s #').pipe(finalize(() => asItEnds(supervisor))) : EMPTY),
      onChange: 'update',
      ...options,
    });
    return { table, supervisor, events: eventsOf(supervisor) };
  };
  const causes = (events: readonly LifecycleEvent[]) => only(events, 'starting').map(({ cause }) => cause);

  it(
    'holds the key: it is started for the row that changes then, and not for the one that the process had missed',
    marbles(({ cold, flush }) => {
      // The command errors, since the process does.
      const { table, supervisor, events } = failing(cold, {}, (own) =>
        own.stop('a').subscribe({ error: () => undefined }),
      );
      at(500, () => table.set('a', 2));
      at(1_500, () => table.set('a', 3));
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s XH  1500ms B  2s SR' });
      flush();
      expect(causes(events)).toEqual(['initial', 'change']);
    }),
  );

  it(
    'starts it at once, by the command, also if a changed row was missed',
    marbles(({ cold, flush }) => {
      const { table, supervisor, events } = failing(cold, {}, (own) => own.restart('a').subscribe());
      at(500, () => table.set('a', 3));
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s XSR' });
      flush();
      expect(causes(events)).toEqual(['initial', 'request']);
    }),
  );

  it(
    'tries the row that was missed, whatever the limit of restarts',
    marbles(({ cold, flush }) => {
      const restart = { delay: 1_000, limit: { max: 1, within: 3_600_000 } };
      const { table, supervisor, events } = failing(cold, { restart });
      at(2_500, () => table.set('a', 3));
      expectLanes(supervisor.run(), '5s').toBe({ a: '0 S  1s XB  2s S  3s XB  4s SR' });
      flush();
      expect(causes(events)).toEqual(['initial', 'restart', 'update']);
    }),
  );
});

describe('a process that completes before it was ready, and whose row changed while it started', () => {
  const completing = (
    { cold }: RunHelpers,
    onChange: 'update' | 'ignore' | (() => 'update'),
    asItEnds: (supervisor: Supervisor<string, number, Process>) => unknown = () => undefined,
  ) => {
    const table = new MemoryTable([['a', 1]]);
    const supervisor: Supervisor<string, number, Process> = new Supervisor(table, {
      process: (n) => ({
        run: (running) => (n === 1 ? cold('1s |').pipe(finalize(() => asItEnds(supervisor))) : running),
      }),
      onChange,
      restart: { when: 'never' },
    });
    at(500, () => table.set('a', 2));
    return { table, supervisor, events: eventsOf(supervisor) };
  };

  it(
    'is started for that row',
    marbles((helpers) => {
      const { supervisor, events } = completing(helpers, 'update');
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s RCB  1001ms SR' });
      helpers.flush();
      expect(only(events, 'starting').map(({ cause }) => cause)).toEqual(['initial', 'update']);
    }),
  );

  it(
    'rests, when it ignores changes',
    marbles((helpers) => {
      const { supervisor } = completing(helpers, 'ignore');
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s RC' });
      helpers.flush();
    }),
  );

  it.each<
    [string, string, (supervisor: Supervisor<string, number, Process>, table: MemoryTable<string, number>) => void]
  >([
    ['whose row goes', '0 S  1s RC.', (_, table) => table.delete('a')],
    ['that a command stops', '0 S  1s RCH', (supervisor) => supervisor.stop('a').subscribe()],
    ['that a command starts again', '0 S  1s RCSR', (supervisor) => supervisor.restart('a').subscribe()],
  ])('isn’t asked once more how it reacts, when it is one %s as it ends', (_, lane, asItEnds) =>
    marbles((helpers) => {
      const asked: unknown[] = [];
      const onChange = (...change: unknown[]) => (asked.push(change), 'update' as const);
      const { table, supervisor } = completing(helpers, onChange, (own) => asItEnds(own, table));
      expectLanes(supervisor.run(), '3s').toBe({ a: lane });
      helpers.flush();
      expect(asked).toEqual([[1, 2, 'a']]);
    })(),
  );

  it.each(['update', 'ignore'] as const)('is held, when a command stops it as it ends: %s', (onChange) =>
    marbles((helpers) => {
      const reports: unknown[] = [];
      const { table, supervisor } = completing(helpers, onChange, (own) =>
        own.stop('a').subscribe((report) => reports.push(report)),
      );
      at(2_000, () => table.set('a', 3));
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 S  1s RCH  2s SR' });
      helpers.flush();
      expect(reports).toEqual([{ key: 'a', incarnation: 1, forced: false, uptime: 0 }]);
    })(),
  );
});

describe("a row that can't be read", () => {
  it(
    "doesn't keep its key from being tried again, with the last good one",
    marbles(({ cold, flush }) => {
      const table = quiet<number>(1);
      const supervisor = new Supervisor(table, {
        process: () => cold('1s #'),
        interval: Infinity,
        restart: { delay: 1_000 },
      });
      const events = eventsOf(supervisor);
      at(1_500, () => (table.row = new RowError(boom)));
      expectLanes(supervisor.run(), '2500ms').toBe({ a: '0 SR  1s XB  2s SR' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 1]);
    }),
  );

  it(
    'is a row that came back all the same: its key is no longer held',
    marbles(({ cold, flush }) => {
      const table = quiet<number>(1);
      const supervisor = new Supervisor(table, {
        process: () => resource(EMPTY, cold('5s |')),
        interval: Infinity,
        stopTimeout: 9_000,
      });
      const read = () => supervisor.reconcile().subscribe();
      at(1_000, () => {
        table.row = undefined;
        read();
      });
      at(2_000, () => supervisor.stop('a').subscribe());
      at(3_000, () => {
        table.row = new RowError(boom);
        read();
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  6s ESR  7s' });
      flush();
    }),
  );
});

describe('a process that is being stopped', () => {
  it(
    'is forced in its own time when the run begins to shut down meanwhile',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, NEVER) });
      at(1_000, () => table.delete('a'));
      expectLanes(supervisor.run(cold('2s |'))).toBe({ a: '0 SR  1s G  6s E' });
      flush();
    }),
  );

  it(
    'and was stuck since an earlier run has ended as one without a row does',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => stubborn(cold('12s |')) });
      const events = eventsOf(supervisor);
      supervisor.run(cold('1s |')).subscribe();
      at(10_000, () => supervisor.run(cold('5s |')).subscribe());
      flush();
      expect(only(events, 'stopped')[0]).toMatchObject({ at: 12_000, incarnation: 1, cause: 'removed' });
    }),
  );

  it(
    'since it took too long to start has failed with an error that has no cause, unless it failed itself',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), {
        process: () => resource(NEVER),
        startTimeout: 1_000,
        restart: { when: 'never' },
      });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s GXP  2s' });
      flush();
      expect(only(events, 'failed').map(({ error }) => Object.hasOwn(error as Error, 'cause'))).toEqual([false]);
    }),
  );
});

describe('a row that changes while its process starts', () => {
  const restart = { delay: 5_000 };

  it.each([
    ['fails', '2s #', '0 S  2s XB  3s S'],
    ['completes', '2s |', '0 S  2s RCB  2001ms S'],
  ])('is a reason to start again soon when that %s before it was told', (_, life, lane) => {
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const lives = [life, '9s |'];
      const supervisor = new Supervisor(table, {
        process: () => ({ run: () => cold(lives.shift() ?? '#', {}, boom) }),
        onChange: 'update',
        restart,
      });
      const events = eventsOf(supervisor);
      at(1_000, () => table.set('a', 2));
      expectLanes(supervisor.run(), '4s').toBe({ a: lane });
      flush();
      expect(only(events, 'starting').map(({ cause }) => cause)).toEqual(['initial', 'update']);
    })();
  });

  it(
    'and is to be ignored is no reason to start again soon when that fails',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const supervisor = new Supervisor(table, {
        process: () => ({ run: () => cold('2s #') }),
        onChange: 'ignore',
        restart,
      });
      at(1_000, () => table.set('a', 2));
      expectLanes(supervisor.run(), '8s').toBe({ a: '0 S  2s XB  7s S' });
      flush();
    }),
  );

  it.each([
    ['when that is stopped by a command', () => resource(NEVER), true],
    [
      'when that fails once it runs',
      () =>
        timer(3_000).pipe(
          map(() => {
            throw boom;
          }),
        ),
      false,
    ],
  ])('is asked about once, also %s', (_, process, stops) => {
    marbles(({ flush }) => {
      const table = new MemoryTable([['a', 1]]);
      let asked = 0;
      const onChange = () => {
        asked++;
        return 'ignore' as const;
      };
      const supervisor = new Supervisor<string, number, Process>(table, { process, onChange, restart });
      supervisor
        .run()
        .pipe(takeUntil(timer(4_000)))
        .subscribe();
      at(1_000, () => table.set('a', 2));
      if (stops) at(2_000, () => supervisor.stop('a').subscribe());
      flush();
      expect(asked).toBe(1);
    })();
  });
});

describe('a row that changed', () => {
  it(
    'is a reason for one start: when that fails, the restart policy decides',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const lives = [resource(EMPTY), resource(cold('1s #')), resource(EMPTY)];
      const supervisor = new Supervisor(table, { process: () => lives.shift() ?? NEVER, restart: { delay: 5_000 } });
      at(1_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GES  2s XB  7s SR  9s' });
      flush();
    }),
  );
});

describe('a row that changes while its key is held', () => {
  it(
    'after a failure is tried no sooner than the wait that was to follow',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const lives = ['1s #', '9s |'];
      const supervisor = new Supervisor(table, { process: () => cold(lives.shift() ?? '#'), restart: { delay: 100 } });
      at(1_050, () => supervisor.stop('a').subscribe());
      at(1_060, () => table.set('a', 2));
      expectLanes(supervisor.run(), '4s').toBe({ a: '0 SR  1s XB  1050ms H  1060ms B  1100ms SR' });
      flush();
    }),
  );
});

describe('a restart by a command', () => {
  it(
    'stops the process because that was asked for',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(new MemoryTable([['a', 1]]), { process: () => resource(EMPTY) });
      const events = eventsOf(supervisor);
      at(1_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GESR  2s' });
      flush();
      const [stopping, stopped] = only(events, 'stopping', 'stopped');
      expect([stopping, stopped].map((event) => event?.cause)).toEqual(['request', 'request']);
    }),
  );
});

describe('a start', () => {
  it(
    'within some time has that time, also of a key that was not known',
    marbles(({ flush }) => {
      const table = quiet<number>(undefined);
      const supervisor = new Supervisor(table, { process: () => resource(NEVER), interval: Infinity });
      at(1_000, () => {
        table.row = 1;
        supervisor.start('a', { within: 500 }).subscribe({ error: () => undefined });
      });
      expectLanes(supervisor.run(), '1600ms').toBe({ a: '1s S  1500ms GXB' });
      flush();
    }),
  );

  it(
    'after a failure is one more try, though the row has changed',
    marbles(({ cold, flush }) => {
      const table = quiet<number>(1);
      const supervisor = new Supervisor(table, {
        process: () => cold('1s #'),
        interval: Infinity,
        restart: { delay: 1_000 },
      });
      const events = eventsOf(supervisor);
      at(1_500, () => (table.row = 2));
      expectLanes(supervisor.run(), '2500ms').toBe({ a: '0 SR  1s XB  2s SR' });
      flush();
      expect(only(events, 'starting').map(({ attempt }) => attempt)).toEqual([1, 2]);
    }),
  );

  it(
    'of a resting key whose row has changed is counted by the full read that saw it',
    marbles(({ cold, flush }) => {
      const table = quiet<number>(1);
      const lives = ['1s #', '9s |'];
      const supervisor = new Supervisor(table, {
        process: () => cold(lives.shift() ?? '#'),
        interval: Infinity,
        restart: { when: 'never' },
      });
      const events = eventsOf(supervisor);
      at(3_000, () => {
        table.row = 2;
        supervisor.reconcile().subscribe();
      });
      expectLanes(supervisor.run(), '4s').toBe({ a: '0 SR  1s XP  3s SR' });
      flush();
      expect(only(events, 'reconciled').map(({ started }) => started)).toEqual([1, 1]);
    }),
  );

  it(
    'that only waits for its row to be read is counted by the full read that brings it',
    marbles(({ cold, flush }) => {
      const table = { ...quiet<number>(1), get: () => NEVER };
      const lives = ['1s #', '9s |'];
      const supervisor = new Supervisor(table, {
        process: () => cold(lives.shift() ?? '#'),
        interval: Infinity,
        restart: { delay: 1_000 },
      });
      const events = eventsOf(supervisor);
      at(3_000, () => supervisor.reconcile().subscribe());
      expectLanes(supervisor.run(), '4s').toBe({ a: '0 SR  1s XB  3s SR' });
      flush();
      expect(only(events, 'reconciled').map(({ started }) => started)).toEqual([1, 1]);
    }),
  );

  it(
    'by a changed row comes at once when the shortest wait after the failure is just over',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([['a', 1]]);
      const lives = ['1s #', '9s |'];
      const supervisor = new Supervisor(table, {
        process: () => cold(lives.shift() ?? '#'),
        restart: { delay: 5_000 },
      });
      at(2_000, () => table.set('a', 2));
      expectLanes(supervisor.run(), '4s').toBe({ a: '0 SR  1s XB  2s SR' });
      flush();
    }),
  );

  it(
    'that waits for others is called off by a stop',
    marbles(({ cold, flush }) => {
      const { supervisor } = oneAtATime(cold('2s |'));
      at(1_000, () => supervisor.stop('b').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s R', b: '0 Q  1s H  6s' });
      flush();
    }),
  );
});
