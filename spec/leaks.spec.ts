import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NEVER, Observable, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import type { Process, ProcessContext } from 'rxjs-supervisor';
import { fromAsync, MemoryTable, Supervisor } from 'rxjs-supervisor';
import { Alarms } from '../lib/alarms.ts';
import { Mailbox } from '../lib/mailbox.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Row {
  readonly n: number;
}

/** ms that a test may take, however busy the machine is. */
const LIMIT = 300_000;

/** One in so many rows, contexts and processes is watched. */
const SAMPLE = 50;

/** A supervisor in virtual time, whose timers, subscriptions, rows, contexts and processes are counted. */
class Watched {
  /** Its armed timers are `scheduler.actions`. */
  readonly scheduler = new VirtualTimeScheduler();
  readonly table = new MemoryTable<string, Row>();
  readonly supervisor: Supervisor<string, Row, Process>;
  /** How many processes are subscribed now, and have ever been. */
  readonly subscribed = { now: 0, ever: 0 };
  readonly #refs: WeakRef<object>[] = [];
  #given = 0;

  constructor(process: (row: Row, context: ProcessContext<string, Row>) => Process) {
    this.supervisor = new Supervisor<string, Row, Process>(this.table, {
      scheduler: this.scheduler,
      restart: { delay: 1, resetAfter: 0 },
      process: (row, context) => {
        const made = process(row, context);
        if (this.#given++ % SAMPLE === 0) this.#refs.push(...[row, context, made].map((held) => new WeakRef(held)));
        return made;
      },
    });
  }

  /** Counts the subscriptions to what it is given. */
  counted(source: Observable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      this.subscribed.now++;
      this.subscribed.ever++;
      subscriber.add(() => this.subscribed.now--);
      return source.subscribe(subscriber);
    });
  }

  /** Lets time pass. */
  advance(ms: number): void {
    const { scheduler } = this;
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.schedule(() => undefined, ms);
    scheduler.flush();
  }

  /** How many of those that were watched are still there. */
  get left(): number {
    const held = this.#refs.map((ref) => ref.deref());
    return new Set(held.filter((object) => object !== undefined)).size;
  }
}

