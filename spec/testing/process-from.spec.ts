import { MemoryTable, supervise } from 'rxjs-supervisor';
import { expectLanes, processFrom } from 'rxjs-supervisor/testing';
import type { RunHelpers } from 'rxjs/testing';
import { lifeOf, marbles } from '../support/run-process.ts';
import { at } from '../support/supervised.ts';

type From = (cold: RunHelpers['cold']) => ReturnType<typeof processFrom>;

describe('processFrom', () => {
  it.each<[string, From, { ask?: string; kill?: string }, string]>([
    ['is ready at R', (cold) => processFrom(cold, '--R-'), {}, '--R'],
    ['emits its letters', (cold) => processFrom(cold, '--R-a-b'), {}, '--R-a-b'],
    ['completes by itself', (cold) => processFrom(cold, '--R-a-|'), {}, '--R-a-|'],
    ['fails by itself', (cold) => processFrom(cold, '--R-a-#'), {}, '--R-a-#'],
    ['fails before it is ready', (cold) => processFrom(cold, '--#'), {}, '--#'],
    ['stops at once by default', (cold) => processFrom(cold, '--R-a-b-c'), { ask: '-----x' }, '--R-a|'],
    ['takes its time to stop', (cold) => processFrom(cold, 'R-a', { stop: '---|' }), { ask: '-----x' }, 'R-a-----|'],
    ['emits while it stops', (cold) => processFrom(cold, 'R', { stop: '-x-|' }), { ask: '-x' }, 'R-x-|'],
    ['fails to stop', (cold) => processFrom(cold, 'R', { stop: '-#' }), { ask: '-x' }, 'R-#'],
    ['stops before it is ready', (cold) => processFrom(cold, '---R', { stop: '--|' }), { ask: '-x' }, '---|'],
    ['ignores a request', (cold) => processFrom(cold, 'R-a', { stop: '-' }), { ask: '-x' }, 'R-'],
    ['is ended by force', (cold) => processFrom(cold, 'R', { stop: '-' }), { ask: '-x', kill: '--x' }, 'R-|'],
    ['heeds force', (cold) => processFrom(cold, 'R', { stop: '-', force: '--|' }), { ask: '-x', kill: '--x' }, 'R---|'],
    ['ignores force', (cold) => processFrom(cold, 'R', { stop: '-', force: '-' }), { ask: '-x', kill: '--x' }, 'R-'],
  ])('%s', (_, process, { ask = '', kill = '' }, expected) =>
    marbles(({ cold, expectObservable }) => {
      expectObservable(lifeOf(process(cold), { ask: cold(ask), kill: cold(kill) }), '20ms !').toBe(expected);
    })(),
  );

  it('emits values and fails with an error', () =>
    marbles(({ cold, expectObservable }) => {
      const process = processFrom(cold, 'R-a-#', { values: { a: 1 }, error: 'no' });
      expectObservable(lifeOf(process)).toBe('R-a-#', { R: 'R', a: 1 }, 'no');
    })());

  it('begins its line anew at every start', () =>
    marbles(({ cold }) => {
      const process = processFrom(cold, '1s R 1s #', { stop: '3s |' });
      const table = new MemoryTable([['bot', 1]]);
      at(4_500, () => table.delete('bot'));
      expectLanes(supervise(table, { process: () => process, restart: { delay: 1_000 } }), '10s').toBe({
        bot: '0 S  1s R  2001ms XB  3001ms S  4001ms R  4500ms G  7500ms E.',
      });
    })());
});
