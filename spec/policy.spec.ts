import { jest } from '@jest/globals';
import { InvalidOptionError } from '../lib/index.ts';
import type { ProcessPolicy } from '../lib/index.ts';
import { defaultPolicy, resolvePolicy } from '../lib/policy.ts';

const base = defaultPolicy('restart');

describe('a policy', () => {
  it('has the defaults of the table', () => {
    expect(base).toMatchObject({ when: 'always', resetAfter: 30_000, onChange: 'restart', startTimeout: 60_000 });
    expect(base.limit).toBeUndefined();
    expect(base.delay(1, undefined, 'a')).toBeGreaterThanOrEqual(500);
    expect(base.delay(1, undefined, 'a')).toBeLessThanOrEqual(1_500);
  });

  it('keeps what isn’t said', () => {
    expect(resolvePolicy(base, {})).toEqual(base);
  });

  it('takes what is said for all, and over it what is said for one row', () => {
    const all = resolvePolicy(base, { restart: { when: 'never', delay: 10 }, stopTimeout: 1, killTimeout: 2 });
    const one = resolvePolicy(all, { restart: { when: 'on-failure' }, stopTimeout: Infinity });
    expect(one).toMatchObject({ when: 'on-failure', stopTimeout: Infinity, killTimeout: 2 });
    expect(one.delay(1, undefined, 'a')).toBe(10);
  });

  it('hands the attempt, the error and the key to a delay that is a function', () => {
    const delay = jest.fn(() => 3);
    const error = new Error('boom');
    expect(resolvePolicy(base, { restart: { delay } }).delay(2, error, 'a')).toBe(3);
    expect(delay).toHaveBeenCalledWith(2, error, 'a');
  });

  it.each<[string, string, unknown]>([
    ['restart.when', "'always', 'on-failure' or 'never'", { restart: { when: 'sometimes' } }],
    ['restart.delay', 'a number from 0, or Infinity', { restart: { delay: -1 } }],
    ['restart.delay', 'a number from 0, or Infinity', { restart: { delay: '1s' } }],
    ['restart.resetAfter', 'a number from 0, or Infinity', { restart: { resetAfter: NaN } }],
    ['restart.limit.max', 'a number from 0, or Infinity', { restart: { limit: { within: 1 } } }],
    ['restart.limit.within', 'a number from 0, or Infinity', { restart: { limit: { max: 1, within: -1 } } }],
    ['onChange', "'restart', 'ignore' or 'update'", { onChange: 'reload' }],
    ['startTimeout', 'a number from 0, or Infinity', { startTimeout: -1 }],
    ['stopTimeout', 'a number from 0, or Infinity', { stopTimeout: NaN }],
    ['killTimeout', 'a number from 0, or Infinity', { killTimeout: '2s' }],
  ])('refuses a wrong %s, which must be %s: %j', (option, expected, policy) => {
    const refuse = () => resolvePolicy(base, policy as ProcessPolicy);
    expect(refuse).toThrow(InvalidOptionError);
    expect(refuse).toThrow(`Option \`${option}\` must be ${expected}, but was `);
  });
});
