import type { Observable } from 'rxjs';
import { BehaviorSubject, lastValueFrom, of, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { InvalidRowError } from '../lib/errors.ts';
import { tableFrom } from '../lib/table-from.ts';
import type { Row, Table } from '../lib/table.ts';
import { RowError } from '../lib/table.ts';

type Rows = Iterable<Row<string, number>>;

const entries = (table: Table<string, number>) => [...(table.entries() as Rows)];
const many = (table: Table<string, number>, ...keys: string[]) => [...(table.getMany!(keys) as Rows)];
const one = (table: Table<string, number>, key: string) =>
  lastValueFrom(table.get(key) as Observable<number | RowError | undefined>);

const loaded = (rows: Rows) => {
  const table = tableFrom<string, number>(of(rows));
  table.changes!.subscribe();
  return table;
};

describe('tableFrom', () => {
  it('is empty until the first snapshot, then has the newest', async () => {
    const rows$ = new Subject<Rows>();
    const table = tableFrom(rows$);
    table.changes!.subscribe();
    expect(entries(table)).toEqual([]);
    expect(await one(table, 'a')).toBeUndefined();
    rows$.next([['a', 1]]);
    expect(entries(table)).toEqual([['a', 1]]);
    rows$.next([
      ['a', 2],
      ['b', 3],
    ]);
    expect(await one(table, 'a')).toBe(2);
    expect(many(table, 'b', 'c')).toEqual([['b', 3]]);
  });

  it("announces 'all' for every snapshot, and ends as the source does", () => {
    const test = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    test.run(({ cold, expectObservable, expectSubscriptions }) => {
      const rows = { a: [], b: new Map<string, number>() };
      const completes$ = cold<Rows>('-a-b-|  ', rows);
      const errors$ = cold<Rows>('   -a-b-#  ', rows);
      const expected = '             -a-a-';
      expectObservable(tableFrom(completes$).changes!).toBe(`${expected}|`, { a: 'all' });
      expectObservable(tableFrom(errors$).changes!).toBe(`${expected}#`, { a: 'all' });
      expectSubscriptions(completes$.subscriptions).toBe('^----!');

      const never$ = cold<Rows>('-a-', rows);
      expectObservable(tableFrom(never$).changes!, '--^-!').toBe('---a', { a: 'all' });
      expectSubscriptions(never$.subscriptions).toBe('--^-!');
    });
  });

  it('subscribes to the source with changes only, and once for each subscriber', () => {
    const rows$ = new Subject<Rows>();
    const table = tableFrom(rows$);
    expect(rows$.observed).toBe(false);
    const first = table.changes!.subscribe();
    const second = table.changes!.subscribe();
    first.unsubscribe();
    expect(rows$.observed).toBe(true);
    second.unsubscribe();
    expect(rows$.observed).toBe(false);
  });

  it('has the new snapshot when it announces it', () => {
    const rows$ = new BehaviorSubject<Rows>([['a', 1]]);
    const table = tableFrom(rows$);
    const seen: unknown[] = [];
    table.changes!.subscribe(() => seen.push(entries(table)));
    rows$.next([['b', 2]]);
    expect(seen).toEqual([[['a', 1]], [['b', 2]]]);
  });

  it('keeps the last snapshot after the source has ended, or was left', () => {
    expect(entries(loaded([['a', 1]]))).toEqual([['a', 1]]);
    const rows$ = new BehaviorSubject<Rows>([['b', 1]]);
    const table = tableFrom(rows$);
    table.changes!.subscribe().unsubscribe();
    expect(entries(table)).toEqual([['b', 1]]);
  });

  it('gives the snapshot as it came', () => {
    const rows: Rows = new Map([['a', 1]]);
    expect(loaded(rows).entries()).toBe(rows);
  });

  it('can be read again when the snapshot is an iterator', () => {
    const table = loaded(new Map([['a', 1]]).entries());
    expect(entries(table)).toEqual([['a', 1]]);
    expect(entries(table)).toEqual([['a', 1]]);
    expect(many(table, 'a')).toEqual([['a', 1]]);
  });

  it('passes versions and RowErrors on', async () => {
    const broken = new RowError(new Error('unreadable'));
    const rows: Row<string, number>[] = [
      ['a', 1, 7],
      ['b', broken],
    ];
    const table = loaded(rows);
    expect(entries(table)).toEqual(rows);
    expect(many(table, 'a', 'b')).toEqual(rows);
    expect(await one(table, 'b')).toBe(broken);
  });

  it('counts the first row of a key that comes twice', async () => {
    const table = loaded([
      ['a', 1],
      ['a', 2],
    ]);
    expect(await one(table, 'a')).toBe(1);
    expect(many(table, 'a')).toEqual([['a', 1]]);
  });

  it('does not say that a key has no row when a row of the snapshot is malformed', async () => {
    const table = loaded([['a', 1], null as unknown as Row<string, number>, ['b', 2]]);
    expect(await one(table, 'b')).toBe(2);
    expect(many(table, 'a', 'b')).toHaveLength(2);
    await expect(one(table, 'c')).rejects.toMatchObject({ code: 'INVALID_ROW', found: null });
    const read: unknown[] = [];
    expect(() => {
      for (const row of table.getMany!(['c', 'a']) as Rows) read.push(row);
    }).toThrow('snapshot was expected to give rows of [key, value], but gave null');
    expect(read).toEqual([['a', 1]]);
  });

  it('indexes a snapshot once, when it is first asked for keys', async () => {
    let iterated = 0;
    const table = loaded({
      *[Symbol.iterator](): Generator<Row<string, number>> {
        iterated++;
        yield ['a', 1];
      },
    });
    expect(iterated).toBe(0);
    await one(table, 'a');
    many(table, 'a', 'b');
    expect(iterated).toBe(1);
  });

  it.each([undefined, 42, 'rows'])('errors on a snapshot that is %p', (found) => {
    const errors: unknown[] = [];
    const table = tableFrom(of(found as unknown as Rows));
    table.changes!.subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([new InvalidRowError('snapshot', 'an iterable of rows', found)]);
    expect(entries(table)).toEqual([]);
  });

  it('takes a Promise of rows', async () => {
    const table = tableFrom<string, number>(Promise.resolve([['a', 1]]));
    await lastValueFrom(table.changes!);
    expect(entries(table)).toEqual([['a', 1]]);
  });
});
