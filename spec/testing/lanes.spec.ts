import { concat, NEVER, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { LifecycleEvent } from 'rxjs-supervisor';
import { backoff, MemoryTable, supervise } from 'rxjs-supervisor';
import { expectLanes, lanes } from 'rxjs-supervisor/testing';

const virtually = (test: Parameters<TestScheduler['run']>[0]) => () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
};

const failing = (test: Parameters<TestScheduler['run']>[0]): string => {
  try {
    virtually(test)();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing failed';
};

const event = (at: number, type: string, key: string) => ({ at, type, key, incarnation: 1 }) as LifecycleEvent;

describe('lanes', () => {
  it('has one letter for each event of a process', () => {
    const types = [
      ...['queued', 'starting', 'running', 'updated', 'failed', 'backoff', 'stopping', 'stopped', 'completed'],
      ...['given-up', 'held', 'stuck', 'removed'],
    ];
    expect(lanes(types.map((type) => event(0, type, 'a')))).toEqual({ a: '0 QSRUXBGECPHK.' });
  });

  it('leaves out what is about the supervisor', () => {
    expect(
      lanes([
        { type: 'ready', at: 0, complete: true },
        { type: 'row-failed', at: 0, key: 'a', error: 1 },
      ]),
    ).toEqual({});
  });

  it.each([
    [0, '0'],
    [250, '250ms'],
    [1_500, '1500ms'],
    [5_000, '5s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [7_200_000, '2h'],
  ])('writes %d ms as %s', (at, text) => {
    expect(lanes([event(at, 'running', 'a')])).toEqual({ a: `${text} R` });
  });

  it('counts time from an origin', () => {
    expect(
      lanes([event(1_700_000_000_000, 'starting', 'a'), event(1_700_000_005_000, 'running', 'a')], 1.7e12),
    ).toEqual({
      a: '0 S  5s R',
    });
  });
});

describe('expectLanes', () => {
  const table = new MemoryTable([['bot', 1]]);
  const process = () =>
    concat(
      timer(5_000),
      throwError(() => 'x'),
    );

  it(
    'compares the life of each key',
    virtually(({ cold }) => {
      expectLanes(supervise(table, { process: () => cold('5s #'), restart: { delay: 1_000 } })).toBe({
        bot: '0 SR  5s XB  6s SR',
      });
    }),
  );

  it(
    'reads times in any unit and order',
    virtually(() => {
      expectLanes(supervise(table, { process, restart: { delay: backoff({ jitter: 0 }) } })).toBe({
        bot: '0.1m SR 5000ms X 5s B 0ms SR',
      });
    }),
  );

  it(
    'unsubscribes just after the last time of the lanes',
    virtually(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      expectLanes(supervise(table, () => source)).toBe({ bot: '0 SR  5ms' });
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    }),
  );

  it(
    'unsubscribes just after a given time',
    virtually(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      expectLanes(
        supervise(table, () => source),
        '3ms',
      ).toBe({ bot: '0 SR' });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it('shows lanes that differ aligned, wanted over found', () => {
    const message = failing(() => {
      const both = new MemoryTable([
        ['bot', 5_000],
        ['spider', 250],
      ]);
      expectLanes(supervise(both, { process: (ms) => timer(ms), restart: { when: 'on-failure' } })).toBe({
        bot: '0 SR  5s XB  6s SR',
        spider: '0 SR  250ms C',
      });
    });
    expect(message).toBe(
      [
        'Lanes differ, wanted over found:',
        '',
        '          0   250ms  5s  6s',
        '≠ bot     SR         XB  SR',
        '          SR         C',
        '  spider  SR  C',
        '          SR  C',
        '',
      ].join('\n'),
    );
  });

  it('sees a key that is not wanted, and one that is missing', () => {
    const run = (wanted: Record<string, string>) =>
      failing(() => expectLanes(supervise(table, () => NEVER)).toBe(wanted));
    expect(run({})).toContain('≠ bot');
    expect(run({ bot: '0 SR', cat: '0 SR' })).toContain('≠ cat');
    expect(run({ bot: '0 SR', cat: '' })).toBe('nothing failed');
  });

  it('fails with the error of the events', () => {
    const message = failing(() => expectLanes(throwError(() => new Error('lost'))).toBe({}));
    expect(message).toContain('The events errored with Error: lost.');
  });

  it.each(['SR', '5 SR', '0 SRZ', '0 SR 5sec X'])('refuses "%s" as a lane', (lane) => {
    expect(failing(() => expectLanes(of()).toBe({ bot: lane }))).toMatch(/^A (time in a )?lane must/);
  });

  it('is refused outside of virtual time', () => {
    expect(() => expectLanes(of())).toThrow('inside TestScheduler.run');
  });
});
