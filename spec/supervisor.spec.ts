import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { concat, EMPTY, NEVER, of, throwError } from 'rxjs';
import type { LifecycleEvent, ProcessContext, ProcessStatus } from '../lib/index.ts';
import { applyEvent, MemoryTable, ProcessNotFoundError, ProcessNotRunningError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource, stubborn } from './support/supervised.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const boom = new Error('boom');
const one = (value = 1) => new MemoryTable([['a', value]]);
const short = (event: LifecycleEvent<string, number>) => ('key' in event ? `${event.key} ${event.type}` : event.type);

describe('new Supervisor', () => {
  it('refuses wrong options', () => {
    expect(() => new Supervisor(one(), { process: () => NEVER, interval: -1 })).toThrow('Option `interval`');
  });

  it(
    'takes rows that are processes themselves, and leaves running ones alone when their rows change',
    marbles(({ cold, expectSubscriptions }) => {
      const first = cold('-');
      const table = new MemoryTable([['a', first]]);
      at(1_000, () => table.set('a', cold('-')));
      at(2_000, () => table.delete('a'));
      expectLanes(new Supervisor(table).run()).toBe({ a: '0 SR  2s GE.' });
      expectSubscriptions(first.subscriptions).toBe('^ 1999ms !');
    }),
  );
});

describe('get', () => {
  it(
    'gives the running process object',
    marbles(({ cold, flush }) => {
      const process = resource(cold('1s |'));
      const supervisor = new Supervisor(one(), { process: () => process });
      at(2_000, () => expect(supervisor.get('a')).toBe(process));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R  3s' });
      flush();
    }),
  );

  it(
    'throws where there is no process of the key',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      expect(() => supervisor.get('a')).toThrow(ProcessNotFoundError);
      at(1_000, () => expect(() => supervisor.get('b')).toThrow(ProcessNotFoundError));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s' });
      flush();
    }),
  );

  it(
    'throws where it isn’t running, with the instance if there is one',
    marbles(({ cold, flush }) => {
      const process = resource(cold('1s |'), cold('1s #'));
      const supervisor = new Supervisor(one(), { process: () => process });
      const found = () => {
        try {
          return supervisor.get('a');
        } catch (error) {
          return error;
        }
      };
      at(500, () => expect(found()).toEqual(new ProcessNotRunningError('a', 'starting', process)));
      at(2_000, () => supervisor.stop('a').subscribe({ error: () => undefined }));
      at(2_500, () => expect(found()).toMatchObject({ state: 'stopping', process }));
      at(3_500, () =>
        expect(found()).toMatchObject({ code: 'PROCESS_NOT_RUNNING', state: 'held', process: undefined }),
      );
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R  2s G  3s EH  4s' });
      flush();
    }),
  );
});

describe('statuses', () => {
  it(
    'are the fold of the events delivered so far, through every state',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['fails', 'fails'],
        ['stuck', 'stuck'],
        ['queued', 'slow'],
        ['completes', 'completes'],
        ['gives up', 'fails'],
      ]);
      const supervisor = new Supervisor(table, {
        process: (row) => {
          if (row === 'fails') return resource(cold('700ms #'));
          if (row === 'stuck') return stubborn(cold('60s |'));
          return row === 'slow' ? resource(cold('1s |')) : cold('1s |');
        },
        policy: (_, key) => (key === 'fails' ? { restart: { delay: 3_000 } } : { restart: { when: 'never' } }),
        startConcurrency: 2,
      });
      const seen = new Set<string>();
      const events = eventsOf(supervisor);
      supervisor.events.subscribe(() => {
        for (const { state } of supervisor.statuses().values()) seen.add(state);
      });
      at(5_000, () => table.delete('stuck'));
      at(6_000, () => supervisor.stop('queued').subscribe());
      supervisor.run(cold('20s |')).subscribe();
      flush();
      expect(seen).toEqual(
        new Set(['queued', 'starting', 'running', 'stopping', 'backoff', 'completed', 'given-up', 'held', 'stuck']),
      );
      expect(only(events, 'down')).toMatchObject([{ keys: ['stuck'] }]);
    }),
  );

  it(
    'are live, and of values that never change',
    marbles(({ flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const statuses = supervisor.statuses();
      expect(statuses.size).toBe(0);
      let before: ProcessStatus<string, number> | undefined;
      at(1_000, () => {
        before = statuses.get('a');
        expect(supervisor.status('a')).toBe(before);
      });
      at(2_000, () => table.set('a', 2));
      at(3_000, () => {
        expect(before).toMatchObject({ value: 1, incarnation: 1, since: 0 });
        expect(statuses.get('a')).toMatchObject({ value: 2, incarnation: 2, since: 2_000 });
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s GESR  4s' });
      flush();
    }),
  );
});

describe('watch', () => {
  it(
    'emits the status as it is now, then each change of that key, over runs',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('1s |')) });
      const states: unknown[] = [];
      supervisor.watch('a').subscribe((status) => states.push(status?.state));
      supervisor.run(cold('2s |')).subscribe();
      at(10_000, () => supervisor.run(cold('1s |')).subscribe());
      at(10_500, () => table.delete('a'));
      flush();
      expect(states).toEqual([
        ...[undefined, 'starting', 'running', 'stopping', undefined],
        ...['starting', 'running', 'stopping', undefined],
      ]);
    }),
  );

  it(
    'says undefined when the run is down, for keys that waited too',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s #'), restart: { delay: 60_000 } });
      const states: unknown[] = [];
      supervisor.watch('a').subscribe((status) => states.push(status?.state));
      supervisor.run(cold('2s |')).subscribe();
      flush();
      expect(states.slice(-2)).toEqual(['backoff', undefined]);
    }),
  );
});

