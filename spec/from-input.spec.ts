import type { ObservableInput } from 'rxjs';
import { of, toArray } from 'rxjs';
import { fromInput } from '../lib/from-input.ts';

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('fromInput', () => {
  it.each<[string, ObservableInput<number>]>([
    ['an Observable', of(1, 2)],
    ['an array', [1, 2]],
    ['an iterable', new Set([1, 2])],
  ])('emits the values of %s synchronously', (_, input) => {
    let values: number[] = [];
    fromInput(input)
      .pipe(toArray())
      .subscribe((all) => (values = all));
    expect(values).toEqual([1, 2]);
  });

  it('takes a thenable whose then() returns nothing', async () => {
    const log: unknown[] = [];
    const thenable = { then: (done: (value: number) => void) => done(1) } as unknown as PromiseLike<number>;
    fromInput(thenable).subscribe({ next: (value) => log.push(value), complete: () => log.push('end') });
    await settled();
    expect(log).toEqual([1, 'end']);
  });

  it('opens an async iterator for each subscription', async () => {
    let opened = 0;
    const values$ = fromInput({
      async *[Symbol.asyncIterator]() {
        yield ++opened;
      },
    });
    const seen: number[] = [];
    values$.subscribe((value) => seen.push(value));
    values$.subscribe((value) => seen.push(value));
    await settled();
    expect(seen).toEqual([1, 2]);
  });

  it('calls return() while a next() is pending', () => {
    let returned = 0;
    const iterator: AsyncIterator<number> = {
      next: () => new Promise(() => {}),
      return: () => Promise.resolve({ done: true, value: ++returned }),
    };
    fromInput({ [Symbol.asyncIterator]: () => iterator })
      .subscribe()
      .unsubscribe();
    expect(returned).toBe(1);
  });

  it('does not grow the stack for an async iterator that answers at once', () => {
    let given = 0;
    const next = () => (given < 100_000 ? { done: false, value: ++given } : { done: true, value: undefined });
    const iterable = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<number>;
    let last = 0;
    fromInput(iterable).subscribe((value) => (last = value));
    expect(last).toBe(100_000);
  });

  it('does not close an iterator that has ended, by itself or with an error', async () => {
    const log: unknown[] = [];
    for (const end of [Promise.resolve({ done: true, value: undefined }), Promise.reject(new Error('boom'))]) {
      const iterator = { next: () => end, return: () => log.push('return') };
      const iterable = { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<number>;
      fromInput(iterable).subscribe({ complete: () => log.push('|'), error: () => log.push('#') });
    }
    await settled();
    expect(log).toEqual(['|', '#']);
  });

  it('throws for what can not be subscribed to', () => {
    expect(() => fromInput(42 as unknown as ObservableInput<number>)).toThrow(TypeError);
  });
});