/** Bytes in use, once nothing more can be collected. */
async function heap(): Promise<number> {
  let least = Infinity;
  // What is on a stack, or in a register, outlives a collection; what is leaked outlives them all.
  for (let round = 0; round < 6; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

/** What `work` leaves on the heap when it is done `times` times, having been done a fifth of that before: bytes. */
async function leaves(times: number, work: (times: number) => unknown): Promise<number> {
  await work(times / 5);
  const before = await heap();
  await work(times);
  return (await heap()) - before;
}

/** Of ten thousand and more: less than 40 bytes for each, which is no object, no entry of a Map, and no closure. */
const expectFlat = (left: number) => expect(left).toBeLessThan(400_000);

/** Collects until no more are left than are still in use. */
async function expectLeft(watched: Watched, inUse: number): Promise<void> {
  for (let round = 0; round < 30 && watched.left > inUse; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  expect(watched.left).toBeLessThanOrEqual(inUse);
}

describe('nothing is left', () => {
  it(
    'of 100 000 starts and stops',
    async () => {
      const watched: Watched = new Watched(() => watched.counted(NEVER));
      const { table, supervisor, scheduler, subscribed } = watched;
      const run = supervisor.run().subscribe();
      const atFirst = scheduler.actions.length;
      let n = 0;
      const left = await leaves(100_000, (times) => {
        for (let i = 0; i < times; i++) {
          table.set(`key ${n % 7}`, { n: n++ });
          if (n % 2 === 0) table.delete(`key ${n % 7}`);
        }
        for (const key of [...table.keys()]) table.delete(key);
      });
      expect(subscribed).toEqual({ now: 0, ever: 120_000 });
      expect(scheduler.actions).toHaveLength(atFirst);
      expectFlat(left);
      await expectLeft(watched, 0);
      run.unsubscribe();
      expect(scheduler.actions).toHaveLength(0);
    },
    LIMIT,
  );

  it(
    'of 100 000 keys that came once',
    async () => {
      const watched: Watched = new Watched(() => watched.counted(NEVER));
      const { table, supervisor, subscribed } = watched;
      const run = supervisor.run().subscribe();
      let n = 0;
      const left = await leaves(100_000, (times) => {
        for (let i = 0; i < times; i++) {
          const key = `key ${n}`;
          table.set(key, { n: n++ });
          supervisor.watch(key).subscribe().unsubscribe();
          table.delete(key);
        }
      });
      expect([subscribed, supervisor.statuses().size]).toEqual([{ now: 0, ever: 120_000 }, 0]);
      expectFlat(left);
      await expectLeft(watched, 0);
      run.unsubscribe();
    },
    LIMIT,
  );

  it(
    'of 100 000 failures',
    async () => {
      const watched: Watched = new Watched(({ n }) => watched.counted(throwError(() => ({ failure: n }))));
      const { table, supervisor, scheduler, subscribed } = watched;
      const run = supervisor.run().subscribe();
      for (let n = 0; n < 5; n++) table.set(`key ${n}`, { n });
      const left = await leaves(100_000, (times) => watched.advance(times / 5));
      expect(subscribed).toEqual({ now: 0, ever: 120_005 });
      // One for the next try of all, who failed together, and the interval's next tick.
      expect(scheduler.actions).toHaveLength(2);
      expectFlat(left);
      // The rows are still there.
      await expectLeft(watched, table.size);
      run.unsubscribe();
      expect(scheduler.actions).toHaveLength(0);
    },
    LIMIT,
  );

  it(
    'of 10 000 runs, however they end',
    async () => {
      const watched: Watched = new Watched(({ n }) =>
        watched.counted(n === 1 ? throwError(() => 'no') : new Observable(() => undefined)),
      );
      const { table, supervisor, scheduler, subscribed } = watched;
      for (let n = 0; n < 2; n++) table.set(`key ${n}`, { n });
      const runs = (times: number) => {
        for (let i = 0; i < times; i++) {
          const [stop, force] = [new Subject<never>(), new AbortController()];
          const run = supervisor.run(stop, { force: force.signal }).subscribe();
          if (i % 4 === 0) stop.complete();
          else if (i % 4 === 1) force.abort();
          else if (i % 4 === 2) void supervisor.close();
          run.unsubscribe();
        }
      };
      const left = await leaves(10_000, runs);
      expect(subscribed).toEqual({ now: 0, ever: 24_000 });
      expect(scheduler.actions).toHaveLength(0);
      expectFlat(left);
      await expectLeft(watched, table.size);
    },
    LIMIT,
  );

  it(
    'of 10 000 async functions',
    async () => {
      const watched: Watched = new Watched(() =>
        fromAsync(
          ({ signal }) =>
            new Promise<void>((resolve) => {
              signal.addEventListener('abort', () => resolve());
            }),
        ),
      );
      const { table, supervisor, scheduler } = watched;
      const run = supervisor.run().subscribe();
      const atFirst = scheduler.actions.length;
      const left = await leaves(10_000, async (times) => {
        for (let n = 0; n < times; n++) {
          table.set('key', { n });
          await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
        }
        table.delete('key');
        await new Promise((resolve) => setImmediate(resolve));
      });
      expect(supervisor.status('key')).toBeUndefined();
      expect(scheduler.actions).toHaveLength(atFirst);
      expectFlat(left);
      await expectLeft(watched, 0);
      run.unsubscribe();
    },
    LIMIT,
  );

  it(
    'of waits that are over, while one that shared their timer is still held',
    async () => {
      const scheduler = new VirtualTimeScheduler();
      const alarms = new Alarms(new Mailbox(scheduler), scheduler);
      const held: unknown[] = [];
      const left = await leaves(50_000, (times) => {
        const waiting = { timeIsUp: () => undefined };
        held.push(alarms.set(10, waiting));
        for (let i = 0; i < times; i++) alarms.set(10, waiting);
        scheduler.flush();
      });
      expect(held).toHaveLength(2);
      expectFlat(left);
    },
    LIMIT,
  );
});
