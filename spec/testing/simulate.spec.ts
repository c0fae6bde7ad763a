import { jest } from '@jest/globals';
import { BehaviorSubject, concat, NEVER, Observable, of, throwError, timer } from 'rxjs';
import type { Table } from 'rxjs-supervisor';
import { fromAsync, MemoryTable, Supervisor, tableFrom } from 'rxjs-supervisor';
import { processFrom, simulate, SimulationError } from 'rxjs-supervisor/testing';

type Options = Parameters<typeof simulate<string, number>>[0];

/** What a simulation finds. */
const found = (options: Partial<Options> & Pick<Options, 'setUp'>): SimulationError => {
  try {
    simulate<string, number>({ rows: [1, 2, 3], ...options });
  } catch (error) {
    if (error instanceof SimulationError) return error;
    throw error;
  }
  throw new Error('nothing was found');
};

/** A table in memory with a fault. */
const faulty = (fault: (table: MemoryTable<string, number>) => Partial<Table<string, number>>) => {
  const table = new MemoryTable<string, number>();
  const { changes } = table;
  const sound: Table<string, number> = {
    changes,
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    entries: () => table.entries(),
  };
  return {
    table: { ...sound, ...fault(table) },
    set: (key: string, value: number) => table.set(key, value),
    delete: (key: string) => table.delete(key),
  };
};

