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
    ['process', { process: NEVER }],
    ['policy', { policy: {} }],
    ['equals', { equals: true }],
    ['startConcurrency', { startConcurrency: 0 }],
    ['startConcurrency', { startConcurrency: NaN }],
    ['interval', { interval: -1 }],
    ['interval', { interval: '1m' }],
    ['initialWait', { initialWait: NaN }],
    ['readTimeout', { readTimeout: -1 }],
    ['stopTimeout', { stopTimeout: -1 }],
  ])('refuse a wrong %s', (option, options) => {
    const refuse = () => resolveSettings(options as never);
    expect(refuse).toThrow(InvalidOptionError);
    expect(refuse).toThrow(`Option \`${option}\` must be`);
  });
});
