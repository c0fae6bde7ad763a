import { Gate } from '../lib/gate.ts';
import { MemoryTable, supervise } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, resource } from './support/supervised.ts';

const admitAll = (gate: Gate<string>) => {
  const admitted: string[] = [];
  for (let slot = gate.admit(); slot !== undefined; slot = gate.admit()) {
    admitted.push(slot);
    gate.leave();
  }
  return admitted;
};

describe('Gate', () => {
  it('lets as many in as the limit says, and has the rest wait', () => {
    const gate = new Gate<string>(2);
    expect(['a', 'b', 'c'].map((slot) => gate.enter(slot, true))).toEqual([true, true, false]);
    expect(gate.waits).toBe(true);
    expect(gate.admit()).toBeUndefined();
    gate.leave();
    expect(gate.admit()).toBe('c');
    expect(gate.waits).toBe(false);
  });

  it('admits in the order in which they came', () => {
    const gate = new Gate<string>(1);
    for (const slot of ['busy', 'a', 'b', 'c']) gate.enter(slot, true);
    gate.leave();
    expect(admitAll(gate)).toEqual(['a', 'b', 'c']);
  });

  it('admits those of changed rows before the initial backlog', () => {
    const gate = new Gate<string>(1);
    gate.enter('busy', true);
    gate.enter('a', true);
    gate.enter('b', true);
    gate.enter('changed', false);
    gate.advance('b');
    gate.leave();
    expect(admitAll(gate)).toEqual(['changed', 'b', 'a']);
  });

  it('forgets who withdraws', () => {
    const gate = new Gate<string>(1);
    gate.enter('busy', true);
    gate.enter('a', true);
    gate.enter('b', false);
    gate.withdraw('a');
    gate.withdraw('b');
    gate.advance('a');
    expect(gate.waits).toBe(false);
  });

  it('is idle when nothing starts and nothing waits to', () => {
    const gate = new Gate<string>(1);
    expect(gate.idle).toBe(true);
    gate.enter('a', true);
    gate.enter('b', true);
    gate.leave();
    expect(gate.idle).toBe(false);
    gate.admit();
    gate.leave();
    expect(gate.idle).toBe(true);
  });
});

describe('Gate with a free place while somebody waits', () => {
  it('has one that comes wait behind those that came before it', () => {
    const gate = new Gate<string>(1);
    gate.enter('a', true);
    gate.enter('c', false);
    gate.leave();
    expect(gate.enter('a', false)).toBe(false);
    expect(admitAll(gate)).toEqual(['c', 'a']);
  });

  it('lets a changed row in before the initial backlog, and nobody else', () => {
    const gate = new Gate<string>(1);
    gate.enter('a', true);
    gate.enter('b', true);
    gate.leave();
    expect(gate.enter('c', true)).toBe(false);
    expect(gate.enter('changed', false)).toBe(true);
    gate.leave();
    expect(admitAll(gate)).toEqual(['b', 'c']);
  });
});

describe('startConcurrency', () => {
  it(
    'has a key that is replaced while it starts wait behind those that wait already',
    marbles(({ cold }) => {
      const table = new MemoryTable([['a', 1]]);
      at(500, () => table.set('c', 1));
      at(1_000, () => table.set('a', 2));
      const process = () => resource(cold('2s |'));
      expectLanes(supervise(table, { process, startConcurrency: 1 })).toBe({
        a: '0 S  1s GEQ  3s S  5s R',
        c: '500ms Q  1s S  3s R',
      });
    }),
  );

  it(
    'admits two that wait as soon as two places are free',
    marbles(({ cold }) => {
      const table = new MemoryTable([
        ['a', 1],
        ['b', 1],
      ]);
      at(500, () => {
        table.set('c', 1);
        table.set('d', 1);
      });
      at(1_000, () => {
        table.set('a', 2);
        table.set('b', 2);
      });
      const process = () => resource(cold('2s |'));
      expectLanes(supervise(table, { process, startConcurrency: 2 })).toBe({
        a: '0 S  1s GEQ  3s S  5s R',
        b: '0 S  1s GEQ  3s S  5s R',
        c: '500ms Q  1s S  3s R',
        d: '500ms Q  1s S  3s R',
      });
    }),
  );
});
