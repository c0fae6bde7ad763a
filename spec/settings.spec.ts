import { asyncScheduler, EMPTY, NEVER } from 'rxjs';
import { equals, InvalidOptionError } from '../lib/index.ts';
import { resolveSettings } from '../lib/settings.ts';

const process = () => NEVER;

describe('settings', () => {
  it('have the defaults of the table', () => {
    expect(resolveSettings({ process })).toMatchObject({
      ...{ interval: 60_000, initialWait: 1_000, startConcurrency: Infinity, readTimeout: 30_000 },
      ...{ scheduler: asyncScheduler, equals, policy: { onChange: 'restart' } },
    });
  });

  it('ignore changes by default where rows are processes', () => {
    expect(resolveSettings({}).policy.onChange).toBe('ignore');
  });

  it('take an Observable as interval', () => {
    expect(resolveSettings({ process, interval: EMPTY }).interval).toBe(EMPTY);
  });

  it('lay the policy of a row over the one for all', () => {
    const { policyOf } = resolveSettings<string, number>({
      ...{ process, stopTimeout: 1, killTimeout: 2 },
      policy: (value, key) => ({ stopTimeout: value, onChange: key === 'a' ? 'ignore' : 'update' }),
    });
    expect(policyOf(7, 'a')).toMatchObject({ stopTimeout: 7, killTimeout: 2, onChange: 'ignore' });
    expect(policyOf(8, 'b')).toMatchObject({ stopTimeout: 8, killTimeout: 2, onChange: 'update' });
  });

  it.each([
    ['process', 'a function', { process: NEVER }],
    ['policy', 'a function', { policy: {} }],
    ['equals', 'a function', { equals: true }],
    ['startConcurrency', 'a number from 1', { startConcurrency: 0 }],
    ['startConcurrency', 'a number from 1', { startConcurrency: NaN }],
    ['interval', 'a number from 0, or Infinity', { interval: -1 }],
    ['interval', 'a number from 0, or Infinity', { interval: '1m' }],
    ['initialWait', 'a number from 0, or Infinity', { initialWait: NaN }],
    ['readTimeout', 'a number from 0, or Infinity', { readTimeout: -1 }],
    ['stopTimeout', 'a number from 0, or Infinity', { stopTimeout: -1 }],
  ])('refuse a wrong %s, which must be %s: %j', (option, expected, options: object) => {
    const [found] = Object.values(options) as unknown[];
    expect(() => resolveSettings(options)).toThrow(new InvalidOptionError(option, expected, found));
  });
});
