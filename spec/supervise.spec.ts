import { NEVER, share, take } from 'rxjs';
import { MemoryTable, supervise } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at } from './support/supervised.ts';

describe('supervise', () => {
  it(
    'keeps one live process for every row while it is subscribed',
    marbles(({ cold, expectSubscriptions }) => {
      const sources = [cold('-'), cold('-')] as const;
      const table = new MemoryTable([['a', 0]]);
      at(1_000, () => table.set('b', 1));
      at(2_000, () => table.delete('a'));
      expectLanes(supervise(table, (row) => sources[row]!)).toBe({ a: '0 SR  2s GE.', b: '1s SR  3s' });
      expectSubscriptions(sources[0].subscriptions).toBe('^ 1999ms !');
      expectSubscriptions(sources[1].subscriptions).toBe('1s ^ 2s !');
    }),
  );

  it(
    'takes options with a process, and rows that are processes',
    marbles(({ cold }) => {
      const restart = { delay: 1_000 };
      expectLanes(supervise(new MemoryTable([['a', '1s #']]), { process: (life) => cold(life), restart })).toBe({
        a: '0 SR  1s XB  2s SR',
      });
      expectLanes(supervise(new MemoryTable([['a', cold('1s #')]]), { restart })).toBe({ a: '0 SR  1s XB  2s SR' });
      expectLanes(supervise(new MemoryTable([['a', NEVER]]))).toBe({ a: '0 SR  9s' });
    }),
  );

  it(
    'has a supervisor for each subscriber, and one for all with share',
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      const events$ = supervise(new MemoryTable([['a', 1]]), () => source);
      const shared$ = events$.pipe(share());
      expectLanes(events$).toBe({ a: '0 SR  1s' });
      expectLanes(events$).toBe({ a: '0 SR  2s' });
      expectLanes(shared$).toBe({ a: '0 SR  3s' });
      expectLanes(shared$, '4s').toBe({});
      expectSubscriptions(source.subscriptions).toBe(['^ 1s !', '^ 2s !', '^ 4s !']);
    }),
  );

  it(
    'starts no second process after take(1)',
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('-');
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      expectLanes(supervise(table, () => source).pipe(take(1))).toBe({ a: '0 S  5s' });
      expectSubscriptions(source.subscriptions).toBe([]);
    }),
  );
});
