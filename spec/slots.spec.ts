import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import type { SchedulerLike } from 'rxjs';
import { defer, firstValueFrom, merge, NEVER, Observable, take, throwError, timer, VirtualTimeScheduler } from 'rxjs';
import type { LifecycleEvent, Process, ProcessContext } from '../lib/index.ts';
import { MemoryTable, Supervisor } from '../lib/index.ts';
import { resolveSettings } from '../lib/settings.ts';
import { Slots } from '../lib/slots.ts';
import { lanes } from '../lib/testing/index.ts';
import { deferred, turn } from './support/deferred.ts';
import { eventsOf, only, stubborn } from './support/supervised.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const boom = new Error('boom');
const bang = new Error('bang');

/** Slots without a run, that may start, and what they said. */
function openSlots(options: { readonly startConcurrency?: number } = {}) {
  const events: LifecycleEvent<string, number>[] = [];
  const slots = new Slots(resolveSettings<string, number>({ process: () => NEVER, ...options }));
  slots.hub.events.subscribe((event) => events.push(event));
  const saw = (key: string, row: number) => slots.saw(key, row, undefined, 'change');
  const incarnation = (key: string) => slots.byKey.get(key)?.incarnation;
  slots.open = true;
  return { slots, events, saw, incarnation };
}

describe('incarnations', () => {
  it('of a key that returns continue above all that were removed, of this key or another', () => {
    const { slots, saw, incarnation } = openSlots();
    for (const row of [1, 2, 3]) saw('a', row);
    saw('b', 1);
    expect([incarnation('a'), incarnation('b')]).toEqual([3, 1]);
    slots.absent('b');
    saw('b', 1);
    expect(incarnation('b')).toBe(2);
    slots.absent('a');
    slots.absent('b');
    saw('b', 1);
    saw('a', 1);
    expect([incarnation('a'), incarnation('b')]).toEqual([4, 4]);
  });

  it('of a key that stays count on from its own', () => {
    const { slots, saw, incarnation } = openSlots();
    saw('stays', 1);
    for (const row of [1, 2, 3]) saw('goes', row);
    slots.absent('goes');
    saw('stays', 2);
    expect(incarnation('stays')).toBe(2);
  });
});

describe('slots', () => {
  it('start, stop and report nothing while there is no run', () => {
    const { slots, events, saw } = openSlots();
    saw('a', 1);
    const before = events.length;
    slots.open = false;
    expect([saw('a', 2), saw('b', 1), slots.sawBadRow('a', boom), slots.absent('a')]).toEqual(Array(4).fill('keep'));
    expect(events).toHaveLength(before);
    expect([...slots.byKey.keys()]).toEqual(['a']);
  });

  it('are made neither for a bad row nor for an absent one', () => {
    const { slots, events } = openSlots();
    expect([slots.sawBadRow('a', boom), slots.absent('a')]).toEqual(['keep', 'keep']);
    expect(slots.byKey.size).toBe(0);
    expect(events).toMatchObject([{ type: 'row-failed', key: 'a', error: boom }]);
  });

  it('of queued keys are started, in their order, as others leave the gate', () => {
    const { slots, saw } = openSlots({ startConcurrency: 1 });
    slots.gate.enter({} as never, false);
    for (const key of ['a', 'b']) saw(key, 1);
    const states = () => [...slots.byKey.values()].map(({ state }) => state);
    expect(states()).toEqual(['queued', 'queued']);
    slots.mailbox.post(() => {
      slots.gate.leave();
      slots.leftGate();
      expect(states()).toEqual(['queued', 'queued']);
    });
    expect(states()).toEqual(['running', 'running']);
  });
});

/** One key, `a`, in a time that goes on by hand. */
function supervised(process: (context: ProcessContext<string, number>) => Process) {
  const scheduler = new VirtualTimeScheduler();
  const table = new MemoryTable([['a', 1]]);
  const supervisor = new Supervisor(table, {
    process: (_, context: ProcessContext<string, number>) => process(context),
    restart: { delay: 1_000 },
    interval: Infinity,
    scheduler,
  });
  const events = eventsOf(supervisor);
  const advance = async (time: number) => {
    await turn();
    scheduler.maxFrames = time;
    scheduler.flush();
    scheduler.frame = time;
    await turn();
  };
  supervisor.run().subscribe();
  return { table, supervisor, events, advance, lane: () => lanes(events)['a'] };
}

