import { RowError, supervise } from 'rxjs-supervisor';
import { expectLanes, processFrom, tableFromMarbles } from 'rxjs-supervisor/testing';
import { marbles } from '../support/run-process.ts';

describe('tableFromMarbles', () => {
  it('has the rows of the newest snapshot', () =>
    marbles(({ cold, hot }) => {
      const table = tableFromMarbles(hot, 'a 4s b 4s c', {
        a: { bot: 1 },
        b: { bot: 1, cat: 2 },
        c: { cat: 2 },
      });
      expectLanes(
        supervise(table, () => processFrom(cold, 'R')),
        '12s',
      ).toBe({ bot: '0 SR  8002ms GE.', cat: '4001ms SR' });
    })());

  it('has rows that cannot be read', () =>
    marbles(({ cold }) => {
      const table = tableFromMarbles<unknown>(cold, 'a 4s b', { a: { bot: 1 }, b: { bot: new RowError('no') } });
      expectLanes(
        supervise(table, () => processFrom(cold, 'R')),
        '12s',
      ).toBe({ bot: '0 SR' });
    })());

  it('fails where the line does', () =>
    marbles(({ cold, expectObservable }) => {
      const table = tableFromMarbles(cold, 'a 4s b 1s #', { a: { bot: 1 }, b: {} }, 'lost');
      expectObservable(table.changes!).toBe('a 4s a 1s #', { a: 'all' }, 'lost');
    })());
});
