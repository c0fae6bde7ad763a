import { jest } from '@jest/globals';
import { NEVER } from 'rxjs';
import { backoff } from '../lib/backoff.ts';
import { Callbacks } from '../lib/callbacks.ts';
import { CallbackError, InvalidOptionError } from '../lib/errors.ts';
import type { Delay, SupervisorOptions } from '../lib/index.ts';
import { resolveSettings } from '../lib/settings.ts';

const boom = new Error('boom');
const failing = (): never => {
  throw boom;
};

/** The callbacks of these options, and what they reported. */
function callbacksOf(options: SupervisorOptions<string, number>) {
  const reported: [string, CallbackError][] = [];
  const settings = resolveSettings<string, number>({ process: () => NEVER, ...options });
  const callbacks = new Callbacks(settings, (key, error) => reported.push([key, error]));
  return { callbacks, policy: settings.policy, reported };
}

describe('equals', () => {
  it('says what the option says of both rows', () => {
    const { callbacks, reported } = callbacksOf({ equals: (a, b) => a + 1 === b });
    expect(callbacks.equals('a', 1, 2)).toBe(true);
    expect(callbacks.equals('a', 2, 1)).toBe(false);
    expect(reported).toEqual([]);
  });

  it('counts a row as unchanged when it throws, which is reported about its key', () => {
    const { callbacks, reported } = callbacksOf({ equals: failing });
    expect(callbacks.equals('a', 1, 2)).toBe(true);
    expect(reported).toMatchObject([['a', { code: 'CALLBACK', callback: 'equals', key: 'a', cause: boom }]]);
    expect(reported[0]![1]).toBeInstanceOf(CallbackError);
    expect(reported[0]![1].message).toBe('`equals` threw for key "a": Error: boom. The row counts as unchanged.');
  });
});

describe('onChange', () => {
  it('is the reaction that the option names', () => {
    expect(callbacksOf({}).callbacks.onChange('a', 1, 2)).toBe('restart');
    expect(callbacksOf({ onChange: 'update' }).callbacks.onChange('a', 1, 2)).toBe('update');
  });

  it('is asked about the row before, the new one and the key', () => {
    const onChange = jest.fn(() => 'ignore' as const);
    expect(callbacksOf({ onChange }).callbacks.onChange('a', 1, 2)).toBe('ignore');
    expect(onChange.mock.calls).toEqual([[1, 2, 'a']]);
  });

  it('is that of the new row’s policy', () => {
    const { callbacks } = callbacksOf({
      onChange: 'ignore',
      policy: (row, key) => (row === 2 && key === 'a' ? { onChange: 'update' } : {}),
    });
    expect(callbacks.onChange('a', 1, 2)).toBe('update');
    expect(callbacks.onChange('a', 2, 1)).toBe('ignore');
    expect(callbacks.onChange('b', 1, 2)).toBe('ignore');
  });

  it.each<[string, SupervisorOptions<string, number>]>([
    ['it throws', { onChange: failing }],
    ['the policy throws', { policy: failing }],
  ])('has the process keep its row when %s, which is reported about its key', (_, options) => {
    const { callbacks, reported } = callbacksOf(options);
    expect(callbacks.onChange('a', 1, 2)).toBe('ignore');
    expect(reported).toMatchObject([['a', { callback: 'onChange', key: 'a', cause: boom }]]);
    expect(reported[0]![1].message).toBe('`onChange` threw for key "a": Error: boom. The process keeps its row.');
  });

  it.each([undefined, 'stop', true])('has the process keep its row when it returns %p', (returned) => {
    const { callbacks, reported } = callbacksOf({ onChange: () => returned as never });
    expect(callbacks.onChange('a', 1, 2)).toBe('ignore');
    expect(reported.map(([, { cause }]) => cause)).toEqual([
      new InvalidOptionError('onChange', "'restart', 'ignore' or 'update'", returned),
    ]);
  });
});

describe('delay', () => {
  const delayOf = (delay: Delay<string>) => {
    const { callbacks, policy, reported } = callbacksOf({ restart: { delay } });
    return { delay: callbacks.delay('a', policy, 3, boom), reported };
  };

  it('is what the option says of the attempt, its error and the key', () => {
    const delay = jest.fn(() => 250);
    expect(delayOf(delay)).toEqual({ delay: 250, reported: [] });
    expect(delay.mock.calls).toEqual([[3, boom, 'a']]);
  });

  it.each([
    [0, 1],
    [-5, 1],
    [0.5, 1],
    [1.5, 1.5],
    [Infinity, Infinity],
  ])('of %p ms is %p ms', (returned, ms) => {
    expect(delayOf(() => returned)).toEqual({ delay: ms, reported: [] });
  });

  it('is the default backoff when it throws, which is reported about its key', () => {
    const { delay, reported } = delayOf(failing);
    expect(delay).toBe(backoff()(3, boom, 'a'));
    expect(reported).toMatchObject([['a', { callback: 'restart.delay', key: 'a', cause: boom }]]);
    expect(reported[0]![1].message).toBe(
      '`restart.delay` threw for key "a": Error: boom. The default backoff is used.',
    );
  });

  it.each([NaN, undefined, '5', null, 5n])('is the default backoff when it returns %p', (returned) => {
    const { delay, reported } = delayOf(() => returned as never);
    expect(delay).toBe(backoff()(3, boom, 'a'));
    expect(reported.map(([, { cause }]) => cause)).toEqual([
      new InvalidOptionError('restart.delay', 'a function that returns ms', returned),
    ]);
  });
});
