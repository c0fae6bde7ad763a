import { lastValueFrom } from 'rxjs';
import { InvalidRowError } from '../lib/errors.ts';
import { MemoryTable } from '../lib/memory-table.ts';
import type { Change, Key } from '../lib/table.ts';

const changesOf = <K extends Key>(table: MemoryTable<K, unknown>) => {
  const changes: Change<K>[] = [];
  table.changes.subscribe((change) => changes.push(change));
  return changes;
};

describe('MemoryTable', () => {
  it('is read and edited like a Map', () => {
    const table = new MemoryTable<string, number>([['a', 1]]).set('b', 2).set('a', 3);
    expect(table.size).toBe(2);
    expect(table.has('a')).toBe(true);
    expect(table.has('c')).toBe(false);
    expect(table.peek('a')).toBe(3);
    expect(table.peek('c')).toBeUndefined();
    expect([...table]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect([...table.keys()]).toEqual(['a', 'b']);
    expect([...table.values()]).toEqual([3, 2]);
    const seen: unknown[] = [];
    table.forEach((value, key, it) => seen.push([key, value, it === table]));
    expect(seen).toEqual([
      ['a', 3, true],
      ['b', 2, true],
    ]);
    table.clear();
    expect(table.size).toBe(0);
  });

  it('gives one row, some rows, all rows', async () => {
    const table = new MemoryTable([
      ['a', 1],
      ['b', 2],
    ]);
    expect(await lastValueFrom(table.get('a'))).toBe(1);
    expect(await lastValueFrom(table.get('x'))).toBeUndefined();
    expect([...table.getMany(['b', 'x'])]).toEqual([['b', 2]]);
    expect([...table.entries()]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('takes the newest of a key that is given twice', () => {
    const table = new MemoryTable([
      ['a', 1],
      ['a', 2],
    ]);
    expect([...table]).toEqual([['a', 2]]);
  });

  it('keeps 1 and "1" apart, and takes NaN for one key', () => {
    const table = new MemoryTable<Key, string>().set(1, 'number').set('1', 'string').set(NaN, 'x').set(NaN, 'y');
    expect(table.size).toBe(3);
    expect(table.peek(NaN)).toBe('y');
  });

  it("announces 'all' on subscription, then each edit at once", () => {
    const table = new MemoryTable([['a', 1]]);
    const changes = changesOf(table);
    expect(changes).toEqual(['all']);
    table.set('b', 2);
    expect(changes).toEqual(['all', ['b']]);
    table.delete('a');
    table.clear();
    expect(changes).toEqual(['all', ['b'], ['a'], 'all']);
  });

  it('announces a row that is set to the same value', () => {
    const table = new MemoryTable([['a', 1]]);
    const changes = changesOf(table);
    table.set('a', 1);
    expect(changes).toEqual(['all', ['a']]);
  });

  it('announces nothing when there is nothing to delete or to clear', () => {
    const table = new MemoryTable<string, number>();
    const changes = changesOf(table);
    expect(table.delete('a')).toBe(false);
    table.clear();
    expect(changes).toEqual(['all']);
    expect(table.set('a', 1).delete('a')).toBe(true);
  });

  it('has made the edit when it announces it', () => {
    const table = new MemoryTable([['a', 1]]);
    const seen: unknown[] = [];
    table.changes.subscribe(() => seen.push(table.peek('a')));
    table.set('a', 2);
    table.delete('a');
    expect(seen).toEqual([1, 2, undefined]);
  });

  it("misses no edit that is made while 'all' is handled", () => {
    const table = new MemoryTable<string, number>();
    const changes: Change<string>[] = [];
    table.changes.subscribe((change) => {
      if (change === 'all') table.set('a', 1);
      changes.push(change);
    });
    expect(changes).toEqual([['a'], 'all']);
  });

  it('loses no edit that is made from inside a handler', () => {
    const table = new MemoryTable<string, number>();
    table.changes.subscribe((change) => {
      if (change[0] === 'a') table.set('b', 1);
    });
    const changes = changesOf(table);
    table.set('a', 1);
    expect(changes).toHaveLength(3);
    expect(changes).toEqual(expect.arrayContaining(['all', ['a'], ['b']]));
  });

  it('announces to nobody who has unsubscribed', () => {
    const table = new MemoryTable<string, number>();
    const changes: Change<string>[] = [];
    const subscription = table.changes.subscribe((change) => changes.push(change));
    subscription.unsubscribe();
    table.set('a', 1);
    expect(changes).toEqual(['all']);
  });

  it('lets a reader edit it while reading, and come to the end', () => {
    const table = new MemoryTable([
      ['a', 1],
      ['b', 2],
    ]);
    const read: string[] = [];
    for (const [key, value] of table.entries()) {
      read.push(key);
      table.delete(key);
      table.set(key, value).set(`${key}'`, value);
    }
    expect(read).toEqual(['a', 'b']);
    expect(table.size).toBe(4);
  });

  it('refuses undefined, which means that there is no row', () => {
    const table = new MemoryTable<string, number | undefined>([['a', 1]]);
    const changes = changesOf(table);
    expect(() => table.set('a', undefined)).toThrow('set("a", …) was expected to give a value other than undefined');
    expect(() => new MemoryTable([['a', undefined]])).toThrow(InvalidRowError);
    expect(table.peek('a')).toBe(1);
    expect(changes).toEqual(['all']);
  });

  it('takes null and false for values', () => {
    const table = new MemoryTable<string, unknown>().set('a', null).set('b', false);
    expect(table.getMany(['a', 'b'])).toEqual([
      ['a', null],
      ['b', false],
    ]);
  });

  it('refuses a key that can not be one', () => {
    const table = new MemoryTable<string, number>();
    expect(() => table.set({} as string, 1)).toThrow('set was expected to give a key');
  });
});
