import { jest } from '@jest/globals';
import type { Unsubscribable } from 'rxjs';
import { defer, EMPTY, map, merge, NEVER, Observable, of, skip, Subject, take, tap, throwError } from 'rxjs';
import type { Change, LifecycleEvent, ProcessContext, Runnable, Scheduler } from '../lib/index.ts';
import { MemoryTable, ReadTimeoutError, Supervisor } from '../lib/index.ts';
import { expectLanes, lanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { eventsOf, only, resource, stubborn } from './support/supervised.ts';

const DAY = 86_400_000;
const LONGEST = 2 ** 31 - 1;
const boom = new Error('boom');
const one = (value = 1) => new MemoryTable([['a', value]]);

interface Wait {
  readonly due: number;
  readonly work: () => void;
}

/** A clock of two methods, that goes on by hand, and fires a wait too long for a platform's timer at once, as those do. */
class Clock implements Scheduler {
  readonly delays: number[] = [];
  #now = 0;
  readonly #waits = new Set<Wait>();

  get armed(): number {
    return this.#waits.size;
  }

  now(): number {
    return this.#now;
  }

  schedule(work: () => void, delay = 0): Unsubscribable {
    const wait = { due: this.#now + (delay > LONGEST ? 1 : delay), work };
    if (this.delays.length > 1_000) throw new Error('There is no end to these waits.');
    this.delays.push(delay);
    this.#waits.add(wait);
    return { unsubscribe: () => this.#waits.delete(wait) };
  }

  /** Whatever waits is due. */
  fire(): void {
    for (const wait of [...this.#waits]) {
      if (this.#waits.delete(wait)) wait.work();
    }
  }

  advance(time: number): void {
    for (let next = this.#next(time); next !== undefined; next = this.#next(time)) {
      this.#waits.delete(next);
      this.#now = next.due;
      next.work();
    }
    this.#now = time;
  }

  #next(time: number): Wait | undefined {
    const due = [...this.#waits].filter((wait) => wait.due <= time);
    return due.reduce<Wait | undefined>((first, wait) => (first && first.due <= wait.due ? first : wait), undefined);
  }
}

describe('Infinity', () => {
  const never = {
    ...{ interval: Infinity, initialWait: Infinity, readTimeout: Infinity },
    ...{ startTimeout: Infinity, stopTimeout: Infinity, killTimeout: Infinity },
    restart: { delay: Infinity, resetAfter: Infinity },
  };

  it('arms no wait: not for a read, a start, a stop, an end after force, a restart, nor a command', () => {
    const clock = new Clock();
    const table = new MemoryTable([
      ['starts', 1],
      ['stops', 1],
      ['is forced', 1],
      ['fails', 1],
      ['is commanded', 1],
    ]);
    const supervisor = new Supervisor(table, {
      ...never,
      scheduler: clock,
      process: (_, { key }) => {
        if (key === 'starts') return resource(NEVER);
        if (key === 'stops') return resource(EMPTY, NEVER);
        if (key === 'fails') return throwError(() => boom);
        return stubborn(NEVER);
      },
    });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    table.delete('stops');
    table.set('is forced', 2);
    supervisor.stop('is forced', { within: 0 }).subscribe();
    supervisor.stop('is commanded', { within: Infinity }).subscribe();
    supervisor.start('fails', { within: Infinity }).subscribe({ error: () => {} });
    expect(Object.fromEntries([...supervisor.statuses()].map(([key, { state }]) => [key, state]))).toEqual({
      ...{ starts: 'starting', stops: 'stopping', fails: 'backoff' },
      ...{ 'is forced': 'stopping', 'is commanded': 'stopping' },
    });
    expect(only(events, 'backoff')).toMatchObject([{ until: Infinity }, { until: Infinity }]);
    expect(clock.delays).toEqual([]);
  });

  it('arms no wait for a read that is under way', () => {
    const clock = new Clock();
    const table = { get: () => NEVER, entries: () => NEVER, changes: of(['a']) };
    new Supervisor(table, { ...never, scheduler: clock, process: () => NEVER }).run().subscribe();
    expect(clock.delays).toEqual([]);
  });
});

describe('a wait that is longer than a platform’s timer takes', () => {
  const restart = { delay: 60 * DAY };

  it(
    'is as long as it was meant to be: a restart after 60 days',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s #'), restart, interval: Infinity });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: `0 SR  1s XB  ${60 * DAY + 1_000}ms SR  ${60 * DAY + 1_500}ms` });
      flush();
      expect(only(events, 'backoff')[0]).toMatchObject({ delay: 60 * DAY, until: 60 * DAY + 1_000 });
    }),
  );

  it('is handed over in parts that a timer takes, and fires once', () => {
    const clock = new Clock();
    const failing = { process: () => throwError(() => boom), restart, interval: Infinity, initialWait: Infinity };
    const supervisor = new Supervisor(one(), { ...failing, scheduler: clock });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    clock.advance(60 * DAY - 1);
    expect(lanes(events)).toEqual({ a: '0 SXB' });
    clock.advance(119 * DAY);
    expect(lanes(events)).toEqual({ a: '0 SXB  1440h SXB' });
    expect(Math.max(...clock.delays)).toBe(LONGEST);
  });

  it('is ended, in whichever of its parts, by a changed row', () => {
    const clock = new Clock();
    const table = one();
    const process = (row: number) => (row === 1 ? throwError(() => boom) : NEVER);
    const supervisor = new Supervisor(table, { process, restart, interval: Infinity, scheduler: clock });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    clock.advance(40 * DAY);
    table.set('a', 2);
    expect(clock.armed).toBe(0);
    clock.advance(200 * DAY);
    expect(lanes(events)).toEqual({ a: '0 SXB  960h SR' });
  });

  it.each([
    ['startTimeout', 'starting', 'stopping'],
    ['stopTimeout', 'stopping', 'stopping'],
    ['killTimeout', 'stopping', 'stuck'],
  ])('is as long as it was meant to be: %s', (name, before, after) => {
    const clock = new Clock();
    const table = one();
    const timeouts = { startTimeout: 1, stopTimeout: 0, killTimeout: Infinity, [name]: 60 * DAY };
    const process = (): Runnable => ({
      run: (running, { force }) => {
        force.addEventListener('abort', () => forced.push(clock.now()));
        return name === 'startTimeout' ? NEVER : merge(running, NEVER);
      },
    });
    const forced: number[] = [];
    const supervisor = new Supervisor(table, { process, ...timeouts, interval: Infinity, scheduler: clock });
    supervisor.run().subscribe();
    if (name !== 'startTimeout') table.delete('a');
    clock.advance(60 * DAY - 1);
    expect(supervisor.status('a')?.state).toBe(before);
    clock.advance(60 * DAY);
    expect(supervisor.status('a')?.state).toBe(after);
    expect(forced).toEqual([name === 'killTimeout' ? 0 : 60 * DAY]);
  });

  it('is as long as it was meant to be: interval, of which each tick is that far from the one before', () => {
    const clock = new Clock();
    const supervisor = new Supervisor(one(), { process: () => NEVER, interval: 60 * DAY, scheduler: clock });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    clock.advance(179 * DAY);
    expect(only(events, 'reconciled').map((event) => event.at / DAY)).toEqual([0, 60, 120]);
  });
});

describe('a scheduler of one’s own, with now and schedule', () => {
  const clocks = () => [
    jest.spyOn(globalThis, 'setTimeout'),
    jest.spyOn(globalThis, 'setInterval'),
    jest.spyOn(globalThis, 'setImmediate'),
    jest.spyOn(Date, 'now'),
    jest.spyOn(performance, 'now'),
  ];
  afterEach(() => jest.restoreAllMocks());

  it('is the only clock, for all that has a time', () => {
    const spies = clocks();
    const clock = new Clock();
    const changes = new Subject<Change<string>>();
    const rows = new Map([
      ['fails', 1],
      ['hangs', 1],
      ['clings', 1],
    ]);
    let reads = 0;
    let subscriptions = 0;
    const table = {
      get: (key: string) => of(rows.get(key)),
      entries: () => (reads++ === 1 ? NEVER : [...rows]),
      changes: defer(() => (subscriptions++ === 0 ? changes : NEVER)),
    };
    const supervisor = new Supervisor(table, {
      process: (_, { key }) =>
        key === 'fails' ? throwError(() => boom) : key === 'hangs' ? resource(NEVER) : stubborn(NEVER),
      restart: { delay: 40_000 },
      scheduler: clock,
    });
    const events = eventsOf(supervisor);
    clock.advance(500);
    supervisor.run().subscribe();
    clock.advance(10_500);
    supervisor.stop('clings', { within: 1_000 }).subscribe({ error: () => {} });
    clock.advance(100_000);
    changes.error(boom);
    clock.advance(105_000);
    expect(lanes(events)).toEqual({
      fails: '500ms SXB  40500ms SXB  80500ms SXB',
      hangs: '500ms S  60500ms GXB  100500ms S',
      clings: '500ms SR  10500ms G  13500ms K',
    });
    expect(only(events, 'ready').map((event) => event.at)).toEqual([1_500]);
    expect(only(events, 'table-failed')).toMatchObject([
      { at: 90_500, error: new ReadTimeoutError('entries', 30_000) },
    ]);
    expect(only(events, 'changes-lost')).toMatchObject([{ at: 100_000 }]);
    expect(only(events, 'reconciled').at(-1)?.at).toBeGreaterThan(100_000);
    expect(spies.map((spy) => spy.mock.calls.length)).toEqual(spies.map(() => 0));
  });

  it('is told only the work and the delay, and is called as the method of an object', () => {
    const calls: unknown[][] = [];
    const clock = {
      time: 7_000,
      now() {
        return this.time;
      },
      schedule(...args: unknown[]) {
        calls.push([this === clock, ...args.map((arg) => (typeof arg === 'function' ? 'work' : arg))]);
        return { unsubscribe: () => {} };
      },
    };
    const supervisor = new Supervisor(one(), {
      process: () => resource(NEVER),
      startTimeout: 50_000,
      scheduler: clock,
    });
    const events: LifecycleEvent[] = [];
    supervisor.run().subscribe((event) => events.push(event));
    expect(calls).toEqual([
      [true, 'work', 1_000],
      [true, 'work', 60_000],
      [true, 'work', 50_000],
    ]);
    expect(new Set(events.map((event) => event.at))).toEqual(new Set([7_000]));
  });

  it('has no wait armed any more when a run has ended', async () => {
    const clock = new Clock();
    const supervisor = new Supervisor(one(), { process: () => throwError(() => boom), scheduler: clock });
    supervisor.run().subscribe();
    expect(clock.armed).toBeGreaterThan(0);
    await supervisor.close();
    expect(clock.armed).toBe(0);
  });
});

describe('the time of an event', () => {
  /** A clock that goes on by a ms with each look at it. */
  const ticking = () => {
    const clock = new Clock();
    let time = 0;
    clock.now = () => ++time;
    return clock;
  };

  /** Two processes that run, by that clock. */
  const running = () => {
    const table = new MemoryTable([
      ['a', NEVER],
      ['b', NEVER],
    ]);
    const supervisor = new Supervisor(table, { scheduler: ticking() });
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe();
    return { table, events, run };
  };

  it('is that of the row that a read came to, or of what a process did itself', () => {
    const { events } = running();
    const times = events.map(({ at }) => at);
    expect(events.map(({ type }) => type)).toEqual([
      ...['starting', 'running', 'starting', 'running'],
      ...['reconciled', 'ready'],
    ]);
    expect(times.slice(0, 5)).toEqual([...new Set(times.slice(0, 5))].sort((x, y) => x - y));
  });

  it.each([
    ['rows that are the same', 1, 2_000],
    ['a row that has changed', 2, 2_000],
    ['nothing', 0, 0],
  ])('is that of the end of a read, for what has gone and for what failed, after %s', (_, value, took) => {
    const clock = new Clock();
    let time = 1_000;
    clock.now = () => time;
    let rows: [string, number][] = [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ];
    let broken = false;
    const table = {
      get: (key: string) => of(new Map(rows).get(key)),
      *entries() {
        for (const row of rows) {
          time += 1_000;
          yield row;
        }
        if (broken) throw boom;
      },
    };
    const supervisor = new Supervisor(table, { process: () => NEVER, scheduler: clock });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    expect(only(events, 'starting').map(({ at }) => at)).toEqual([2_000, 3_000, 4_000]);
    if (value === 0) rows = [];
    else rows = rows.slice(0, 2).map(([key]) => [key, value]);
    supervisor.reconcile().subscribe();
    const gone = only(events, 'stopped', 'removed').filter(({ key }) => key === 'c');
    expect(gone.map(({ at }) => at)).toEqual([4_000 + took, 4_000 + took]);
    broken = true;
    supervisor.reconcile().subscribe();
    expect(only(events, 'table-failed').map(({ at }) => at)).toEqual([4_000 + 2 * took]);
  });

  it('is one for a process that is stopped and ends at once, and another for each edit', () => {
    const { table, events } = running();
    events.length = 0;
    table.delete('a');
    table.delete('b');
    expect(events.map(({ type }) => type)).toEqual([...Array(2).fill(['stopping', 'stopped', 'removed'])].flat());
    const [a, , , b] = events.map(({ at }) => at);
    expect(events.map(({ at }) => at)).toEqual([a, a, a, b, b, b]);
    expect(b).toBeGreaterThan(a!);
  });

  it('says how long all ends of a shutdown took', () => {
    const { events, run } = running();
    run.unsubscribe();
    const [shutdown, down] = only(events, 'shutdown', 'down');
    expect(down!.at).toBeGreaterThan(shutdown!.at);
  });
});

describe('a process that works for long in the frame in which it starts', () => {
  /** A clock that a process can let go on, within its own frame. */
  class Work extends Clock {
    for(duration: number): void {
      const time = this.now() + duration;
      this.now = () => time;
    }
  }

  it.each([
    ['took as long', NEVER],
    ['took as long, also when it emits at once', merge(of(1), NEVER)],
  ])('%s', (_, rest) => {
    const clock = new Work();
    const process = () =>
      defer(() => {
        clock.for(700);
        return rest;
      });
    const supervisor = new Supervisor(one(), { scheduler: clock, process });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    expect(only(events, 'running')).toMatchObject([{ at: 700, took: 700 }]);
  });

  it.each([
    ['completes', 2, EMPTY],
    ['fails', 60, throwError(() => boom)],
  ])('makes no storm when it changes its own row and then %s', (_, duration, end) => {
    const clock = new Work();
    const table = one();
    let starts = 0;
    const process = () =>
      defer((): Observable<never> => {
        clock.for(duration);
        if (++starts < 100) table.set('a', starts + 1);
        return end;
      });
    new Supervisor(table, { scheduler: clock, process, restart: { delay: 50 } }).run().subscribe();
    expect(starts).toBe(1);
  });

  it('ends after that when it is given a row, works on it and ends', () => {
    const clock = new Work();
    const process = (_: number, { rows$ }: ProcessContext<string, number>): Runnable<never> => ({
      run: (running) =>
        merge(
          running,
          rows$.pipe(
            skip(1),
            tap(() => clock.for(700)),
            map(() => {
              throw boom;
            }),
          ),
        ),
    });
    const table = one();
    const supervisor = new Supervisor(table, { scheduler: clock, process, onChange: 'update' });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    table.set('a', 2);
    expect(only(events, 'updated', 'failed')).toMatchObject([
      { type: 'updated', at: 0 },
      { type: 'failed', at: 700 },
    ]);
  });

  it('is restarted within a limit that counts from its end', () => {
    const clock = new Work();
    const process = () =>
      defer(() => {
        clock.for(1_500);
        return throwError(() => boom);
      });
    const restart = { delay: 1, limit: { max: 1, within: 1_000 } };
    const supervisor = new Supervisor(one(), { scheduler: clock, process, restart });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    for (let i = 0; i < 3; i++) clock.fire();
    expect(only(events, 'failed').length).toBeGreaterThan(2);
    expect(only(events, 'given-up')).toEqual([]);
  });

  it('is stopped after that by a second restart that was given together with the one that started it', () => {
    const clock = new Work();
    const process = () =>
      resource(
        defer(() => {
          clock.for(2);
          return NEVER;
        }),
      );
    const rows = new Subject<[string, number][]>();
    const table = { get: () => NEVER, entries: () => [], getMany: () => rows };
    const supervisor = new Supervisor(table, { scheduler: clock, process });
    const events = eventsOf(supervisor);
    supervisor.run().subscribe();
    supervisor.events.pipe(take(1)).subscribe(() => {
      for (let i = 0; i < 2; i++) supervisor.restart('a').subscribe();
    });
    supervisor.reconcile().subscribe();
    rows.next([['a', 1]]);
    expect(only(events, 'starting', 'stopping')).toMatchObject([
      { type: 'starting', at: 0 },
      { type: 'stopping', at: 2 },
      { type: 'starting', at: 2 },
    ]);
  });

  it('is stopped sooner by a stop that is more urgent, by when its time really began', () => {
    const clock = new Work();
    const process = (): Runnable<never> => ({
      run: (running) =>
        new Observable(() => {
          running.subscribe({ complete: () => clock.for(3_000) });
        }),
    });
    const supervisor = new Supervisor(one(), { scheduler: clock, process });
    supervisor.run().subscribe();
    const ignored = { error: () => undefined };
    supervisor.stop('a').subscribe(ignored);
    supervisor.stop('a', { within: 2_500 }).subscribe(ignored);
    expect(clock.delays.slice(-2)).toEqual([5_000, 2_500]);
  });
});