describe('outputs', () => {
  it(
    'are what processes emit, with their keys; output is that of one key, over its incarnations',
    marbles(({ cold, expectObservable }) => {
      const table = new MemoryTable([
        ['a', '-x 8ms |'],
        ['b', '--y'],
      ]);
      const supervisor = new Supervisor(table, { process: (life) => cold(life), restart: { delay: 5 } });
      expectObservable(supervisor.outputs, '^ 19ms !').toBe('-ab 13ms a', {
        a: ['a', 'x'],
        b: ['b', 'y'],
      });
      expectObservable(supervisor.output('a'), '^ 19ms !').toBe('-x 14ms x');
      expectLanes(supervisor.run(), '20ms').toBe({ a: '0 SR  10ms CB  15ms SR', b: '0 SR' });
    }),
  );

  it(
    'come after the event that says that their process runs',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => concat(of('x', 'y'), NEVER) });
      const log: unknown[] = [];
      supervisor.events.subscribe((event) => log.push(event.type));
      supervisor.output('a').subscribe((value) => log.push(value));
      const subscription = supervisor.run().subscribe();
      at(1, () => subscription.unsubscribe());
      flush();
      expect(log.slice(0, 4)).toEqual(['starting', 'running', 'x', 'y']);
    }),
  );
});

describe('events', () => {
  it(
    'are hot, the same as those of the runs, and never end',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      const all: unknown[] = [];
      const ofRuns: unknown[] = [];
      let ended = false;
      supervisor.events.subscribe({ next: (event) => all.push(event), complete: () => (ended = true) });
      for (let i = 0; i < 2; i++) supervisor.run(cold('1s |')).subscribe((event) => ofRuns.push(event));
      flush();
      expect(all).toEqual(ofRuns);
      expect(all).toHaveLength(16);
      expect(ended).toBe(false);
    }),
  );

  it(
    'have the time of the scheduler’s clock, a key and an incarnation',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('5s #', {}, boom), restart: { delay: 1_000 } });
      const events = eventsOf(supervisor);
      supervisor.run(cold('5500ms |')).subscribe();
      flush();
      expect(events.slice(0, 6)).toEqual([
        { type: 'starting', at: 0, key: 'a', incarnation: 1, value: 1, cause: 'initial', attempt: 1 },
        { type: 'running', at: 0, key: 'a', incarnation: 1, took: 0 },
        {
          ...{
            type: 'reconciled',
            at: 0,
            trigger: 'initial',
            rows: 1,
            started: 1,
            stopped: 0,
            restarted: 0,
            updated: 0,
          },
          ...{ took: 0, complete: true },
        },
        { type: 'ready', at: 0, complete: true },
        { type: 'failed', at: 5_000, key: 'a', incarnation: 1, error: boom, phase: 'running' },
        { type: 'backoff', at: 5_000, key: 'a', incarnation: 1, delay: 1_000, attempt: 1, until: 6_000 },
      ]);
    }),
  );

  it(
    'reach every subscriber in the same order, also when one edits the table or gives commands from inside its handler',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const logs: string[][] = [[], [], []];
      const listen = (i: number, act?: (event: LifecycleEvent<string, number>) => void) =>
        supervisor.events.subscribe((event) => {
          act?.(event);
          logs[i]!.push(short(event));
        });
      const folded = new Map<string, ProcessStatus<string, number>>();
      supervisor.events.subscribe((event) => {
        applyEvent(folded, event);
      });
      listen(0);
      listen(1, (event) => {
        if (event.type === 'running' && event.key === 'a' && event.incarnation === 1) {
          table.set('b', 1);
          table.set('a', 2);
          supervisor.stop('b').subscribe();
          expect(supervisor.statuses()).toEqual(folded);
          expect(supervisor.statuses().size).toBe(1);
        }
        if (event.type === 'held') supervisor.restart('b').subscribe();
        if (event.type === 'starting' && event.key === 'b' && event.incarnation === 2) table.clear();
      });
      listen(2);
      supervisor.run(cold('1s |')).subscribe();
      flush();
      expect(logs[1]).toEqual(logs[0]);
      expect(logs[2]).toEqual(logs[0]);
      expect(logs[0]!.filter((line) => line.startsWith('a'))).toEqual(
        'starting running stopping stopped starting running stopping stopped removed'
          .split(' ')
          .map((type) => `a ${type}`),
      );
      expect(logs[0]!.filter((line) => line.startsWith('b'))).toEqual(
        'starting running stopping stopped held starting running stopping stopped removed'
          .split(' ')
          .map((type) => `b ${type}`),
      );
    }),
  );

  it.each(['starting', 'running', 'stopping', 'stopped', 'removed'] as const)(
    'let a handler of %s give back a row that goes',
    (type) =>
      marbles(({ flush }) => {
        const table = one();
        const supervisor = new Supervisor(table, { process: () => NEVER });
        const events = eventsOf(supervisor);
        let once = false;
        supervisor.events.subscribe((event) => {
          if (once || event.type !== type) return;
          once = true;
          table.delete('a');
          table.set('a', 2);
        });
        at(1_000, () => {
          if (!once) table.delete('a');
        });
        at(3_000, () => expect(supervisor.status('a')).toMatchObject({ state: 'running', value: 2 }));
        const subscription = supervisor.run().subscribe();
        at(4_000, () => subscription.unsubscribe());
        flush();
        expect(only(events, 'starting').length).toBeGreaterThan(1);
      })(),
  );

  it(
    'let a handler unsubscribe the run: everything has ended when that returns to the loop',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const source = cold('-');
      const supervisor = new Supervisor(one(), { process: () => source });
      const events = eventsOf(supervisor);
      const subscription = supervisor.run().subscribe();
      supervisor.events.subscribe((event) => {
        if (event.type === 'updated' || (event.type === 'reconciled' && event.trigger === 'request'))
          subscription.unsubscribe();
      });
      at(1_000, () => supervisor.reconcile().subscribe());
      expectSubscriptions(source.subscriptions).toBe('^ 999ms !');
      flush();
      expect(events.at(-1)).toEqual({ type: 'down', at: 1_000, keys: [] });
    }),
  );
});

