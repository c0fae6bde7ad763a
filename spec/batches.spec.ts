import { concat, EMPTY, from, NEVER, of, Subject, takeUntil, throwError } from 'rxjs';
import { mapBatches } from '../lib/batches.ts';
import { InvalidRowError } from '../lib/errors.ts';
import type { Batches } from '../lib/table.ts';
import { readBatches } from './support/read-batches.ts';

type Log = unknown[];

const start = (read: () => Batches<number>, log: Log, each?: (batch: Iterable<number>) => void) =>
  readBatches('entries', read, each ?? ((batch) => log.push([...batch]))).subscribe({
    error: (error: unknown) => log.push(error),
    complete: () => log.push('end'),
  });

const settled = () => new Promise((resolve) => setTimeout(resolve));

const boom = new Error('boom');

function* breaking(): Generator<number> {
  yield 1;
  yield 2;
  throw boom;
}

/** An async iterator that is driven by the spec. */
class Cursor implements AsyncIterable<Iterable<number>>, AsyncIterator<Iterable<number>> {
  returned = 0;
  readonly #waiting: PromiseWithResolversOf<IteratorResult<Iterable<number>>>[] = [];

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    const waiting = withResolvers<IteratorResult<Iterable<number>>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Iterable<number>>> {
    this.returned++;
    return Promise.reject(new Error('late return'));
  }

  async give(...rows: number[]) {
    this.#waiting.shift()!.resolve({ done: false, value: rows });
    await settled();
  }

  async finish() {
    this.#waiting.shift()!.resolve({ done: true, value: undefined });
    await settled();
  }

  async fail(error: unknown) {
    this.#waiting.shift()!.reject(error);
    await settled();
  }
}

interface PromiseWithResolversOf<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

