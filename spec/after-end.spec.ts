import type { End, Next, Wishes } from '../lib/after-end.ts';
import { afterEnd, isSpent } from '../lib/after-end.ts';
import { PermanentError } from '../lib/index.ts';

type When = 'always' | 'on-failure' | 'never';
const next = ({ when = 'always', ...given }: Partial<End & Wishes & { when: When }>): Next => {
  const end = {
    how: 'failed',
    error: new Error('boom'),
    hold: false,
    again: undefined,
    commanded: false,
    ...given,
  } as const;
  return afterEnd(end, end, when);
};

describe('afterEnd', () => {
  it.each(['completed', 'failed', 'stopped'] as const)('holds what %s when a stop was asked for', (how) => {
    expect(next({ how, hold: true })).toBe('hold');
  });

  it('starts what was stopped, and whose row is there', () => {
    expect(next({ how: 'stopped', again: 'update' })).toBe('start');
    expect(next({ how: 'stopped' })).toBe('start');
  });

  it('starts at once what a command asked for, however it ended', () => {
    const command = { again: 'request', commanded: true } as const;
    expect(next({ ...command, error: new PermanentError() })).toBe('start');
    expect(next({ ...command, how: 'completed' })).toBe('start');
  });

  it('tries a row that changed meanwhile soon, whatever the policy', () => {
    expect(next({ again: 'update', error: new PermanentError() })).toBe('start-soon');
    expect(next({ again: 'change', when: 'never' })).toBe('start-soon');
  });

  it.each([
    ['completed', 'always', 'back-off'],
    ['completed', 'on-failure', 'rest'],
    ['completed', 'never', 'rest'],
    ['failed', 'always', 'back-off'],
    ['failed', 'on-failure', 'back-off'],
    ['failed', 'never', 'give-up'],
  ] as const)('follows restart.when for what %s: %s', (how, when, expected) => {
    expect(next({ how, when })).toBe(expected);
  });

  it('gives up a permanent error, also as a cause of a cause', () => {
    const error = new Error('outer', { cause: new Error('inner', { cause: new PermanentError('no such account') }) });
    expect(next({ error })).toBe('give-up');
  });

  it('gives up the permanent error of another copy of the library', () => {
    expect(next({ error: { name: 'PermanentError' } })).toBe('give-up');
  });

  it('doesn’t hang on causes that go in a circle', () => {
    const error = new Error('circle');
    error.cause = error;
    expect(next({ error })).toBe('back-off');
    const outer = new Error('outer', { cause: new Error('inner', { cause: error }) });
    error.cause = outer;
    expect(next({ error: outer })).toBe('back-off');
  });
});

describe('isSpent', () => {
  it('says so when there were as many restarts as the limit within its time', () => {
    const limit = { max: 2, within: 1_000 };
    expect(isSpent(limit, [99_500, 99_900], 100_100)).toBe(true);
    expect(isSpent(limit, [99_100, 99_900], 100_100)).toBe(false);
  });

  it('never, without a limit', () => {
    expect(isSpent(undefined, [1, 2, 3], 4)).toBe(false);
  });
});
