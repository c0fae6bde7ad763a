import fc from 'fast-check';
import type { BackoffOptions } from '../lib/backoff.ts';
import { backoff } from '../lib/backoff.ts';
import { InvalidOptionError } from '../lib/errors.ts';
import type { Key } from '../lib/table.ts';

const boom = new Error('boom');
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('backoff', () => {
  it('doubles from 1 s to at most 60 s', () => {
    const delay = backoff({ jitter: 0 });
    expect(upTo(9).map((attempt) => delay(attempt, boom, 'a'))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('takes initial, factor and max', () => {
    const delay = backoff({ initial: 10, factor: 3, max: 100, jitter: 0 });
    expect(upTo(5).map((attempt) => delay(attempt, boom, 'a'))).toEqual([10, 30, 90, 100, 100]);
  });

  it('gives the same delay for the same key and attempt', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (key, attempt) => {
        expect(backoff()(attempt, boom, key)).toBe(backoff()(attempt, 'another error', key));
      }),
    );
  });

  it('stays within the jitter of the capped delay, in whole ms', () => {
    fc.assert(
      fc.property(
        fc.record({
          initial: fc.integer({ min: 0, max: 10_000 }),
          factor: fc.double({ min: 1, max: 10, noNaN: true }),
          max: fc.integer({ min: 0, max: 1_000_000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean()),
        (options, attempt, key) => {
          const exact = backoff({ ...options, jitter: 0 })(attempt, boom, key);
          const delay = backoff(options)(attempt, boom, key);
          expect(Number.isInteger(delay)).toBe(true);
          expect(exact).toBeLessThanOrEqual(options.max);
          expect(delay).toBeGreaterThanOrEqual(Math.floor((exact - 1) * (1 - options.jitter)));
          expect(delay).toBeLessThanOrEqual(Math.ceil((exact + 1) * (1 + options.jitter)));
        },
      ),
    );
  });

  it.each<[string, (n: number) => [attempt: number, key: Key]]>([
    ['ten thousand keys that are numbered', (n) => [1, `service-${n}`]],
    ['ten thousand numbers', (n) => [1, n]],
    ['ten thousand attempts of one key', (n) => [n, 'a']],
  ])('spreads %s evenly', (_, nth) => {
    const delay = backoff({ factor: 1 });
    const buckets = new Array<number>(10).fill(0);
    for (const n of upTo(10_000)) {
      const [attempt, key] = nth(n);
      buckets[Math.min(9, Math.floor((delay(attempt, boom, key) - 500) / 100))]!++;
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('takes keys of every type, symbols by their description', () => {
    const delay = backoff();
    for (const key of ['a', 1, 1n, true, Symbol('a'), Symbol()]) {
      expect(delay(1, boom, key)).toBeGreaterThanOrEqual(500);
    }
    expect(delay(1, boom, Symbol('a'))).toBe(delay(1, boom, Symbol('a')));
  });

  it.each<BackoffOptions>([{}, { max: Infinity }, { initial: 0 }, { initial: 0, max: Infinity }, { factor: 1 }])(
    'stays finite with %p however often it is tried',
    (options) => {
      for (const attempt of [1, 1_024, 1e6, Number.MAX_SAFE_INTEGER]) {
        expect(backoff(options)(attempt, boom, 'a')).toBeLessThan(Infinity);
      }
    },
  );

  it.each<[keyof BackoffOptions, unknown]>([
    ['initial', -1],
    ['initial', Infinity],
    ['initial', '1s'],
    ['factor', 0.5],
    ['factor', NaN],
    ['factor', Infinity],
    ['max', -1],
    ['max', NaN],
    ['jitter', -0.1],
    ['jitter', 1.1],
    ['jitter', null],
  ])('refuses %s %p when it is made', (option, found) => {
    const make = () => backoff({ [option]: found });
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(`Option \`backoff.${option}\` must be a number`);
  });
});
