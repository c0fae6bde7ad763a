import type { Iterating } from '../lib/async-iteration.ts';
import { AsyncIteration } from '../lib/async-iteration.ts';
import { deferred, turn } from './support/deferred.ts';

const boom = new Error('boom');

/** Who iterates, and all that it was told. */
class Listener implements Iterating {
  asked = false;
  closed = false;
  readonly log: unknown[] = [];
  onValue: (value: unknown) => void = () => {};

  next(value: unknown) {
    this.log.push(value);
    this.onValue(value);
  }

  error(error: unknown) {
    this.log.push('error', error);
  }

  complete() {
    this.log.push('|');
  }
}

/** An iterator made of these methods, which notes what is called. */
function iterating(methods: Readonly<Record<string, () => unknown>>) {
  const calls: string[] = [];
  const iterator = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      () => {
        calls.push(name);
        return method();
      },
    ]),
  );
  const listener = new Listener();
  const iterable = { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<unknown>;
  return { calls, listener, log: listener.log, iteration: new AsyncIteration(iterable, listener) };
}

const pending = () => new Promise<never>(() => {});
const done = { done: true, value: undefined };
const counter = () => {
  let n = 0;
  return () => Promise.resolve(n < 10 ? { done: false, value: ++n } : done);
};

describe('AsyncIteration', () => {
  it('gives each value, asks for the next one only then, and completes when it is done', async () => {
    const results = [deferred<IteratorResult<number>>(), deferred<IteratorResult<number>>()];
    const { iteration, log, calls } = iterating({ next: () => results[calls.length - 1]!.promise });
    iteration.begin();
    expect(calls).toEqual(['next']);
    results[0]!.resolve({ done: false, value: 1 });
    await turn();
    expect(log).toEqual([1]);
    expect(calls).toEqual(['next', 'next']);
    results[1]!.resolve({ done: true, value: 'returned' });
    await turn();
    expect(log).toEqual([1, '|']);
  });

  it('is driven within the frame by an iterator that answers at once', () => {
    const results = [{ done: false, value: 1 }, { done: false, value: 2 }, done];
    const { iteration, log } = iterating({ next: () => results.shift() });
    iteration.begin();
    expect(log).toEqual([1, 2, '|']);
  });

  it.each(['throws', 'rejects'])('fails when next() %s', async (how) => {
    const { iteration, log } = iterating({
      next: () => {
        if (how === 'throws') throw boom;
        return Promise.reject(boom);
      },
    });
    iteration.begin();
    await turn();
    expect(log).toEqual(['error', boom]);
  });

  it.each([[undefined], [null], [1]])('fails when next() gives %p, and says what was expected', async (result) => {
    const { iteration, log } = iterating({ next: () => Promise.resolve(result) });
    iteration.begin();
    await turn();
    const message = `next() of an async iterator must give { done, value }, but gave ${result === 1 ? 'a number 1' : String(result)}.`;
    expect(log).toEqual(['error', new TypeError(message)]);
  });
});

describe('an AsyncIteration that is closed', () => {
  it('calls return() while a next() is pending, and completes when that has settled', async () => {
    const returned = deferred<unknown>();
    const { iteration, log, calls } = iterating({ next: pending, return: () => returned.promise });
    iteration.begin();
    iteration.close();
    expect(calls).toEqual(['next', 'return']);
    await turn();
    expect(log).toEqual([]);
    returned.resolve(done);
    await turn();
    expect(log).toEqual(['|']);
  });

  it.each(['throws', 'rejects'])('fails when return() %s', async (how) => {
    const { iteration, log } = iterating({
      next: pending,
      return: () => {
        if (how === 'throws') throw boom;
        return Promise.reject(boom);
      },
    });
    iteration.begin();
    iteration.close();
    await turn();
    expect(log).toEqual(['error', boom]);
  });

  it('ends with the pending next() where there is no return(), and asks for no further one', async () => {
    const { iteration, listener, log, calls } = iterating({ next: counter() });
    iteration.begin();
    listener.asked = true;
    iteration.close();
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual([1, '|']);
    expect(calls).toEqual(['next']);
  });

  it('ends with what return() says, and not with a value that comes before that', async () => {
    const returned = deferred<unknown>();
    const { iteration, listener, log, calls } = iterating({ next: counter(), return: () => returned.promise });
    iteration.begin();
    listener.asked = true;
    iteration.close();
    await turn();
    expect(log).toEqual([1]);
    returned.resolve(done);
    await turn();
    expect(log).toEqual([1, '|']);
    expect(calls).toEqual(['next', 'return']);
  });
});

describe('an AsyncIteration whose listener', () => {
  it('is closed while it is given a value asks for no further one', async () => {
    const { iteration, listener, log, calls } = iterating({ next: counter(), return: pending });
    listener.onValue = (value) => (listener.closed = value === 2);
    iteration.begin();
    await turn();
    expect(log).toEqual([1, 2]);
    expect(calls).toEqual(['next', 'next']);
  });

  it('was asked before it begins is closed without a next()', async () => {
    const { iteration, listener, log, calls } = iterating({ next: counter(), return: () => Promise.resolve(done) });
    listener.asked = true;
    iteration.begin();
    await turn();
    expect(calls).toEqual(['return']);
    expect(log).toEqual(['|']);
  });

  it('was asked before it begins completes at once where there is no return()', () => {
    const { iteration, listener, log, calls } = iterating({ next: counter() });
    listener.asked = true;
    iteration.begin();
    expect(calls).toEqual([]);
    expect(log).toEqual(['|']);
  });
});