interface Settling {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** A thing that ends when `settled` does, and not before. */
type Make = (settled: Promise<void>, context: ProcessContext) => Process;
const done = { done: true, value: undefined } as const;
const pending = () => new Promise<never>(() => {});

describe.each<[string, Make]>([
  ['a Promise', (settled) => settled],
  [
    'an async generator that works',
    async function* (settled) {
      yield 1;
      await settled;
    },
  ],
  [
    'an async generator that closes',
    async function* (settled, { stop$ }) {
      try {
        yield 1;
        await firstValueFrom(stop$);
      } finally {
        await settled;
      }
    },
  ],
  [
    'an async iterable whose return() takes its time',
    (settled) => ({ [Symbol.asyncIterator]: () => ({ next: pending, return: () => settled.then(() => done) }) }),
  ],
  [
    'an async iterable without return()',
    (settled) => ({ [Symbol.asyncIterator]: () => ({ next: () => settled.then(() => done) }) }),
  ],
])('a key whose process is %s', (_, make) => {
  /** Each incarnation settles when its own deferred does. */
  const supervisedByHand = () => {
    const settling: Settling[] = [];
    const process = (context: ProcessContext) => {
      const settled = deferred();
      settling.push(settled);
      return make(settled.promise, context);
    };
    return { ...supervised(process), settling };
  };

  it('has stopped only when that has settled', async () => {
    const { table, advance, events, lane, settling } = supervisedByHand();
    await advance(1_000);
    table.delete('a');
    await advance(4_000);
    expect(lane()).toBe('0 SR  1s G');
    settling[0]!.resolve();
    await advance(4_000);
    expect(lane()).toBe('0 SR  1s G  4s E.');
    expect(only(events, 'stopped')).toMatchObject([{ forced: false, uptime: 4_000, cause: 'removed' }]);
  });

  it('waits for it after force as well', async () => {
    const { table, advance, events, lane, settling } = supervisedByHand();
    await advance(1_000);
    table.delete('a');
    await advance(7_000);
    expect(lane()).toBe('0 SR  1s G');
    settling[0]!.resolve();
    await advance(7_000);
    expect(lane()).toBe('0 SR  1s G  7s E.');
    expect(only(events, 'stopped')).toMatchObject([{ forced: true }]);
  });

  it('is stuck when it doesn’t settle, and is removed when it does at last', async () => {
    const { table, advance, lane, settling } = supervisedByHand();
    await advance(1_000);
    table.delete('a');
    await advance(60_000);
    expect(lane()).toBe('0 SR  1s G  8s K');
    settling[0]!.resolve();
    await advance(60_000);
    expect(lane()).toBe('0 SR  1s G  8s K  1m E.');
  });

  it.each([
    ['stops', 4_000, '0 SR  1s G  4s ESR'],
    ['is stuck', 60_000, '0 SR  1s G  8s K  1m ESR'],
  ])('starts its next incarnation only when the one before, which %s, has settled', async (_, time, expected) => {
    const { table, advance, events, lane, settling } = supervisedByHand();
    await advance(1_000);
    table.set('a', 2);
    await advance(2_000);
    table.set('a', 3);
    await advance(time);
    expect(settling).toHaveLength(1);
    settling[0]!.resolve();
    await advance(time);
    expect(lane()).toBe(expected);
    expect(settling).toHaveLength(2);
    expect(only(events, 'starting').at(-1)).toMatchObject({ incarnation: 2, value: 3 });
  });

  it('holds up the end of the run until it has settled', async () => {
    const { supervisor, advance, events, settling } = supervisedByHand();
    await advance(1_000);
    const closed = supervisor.close();
    await advance(3_000);
    expect(only(events, 'down')).toEqual([]);
    settling[0]!.resolve();
    await closed;
    expect(only(events, 'down')).toMatchObject([{ at: 3_000, keys: [] }]);
  });
});

describe('a key whose process is a Promise that rejects', () => {
  it('has failed when nobody asked it to stop, and has stopped with that error when somebody had', async () => {
    const settling: Settling[] = [];
    const { table, advance, events, lane } = supervised(() => {
      settling.push(deferred());
      return settling.at(-1)!.promise;
    });
    await advance(1_000);
    settling[0]!.reject(boom);
    await advance(1_000);
    table.set('a', 2);
    await advance(2_000);
    table.delete('a');
    settling[1]!.reject(bang);
    await advance(3_000);
    expect(lane()).toBe('0 SR  1s XB  2s SRGE.');
    expect(only(events, 'failed')).toMatchObject([{ error: boom, phase: 'running' }]);
    expect(only(events, 'stopped')).toMatchObject([{ error: bang, forced: false }]);
  });
});

describe('a key that is gone', () => {
  interface Row {
    readonly how: string;
  }

  /** A thousand keys, and what of each could be kept: itself, its rows, context, process, and what that failed with. */
  function comeAndGo(scheduler: VirtualTimeScheduler) {
    const kept = new Map<string, WeakRef<object>[]>();
    const keep = (what: string, held: object | symbol) =>
      kept.set(what, [...(kept.get(what) ?? []), new WeakRef(held as object)]);
    const process = ({ how }: Row, context: ProcessContext<symbol, Row>) => {
      keep('context', context);
      const made = processOf(how, context, scheduler, (error) => keep('error', error));
      keep('process', made);
      return made;
    };
    const table = new MemoryTable<symbol, Row>([[Symbol('stays'), { how: 'runs' }]]);
    const supervisor = new Supervisor(table, {
      process,
      scheduler,
      policy: ({ how }) => (how === 'fails' ? { restart: { when: 'never' } } : {}),
      onChange: 'update',
    });
    supervisor.run().subscribe();
    const ways = ['runs', 'waits', 'fails', 'starts', 'listens', 'is commanded', 'is stuck'];
    for (let i = 0; i < 1_000; i++) {
      const how = ways[i % ways.length]!;
      const key = Symbol(how);
      keep('key', key);
      const rows = [{ how }, { how, newer: true }];
      for (const row of rows) {
        keep('row', row);
        table.set(key, row);
      }
      if (how === 'is commanded') {
        supervisor.watch(key).pipe(take(2)).subscribe();
        supervisor.restart(key).subscribe();
        supervisor.stop(key).subscribe();
        supervisor.start(key).subscribe();
      }
      table.delete(key);
    }
    return { kept, supervisor };
  }

  function processOf(
    how: string,
    context: ProcessContext,
    scheduler: SchedulerLike,
    failed: (error: Error) => void,
  ): Process {
    switch (how) {
      case 'waits':
      case 'fails':
        return defer(() => {
          const error = new Error(how);
          failed(error);
          return throwError(() => error);
        });
      case 'listens':
        return merge(new Observable(() => {}), context.rows$, context.stop$);
      case 'is stuck':
        return stubborn(timer(60_000, scheduler));
      case 'starts':
        return { run: () => new Observable(() => {}) };
      default:
        return new Observable(() => {});
    }
  }

  it('leaves nothing behind, whatever it held and however it went', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { kept, supervisor } = comeAndGo(scheduler);
    scheduler.maxFrames = 120_000;
    scheduler.flush();
    const expected = { key: 0, row: 0, context: 1, process: 1, error: 0 };
    const alive = () =>
      Object.fromEntries(
        [...kept].map(([what, refs]) => [what, refs.filter((ref) => ref.deref() !== undefined).length]),
      );
    // What is on a stack, or in a register, outlives a collection; what is leaked outlives them all.
    for (let round = 0; round < 100 && !isDeepStrictEqual(alive(), expected); round++) {
      await turn();
      collectGarbage();
    }
    expect(alive()).toEqual(expected);
    expect([...supervisor.statuses().keys()].map(String)).toEqual(['Symbol(stays)']);
  });
});