describe('close', () => {
  it('ends the run gracefully and resolves when it is down', async () => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    const events = eventsOf(supervisor);
    let completed = false;
    supervisor.run().subscribe({ complete: () => (completed = true) });
    await supervisor.close();
    expect(completed).toBe(true);
    expect(events.slice(-4).map(({ type }) => type)).toEqual(['shutdown', 'stopping', 'stopped', 'down']);
  });

  it('resolves at once where no run is active', async () => {
    await expect(new Supervisor(one(), { process: () => NEVER }).close()).resolves.toBeUndefined();
  });

  it('is what await using calls, where the platform has it', async () => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    supervisor.run().subscribe();
    const { asyncDispose } = Symbol as unknown as { asyncDispose: symbol };
    await (supervisor as unknown as Record<symbol, () => Promise<void>>)[asyncDispose]!();
    expect(supervisor.statuses().size).toBe(0);
  });
});

describe('a process context', () => {
  it(
    'has the key, the incarnation, and rows$ that says the row as it is now',
    marbles(({ cold, flush }) => {
      const seen: unknown[] = [];
      const process = (row: number, { key, incarnation, rows$ }: ProcessContext<string, number>) => {
        rows$.subscribe((value) => seen.push([key, incarnation, row, value]));
        return cold('1s #');
      };
      const table = one(7);
      expectLanes(new Supervisor(table, { process, restart: { delay: 1_000 } }).run()).toBe({
        a: '0 SR  1s XB  2s SR',
      });
      flush();
      expect(seen).toEqual([
        ['a', 1, 7, 7],
        ['a', 2, 7, 7],
      ]);
    }),
  );
});

describe('a supervisor', () => {
  it('lets go of what a removed key held', async () => {
    const table = new MemoryTable<string, object>();
    const supervisor = new Supervisor(table, { process: () => NEVER });
    supervisor.run().subscribe();
    const refs = Array.from({ length: 10 }, (_, i) => {
      const row = { i };
      table.set(`k${i}`, row);
      table.delete(`k${i}`);
      return new WeakRef(row);
    });
    const left = () => refs.filter((ref) => ref.deref() !== undefined);
    // What is on a stack, or in a register, outlives a collection; what is leaked outlives them all.
    for (let round = 0; round < 100 && left().length > 0; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    expect(left()).toEqual([]);
    await supervisor.close();
  });

  it(
    'keeps other keys as they are when one of them throws in every place that it can',
    marbles(({ flush }) => {
      const table = new MemoryTable([
        ['bad', 1],
        ['good', 2],
      ]);
      const supervisor = new Supervisor(table, {
        process: (row) => (row === 1 ? throwError(() => boom) : NEVER),
        restart: { delay: 1_000 },
      });
      expectLanes(supervisor.run()).toBe({ bad: '0 SXB  1s SXB', good: '0 SR' });
      flush();
    }),
  );
});