describe('simulate', () => {
  it('finds nothing wrong with processes and tables that keep the rules', () => {
    const report = simulate<string, string>({
      rows: ['R', '--R-a-#', '1s R', 'R 3s |', '-', '#'],
      runs: 60,
      setUp: ({ cold }) => ({
        process: (line) => processFrom(cold, line, line === '1s R' ? { stop: '7s |', force: '1s |' } : {}),
        startTimeout: 2_000,
        startConcurrency: 2,
        interval: 20_000,
      }),
    });
    expect(report.histories).toBe(60);
    // All that can happen has happened.
    const types = ['queued', 'starting', 'running', 'stopping', 'stopped', 'completed', 'failed', 'backoff', 'held'];
    expect(Object.keys(report.events)).toEqual(
      expect.arrayContaining([...types, 'removed', 'ready', 'reconciled', 'table-failed', 'changes-lost', 'down']),
    );
  });

  it('takes every kind of process, table, key and policy', () => {
    const report = simulate<string | number | symbol, number>({
      keys: ['a', 1, Symbol('s')],
      rows: (random) => random.int(6),
      runs: 60,
      setUp: ({ random }) => {
        const rows = new Map<string | number | symbol, number>();
        const rows$ = new BehaviorSubject(rows);
        return {
          table: {
            table: tableFrom(rows$),
            set: (key, value) => rows$.next(new Map(rows.set(key, value))),
            delete: (key) => rows.delete(key) && rows$.next(new Map(rows)),
          },
          process: (n, { rows$ }) => {
            if (n === 0) return rows$;
            if (n === 1) return { run: (running) => concat(timer(10), running, timer(random.int(20))) };
            if (n === 2) return new Supervisor(new MemoryTable([['inner', 1]]), { process: () => NEVER });
            return n === 3 ? [1, 2] : timer(2_000);
          },
          policy: (n) => ({
            onChange: n % 2 === 0 ? 'update' : 'restart',
            restart: { when: n > 3 ? 'on-failure' : 'always' },
          }),
        };
      },
    });
    expect(report.events.updated).toBeGreaterThan(0);
  });

  it('gives the same histories for the same seed, and others for others', () => {
    const play = (seed: number) =>
      simulate<string, number>({ rows: [1], runs: 3, seed, setUp: () => ({ process: () => NEVER }) });
    expect(play(7)).toEqual(play(7));
    expect(play(7)).not.toEqual(play(8));
  });

  describe('tells of', () => {
    it('a process that leaves a timer behind, in the shortest history', () => {
      const error = found({
        setUp: () => ({
          process: (n) =>
            new Observable(() => {
              if (n === 2) timer(3_600_000).subscribe();
            }),
        }),
      });
      expect(error.message).toContain('nothing is left after the end, but a timer is');
      expect(error.history).toEqual([expect.stringMatching(/^\+0 ms +set "[abc]" to 2, told /)]);
    });

    it('a process that never ends, where nothing forces it', () => {
      const error = found({
        setUp: () => ({ process: () => ({ run: (running) => concat(running, NEVER) }), stopTimeout: Infinity }),
      });
      expect(error.message).toContain('a run ends, but this one has not');
    });

    it('a table that leaves out a row', () => {
      const error = found({
        setUp: () => ({
          process: () => NEVER,
          table: faulty((table) => ({
            entries: () => [...table.entries()].slice(0, 2),
            getMany: (keys) => table.getMany(keys).filter(([key]) => key !== 'b' || table.size < 3),
          })),
        }),
      });
      expect(error.message).toMatch(/"[abc]" has (a row \(\d\), and no process|had one all the time)/);
    });

    it('a table that keeps a row', () => {
      const error = found({
        setUp: () => {
          const table = faulty(() => ({}));
          return { process: () => NEVER, table: { ...table, delete: (key) => key !== 'a' && table.delete(key) } };
        },
      });
      expect(error.message).toContain('"a" has no row, and is running');
    });

    it('a table whose rows are old', () => {
      const first = new Map<string, number>();
      const error = found({
        setUp: () => ({
          process: () => NEVER,
          table: faulty((table) => {
            first.clear();
            const old = (key: string, value: number) => first.get(key) ?? first.set(key, value).get(key)!;
            return {
              entries: () => [...table.entries()].map(([key, value]) => [key, old(key, value)] as const),
              getMany: (keys) => table.getMany(keys).map(([key, value]) => [key, old(key, value)] as const),
            };
          }),
        }),
      });
      expect(error.message).toMatch(/is running with row \d, and the table has \d/);
    });

    it('a table that can never be read completely', () => {
      const error = found({
        setUp: () => ({
          process: () => NEVER,
          table: faulty((table) => ({
            entries: () =>
              concat(
                of(table.entries()),
                throwError(() => 'no'),
              ),
          })),
        }),
      });
      expect(error.message).toContain('a table without trouble can be read');
    });

    it('a rule of your own that is broken for a moment', () => {
      const error = found({
        setUp: () => {
          const open: number[] = [];
          return {
            process: (port) =>
              new Observable(() => {
                open.push(port);
                return () => open.splice(open.indexOf(port), 1);
              }),
            always: () => expect(new Set(open).size).toBe(open.length),
          };
        },
      });
      expect(error.message).toContain('In history ');
      expect(error.history).toHaveLength(2);
      expect((error.cause as Error).message).toContain('toBe');
    });

    it('a rule of your own that is broken when it is quiet', () => {
      const error = found({
        setUp: () => ({
          process: () => NEVER,
          whenQuiet: ({ rows, supervisor, events }) => {
            expect(events.at(-1)?.type).not.toBe('starting');
            if (rows.size > 1) throw new Error(`${rows.size} rows, ${supervisor.statuses().size} statuses`);
          },
        }),
      });
      expect(error.message).toContain(': 2 rows, 2 statuses\n');
    });

    it('what nobody handles', () => {
      const error = found({
        setUp: () => ({
          process: () => NEVER,
          table: {
            ...faulty(() => ({})),
            set: () => throwError(() => new Error('the disk is full')).subscribe(),
          },
        }),
      });
      expect(error.message).toContain('the disk is full');
    });
  });

  it('replays what it has found', () => {
    const setUp: Options['setUp'] = () => ({
      process: () => NEVER,
      always: ({ events }) => {
        if (events.some(({ type }) => type === 'held')) throw new Error('it is held');
      },
    });
    const error = found({ setUp });
    const again = found({ setUp, seed: error.seed, runs: 1 });
    expect(again.history).toEqual(error.history);
    expect(error.message).toContain(`Replay it with seed: ${error.seed}, runs: 1.`);
    expect(error.message).toMatch(/Its lanes until then:\n {2}[abc]: .*H/);
  });

  describe('with fake timers', () => {
    beforeEach(() => jest.useFakeTimers({ now: 0 }));
    afterEach(() => jest.useRealTimers());

    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const bot = (leaves: boolean) =>
      fromAsync(async ({ signal, ready }) => {
        await sleep(20);
        ready();
        const timer = setTimeout(() => {}, 1e9);
        while (!signal.aborted) await sleep(500);
        if (!leaves) clearTimeout(timer);
      });

    it('plays async functions', async () => {
      const report = await simulate<string, number>({
        rows: [1, 2],
        runs: 15,
        timers: jest,
        setUp: () => ({ process: () => bot(false) }),
      });
      expect(report.events.running).toBeGreaterThan(20);
    });

    it('finds the timer that one of them leaves', async () => {
      const simulation = simulate<string, number>({
        rows: [1, 2],
        timers: jest,
        setUp: () => ({ process: (n) => bot(n === 2) }),
      });
      await expect(simulation).rejects.toThrow('nothing is left after the end, but');
    });
  });
});