function withResolvers<T>(): PromiseWithResolversOf<T> {
  const result = {} as PromiseWithResolversOf<T>;
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

describe('batchesOf', () => {
  it.each<[string, () => Batches<number>, Log]>([
    ['an array', () => [1, 2], [[1, 2], 'end']],
    ['a Map', () => new Map([[1, 'a']]) as unknown as Batches<number>, [[[1, 'a']], 'end']],
    ['nothing in an array', () => [], [[], 'end']],
    ['an Observable', () => of([1], [2]), [[1], [2], 'end']],
    ['an empty Observable', () => EMPTY, ['end']],
    [
      'an Observable that errors',
      () =>
        concat(
          of([1]),
          throwError(() => boom),
        ),
      [[1], boom],
    ],
  ])('hands over the batches of %s before subscribe returns', (_, read, expected) => {
    const log: Log = [];
    start(read, log);
    expect(log).toEqual(expected);
  });

  it.each<[string, () => Batches<number>, Log]>([
    ['a Promise', () => Promise.resolve([1, 2]), [[1, 2], 'end']],
    ['a Promise that rejects', () => Promise.reject(boom), [boom]],
    [
      'an async generator',
      async function* () {
        yield [1];
        yield [2];
      },
      [[1], [2], 'end'],
    ],
    [
      'an async generator that throws half-way',
      async function* () {
        yield [1];
        throw boom;
      },
      [[1], boom],
    ],
  ])('hands over the batches of %s', async (_, read, expected) => {
    const log: Log = [];
    start(read, log);
    expect(log).toEqual([]);
    await settled();
    expect(log).toEqual(expected);
  });

  it('takes an Observable of another library by its interop symbol', () => {
    const log: Log = [];
    const symbol = (Symbol as { observable?: symbol }).observable ?? '@@observable';
    start(() => ({ [symbol]: () => of([1]) }) as unknown as Batches<number>, log);
    expect(log).toEqual([[1], 'end']);
  });

  it('takes what is an Observable and an async iterable as an Observable', () => {
    const log: Log = [];
    const both = Object.assign(of([1]), {
      [Symbol.asyncIterator]: () => {
        throw boom;
      },
    });
    start(() => both, log);
    expect(log).toEqual([[1], 'end']);
  });

  it('takes what is a thenable and iterable as a thenable', async () => {
    const log: Log = [];
    start(() => Object.assign([7], { then: (done: (rows: number[]) => void) => Promise.resolve([1]).then(done) }), log);
    await settled();
    expect(log).toEqual([[1], 'end']);
  });

  it('takes what is a Promise and an async iterable as a Promise', async () => {
    const log: Log = [];
    const both = Object.assign(Promise.resolve([1]), {
      [Symbol.asyncIterator]: () => {
        throw boom;
      },
    });
    start(() => both, log);
    await settled();
    expect(log).toEqual([[1], 'end']);
  });

  it('ends with what read throws', () => {
    const log: Log = [];
    start(() => {
      throw boom;
    }, log);
    expect(log).toEqual([boom]);
  });

  it.each<[string, (rows: Iterable<number>) => Batches<number>]>([
    ['a synchronous read', (rows) => rows],
    ['a Promise', (rows) => Promise.resolve(rows)],
    ['an Observable', (rows) => concat(of(rows), NEVER)],
    [
      'an async iterable',
      async function* (rows) {
        yield rows;
      },
    ],
  ])('keeps what a generator gave before it threw, in %s', async (_, batchesOf) => {
    const log: Log = [];
    start(
      () => batchesOf(breaking()),
      log,
      (batch) => {
        for (const row of batch) log.push(row);
      },
    );
    await settled();
    expect(log).toEqual([1, 2, boom]);
  });

  it('hands a synchronous iterable over as it came, without iterating it', () => {
    const rows = breaking();
    const log: Log = [];
    start(
      () => rows,
      log,
      (batch) => log.push(batch === rows),
    );
    expect(log).toEqual([true, 'end']);
  });

  it.each([undefined, null, 'rows', 42, {}, () => []])('reports %p, which gives no batches', (found) => {
    const log: Log = [];
    start(() => found as Batches<number>, log);
    expect(log).toEqual([expect.any(InvalidRowError)]);
    expect(log).toMatchObject([
      {
        operation: 'entries',
        found,
        message: expect.stringContaining('was expected to give an iterable of rows, but gave'),
      },
    ]);
  });

  it.each<[string, Batches<unknown>]>([
    ['a Promise', Promise.resolve('rows' as Iterable<unknown>)],
    ['an Observable', of('rows')],
    [
      'an async iterable',
      (async function* () {
        yield 'rows';
      })(),
    ],
  ])('reports a batch of %s that is no iterable', async (_, batches) => {
    const log: Log = [];
    start(() => batches as Batches<number>, log);
    await settled();
    expect(log).toMatchObject([{ code: 'INVALID_ROW', found: 'rows' }]);
  });

  it('closes an Observable when a batch is refused, and hands nothing over any more', () => {
    const log: Log = [];
    const rows$ = new Subject<number[]>();
    start(
      () => rows$,
      log,
      () => {
        throw boom;
      },
    );
    rows$.next([1]);
    rows$.next([2]);
    expect(log).toEqual([boom]);
    expect(rows$.observed).toBe(false);
  });

  it('hands nothing over after unsubscribe', async () => {
    const log: Log = [];
    const rows$ = new Subject<number[]>();
    start(() => rows$, log).unsubscribe();
    expect(rows$.observed).toBe(false);
    start(() => Promise.resolve([1]), log).unsubscribe();
    start(() => Promise.reject(boom), log).unsubscribe();
    await settled();
    expect(log).toEqual([]);
  });

  it.each<[string, Batches<number>]>([
    ['an Observable that emits synchronously', of([1], [2], [3])],
    [
      'an async iterable',
      (async function* () {
        yield* [[1], [2], [3]];
      })(),
    ],
  ])('stops from inside a batch of %s', async (_, batches) => {
    const log: Log = [];
    const stop$ = new Subject<void>();
    readBatches(
      'entries',
      () => batches,
      (batch) => {
        log.push([...batch]);
        stop$.next();
      },
    )
      .pipe(takeUntil(stop$))
      .subscribe({ complete: () => log.push('end') });
    await settled();
    expect(log).toEqual([[1], 'end']);
  });

  describe('of an async iterator', () => {
    let cursor: Cursor;
    let log: Log;
    beforeEach(() => {
      cursor = new Cursor();
      log = [];
    });

    it('asks for one batch at a time and ends with the iterator', async () => {
      start(() => cursor, log);
      await cursor.give(1);
      await cursor.give(2);
      await cursor.finish();
      expect(log).toEqual([[1], [2], 'end']);
      expect(cursor.returned).toBe(0);
    });

    it('calls return() when unsubscribed while a next() is pending', async () => {
      const subscription = start(() => cursor, log);
      await cursor.give(1);
      subscription.unsubscribe();
      expect(cursor.returned).toBe(1);
      await cursor.give(2);
      expect(log).toEqual([[1]]);
    });

    it('drops what a late next() or return() rejects with', async () => {
      const unhandled = (reason: unknown) => log.push(reason);
      process.on('unhandledRejection', unhandled);
      const subscription = start(() => cursor, log);
      subscription.unsubscribe();
      await cursor.fail(boom);
      process.off('unhandledRejection', unhandled);
      expect(log).toEqual([]);
    });

    it('calls return() when a batch is refused', async () => {
      start(
        () => cursor,
        log,
        () => {
          throw boom;
        },
      );
      await cursor.give(1);
      expect(log).toEqual([boom]);
      expect(cursor.returned).toBe(1);
    });

    it('calls no return() when next() rejects', async () => {
      start(() => cursor, log);
      await cursor.fail(boom);
      expect(log).toEqual([boom]);
      expect(cursor.returned).toBe(0);
    });

    it('ends with what next() throws', async () => {
      cursor.next = () => {
        throw boom;
      };
      start(() => cursor, log);
      await settled();
      expect(log).toEqual([boom]);
    });

    it('needs no return()', () => {
      const endless = { next: () => new Promise<never>(() => {}) };
      const subscription = start(() => ({ [Symbol.asyncIterator]: () => endless }), log);
      expect(() => subscription.unsubscribe()).not.toThrow();
    });
  });
});

describe('mapBatches', () => {
  function* tenfold(batch: Iterable<number>): Generator<number> {
    for (const row of batch) yield row * 10;
  }

  it('maps an iterable lazily', () => {
    const seen: number[] = [];
    const mapped = mapBatches(
      (function* () {
        for (const row of [1, 2, 3]) {
          seen.push(row);
          yield row;
        }
      })(),
      tenfold,
    ) as Iterable<number>;
    expect(seen).toEqual([]);
    const [first] = mapped;
    expect(first).toBe(10);
    expect(seen).toEqual([1]);
  });

  it.each<[string, Batches<number>, Log]>([
    ['an iterable', [1, 2], [[10, 20], 'end']],
    ['an Observable', from([[1], [2]]), [[10], [20], 'end']],
  ])('leaves %s synchronous', (_, batches, expected) => {
    const log: Log = [];
    start(() => mapBatches(batches, tenfold), log);
    expect(log).toEqual(expected);
  });

  it('maps what a Promise resolves to', async () => {
    const mapped = mapBatches(Promise.resolve([1, 2]), tenfold);
    expect([...(await (mapped as Promise<Iterable<number>>))]).toEqual([10, 20]);
  });

  it('maps the batches of an async iterable', async () => {
    const log: Log = [];
    const batches = (async function* () {
      yield [1];
      yield [2];
    })();
    start(() => mapBatches(batches, tenfold), log);
    await settled();
    expect(log).toEqual([[10], [20], 'end']);
  });

  it('passes return() on while a next() is pending', async () => {
    const cursor = new Cursor();
    start(() => mapBatches(cursor, tenfold), []).unsubscribe();
    await settled();
    expect(cursor.returned).toBe(1);
  });

  it.each([
    ['has', { return: () => Promise.resolve({ done: true as const, value: undefined }) }],
    ['has no', {}],
  ])('gives an async iterator that can be ended, also where the one it reads %s return()', async (_, closing) => {
    const next = () => Promise.resolve({ done: false as const, value: [1] });
    const mapped = mapBatches<number, number>({ [Symbol.asyncIterator]: () => ({ next, ...closing }) }, tenfold);
    const iterator = (mapped as AsyncIterable<Iterable<number>>)[Symbol.asyncIterator]();
    await expect(iterator.return!()).resolves.toEqual({ done: true, value: undefined });
  });

  it('closes the source of an Observable', () => {
    const rows$ = new Subject<number[]>();
    start(() => mapBatches(rows$, tenfold), []).unsubscribe();
    expect(rows$.observed).toBe(false);
  });

  it.each<[string, unknown]>([
    ['in the place of a read', undefined],
    ['in the place of a batch', of(undefined)],
  ])('passes on what is no iterable %s', (_, batches) => {
    const log: Log = [];
    start(() => mapBatches(batches as Batches<number>, tenfold), log);
    expect(log).toMatchObject([{ code: 'INVALID_ROW', found: undefined }]);
  });
});
