import { concat, NEVER, of, Subject, take, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Change } from '../lib/index.ts';
import { backoff, InvalidRowError, Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only } from './support/supervised.ts';

const boom = new Error('boom');
const options = { process: () => NEVER, interval: Infinity };
const delay = (attempt: number) => backoff()(attempt, undefined, 'changes');
const tableOf = (rows: Map<string, number>, changes: Observable<Change<string>>) => ({
  get: (key: string) => of(rows.get(key)),
  entries: () => rows,
  changes,
});

describe('the changes of a table', () => {
  it(
    'are subscribed once, before the first read, until the run shuts down',
    marbles(({ cold, hot, expectSubscriptions }) => {
      const changes = hot<Change<string>>('-');
      expectLanes(new Supervisor(tableOf(new Map([['a', 1]]), changes), options).run(cold('2s |'))).toBe({
        a: '0 SR  2s GE  5s',
      });
      expectSubscriptions(changes.subscriptions).toBe('^ 1999ms !');
    }),
  );

  it(
    'have their keys read: only the rows that they name',
    marbles(({ hot }) => {
      const rows = new Map<string, number>();
      const changes = hot<Change<string>>('2s a', { a: ['a'] });
      at(1_000, () => rows.set('a', 1).set('b', 1));
      expectLanes(new Supervisor(tableOf(rows, changes), options).run()).toBe({ a: '2s SR  5s' });
    }),
  );

  it(
    "have everything read at 'all'",
    marbles(({ hot, flush }) => {
      const rows = new Map<string, number>();
      const supervisor = new Supervisor(tableOf(rows, hot<Change<string>>('2s x', { x: 'all' })), options);
      const events = eventsOf(supervisor);
      at(1_000, () => rows.set('a', 1).set('b', 1));
      expectLanes(supervisor.run()).toBe({ a: '2s SR', b: '2s SR' });
      flush();
      expect(only(events, 'reconciled').map(({ trigger }) => trigger)).toEqual(['initial', 'change']);
    }),
  );

  it(
    "have nothing read twice for the 'all' that comes as they are subscribed",
    marbles(({ flush }) => {
      let reads = 0;
      const changes = concat(of<Change<string>>('all'), NEVER);
      const table = { get: () => of(1), entries: () => (reads++, []), changes };
      expectLanes(new Supervisor(table, options).run(), '1s').toBe({});
      flush();
      expect(reads).toBe(1);
    }),
  );

  it(
    'that error are an event, and are subscribed again with backoff; a full read follows each time',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const rows = new Map<string, number>();
      const changes = cold<Change<string>>('1s #', {}, boom);
      const supervisor = new Supervisor(tableOf(rows, changes), options);
      const events = eventsOf(supervisor);
      const second = 1_000 + delay(1);
      const third = second + 1_000 + delay(2);
      at(1_100, () => rows.set('a', 1));
      expectLanes(supervisor.run(), `${third + 500}ms`).toBe({ a: `${second}ms SR` });
      expectSubscriptions(changes.subscriptions).toBe(['^ 999ms !', `${second}ms ^ 999ms !`, `${third}ms ^ 500ms !`]);
      flush();
      expect(only(events, 'changes-lost').map(({ at, error }) => [at, error])).toEqual([
        [1_000, boom],
        [second + 1_000, boom],
      ]);
      expect(only(events, 'reconciled').map(({ at, trigger }) => [at, trigger])).toEqual([
        [0, 'initial'],
        [second, 'change'],
        [third, 'change'],
      ]);
    }),
  );

  it(
    'wait as after a first loss when they had emitted since the last one',
    marbles(({ cold, flush, expectSubscriptions }) => {
      const changes = cold<Change<string>>('500ms x 499ms #', { x: [] }, boom);
      const second = 1_000 + delay(1);
      const third = second + 1_000 + delay(1);
      expectLanes(new Supervisor(tableOf(new Map(), changes), options).run(), `${third}ms`).toBe({});
      expectSubscriptions(changes.subscriptions).toBe(['^ 999ms !', `${second}ms ^ 999ms !`, `${third}ms ^!`]);
      flush();
    }),
  );

  it(
    'that throw when they are read, or error at once, spin no loop',
    marbles(({ flush }) => {
      const table = {
        get: () => of(1),
        entries: () => [],
        get changes(): Observable<Change<string>> {
          throw boom;
        },
      };
      const throwing = new Supervisor(table, options);
      const erroring = new Supervisor(
        tableOf(
          new Map(),
          throwError(() => boom),
        ),
        options,
      );
      for (const supervisor of [throwing, erroring]) {
        const events = eventsOf(supervisor);
        expectLanes(supervisor.run(), '1m').toBe({});
        at(60_002, () => {
          const lost = only(events, 'changes-lost').length;
          expect(lost).toBeGreaterThan(2);
          expect(lost).toBeLessThan(10);
        });
      }
      flush();
    }),
  );

  it(
    'may complete: nothing is lost, and the interval goes on',
    marbles(({ flush }) => {
      const rows = new Map<string, number>();
      const supervisor = new Supervisor(tableOf(rows, of<Change<string>>('all')), {
        process: () => NEVER,
        interval: 2_000,
      });
      const events = eventsOf(supervisor);
      at(1_000, () => rows.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '2s SR' });
      flush();
      expect(only(events, 'changes-lost')).toEqual([]);
    }),
  );

  it(
    'that are malformed are a table-failed, and everything is read',
    marbles(({ flush }) => {
      const rows = new Map<string, number>();
      const changes = new Subject<Change<string>>();
      const supervisor = new Supervisor(tableOf(rows, changes), options);
      const events = eventsOf(supervisor);
      at(1_000, () => {
        rows.set('a', 1);
        changes.next('a' as never);
      });
      at(2_000, () => {
        rows.set('b', 1);
        changes.next(['b', {}] as never);
      });
      expectLanes(supervisor.run()).toBe({ a: '1s SR', b: '2s SR' });
      flush();
      expect(only(events, 'table-failed').map(({ operation, error }) => [operation, error])).toEqual([
        ['changes', new InvalidRowError('changes', "'all' or an array of keys", 'a')],
        ['changes', new InvalidRowError('changes', "'all' or an array of keys", ['b', {}])],
      ]);
    }),
  );

  it(
    'that are malformed are a table-failed also as they are subscribed',
    marbles(({ flush }) => {
      const malformed = concat(of('a' as unknown as Change<string>), NEVER);
      const supervisor = new Supervisor(tableOf(new Map([['a', 1]]), malformed), options);
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s' });
      flush();
      expect(only(events, 'table-failed')).toMatchObject([{ operation: 'changes', error: { found: 'a' } }]);
    }),
  );

  it.each<[string, unknown]>([
    ['all', 'all'],
    ['keys', ['a']],
    ['something malformed', 'a'],
  ])('are heard no more once the run has ended: %s', (_, change) => {
    let reads = 0;
    const changes = new Subject<Change<string>>();
    const table = { get: () => (reads++, of(1)), entries: () => (reads++, [['a', 1]] as const), changes };
    const supervisor = new Supervisor(table, options);
    const events = eventsOf(supervisor);
    const run = supervisor.run().subscribe();
    supervisor.events.pipe(take(1)).subscribe(() => {
      run.unsubscribe();
      changes.next(change as Change<string>);
    });
    supervisor.reconcile().subscribe();
    expect(reads).toBe(2);
    expect(only(events, 'table-failed')).toEqual([]);
    expect(events.at(-1)!.type).toBe('down');
  });
});
