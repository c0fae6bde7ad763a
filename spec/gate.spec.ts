import { Gate } from '../lib/gate.ts';

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
