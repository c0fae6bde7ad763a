import type { Observable } from 'rxjs';
import { concat, EMPTY, finalize, ignoreElements, NEVER, of, Subject, take, throwError } from 'rxjs';
import {
  InvalidOptionError,
  MemoryTable,
  NotRunningError,
  ProcessExistsError,
  ProcessNotFoundError,
  ProcessNotRunningError,
  ProcessStuckError,
  RowError,
  StartTimeoutError,
} from '../lib/index.ts';
import type { Runnable } from '../lib/index.ts';
import { Supervisor } from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource, stubborn } from './support/supervised.ts';

const boom = new Error('boom');
const one = (value = 1) => new MemoryTable([['a', value]]);
const restart = { delay: 5_000 };

/** What commands gave: their values and errors. */
function answers() {
  const log: unknown[] = [];
  const note = (command: Observable<unknown>) =>
    command.subscribe({ next: (value) => log.push(value), error: (error: unknown) => log.push(error) });
  return { log, note };
}

/** Does something in a turn of the mailbox: what it brings about comes in the turns after that, in this order. */
function inTurn(supervisor: Pick<Supervisor<string, number, never>, 'events' | 'reconcile'>, act: () => void): void {
  supervisor.events.pipe(take(1)).subscribe(act);
  supervisor.reconcile().subscribe();
}

describe('start', () => {
  it(
    'starts a key that has no process yet, and emits the process once it runs',
    marbles(({ cold, expectObservable }) => {
      const rows = new Map<string, number>();
      const process = resource(cold('2s |'));
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => process },
      );
      at(500, () => rows.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '1s S  3s R' });
      expectObservable(concat(cold('1s |'), supervisor.start('a'))).toBe('3s (p|)', { p: process });
    }),
  );

  it(
    'starts with the cause request and attempt 1',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s #'), restart });
      const events = eventsOf(supervisor);
      at(2_000, () => supervisor.start('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s SR' });
      flush();
      expect(only(events, 'starting')[1]).toMatchObject({ cause: 'request', attempt: 1, incarnation: 2 });
    }),
  );

  it.each<[string, string, 'always' | 'never', string]>([
    ['waits', '1s #', 'always', '0 SR  1s XB  2s SR'],
    ['was given up', '1s #', 'never', '0 SR  1s XP  2s SR'],
    ['completed', '1s |', 'never', '0 SR  1s C  2s SR'],
  ])('starts at once a key that %s', (_, life, when, lane) =>
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => cold(life), restart: { ...restart, when } });
      at(2_000, () => supervisor.start('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: lane });
    })(),
  );

  it(
    'starts a key that was held',
    marbles(() => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      at(1_000, () => supervisor.stop('a').subscribe());
      at(2_000, () => supervisor.start('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GEH  2s SR' });
    }),
  );

  it(
    'errors when the key has a process that is queued, starting, running or stopping',
    marbles(({ flush }) => {
      const table = new MemoryTable([
        ['stopping', 1],
        ['running', 2],
        ['starting', 3],
        ['queued', 4],
      ]);
      const supervisor = new Supervisor(table, {
        process: (row) => resource(row === 3 ? NEVER : EMPTY, row === 1 ? NEVER : EMPTY),
        startConcurrency: 1,
      });
      const { log, note } = answers();
      at(1_000, () => {
        supervisor.stop('stopping').subscribe({ error: () => undefined });
        for (const key of table.keys()) note(supervisor.start(key));
      });
      expectLanes(supervisor.run()).toBe({ stopping: '0 SR  1s G', running: '0 SR', starting: '0 S', queued: '0 Q' });
      flush();
      expect(log).toEqual([...table.keys()].map((key) => new ProcessExistsError(key, key)));
    }),
  );

  it(
    'doesn’t read the row of a key that has a process',
    marbles(({ flush }) => {
      const table = { get: () => throwError(() => boom), entries: () => [['a', 1]] as const };
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.start('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      flush();
      expect(log).toEqual([new ProcessExistsError('a', 'running')]);
    }),
  );

  it(
    'errors when another command was first, while its row was read',
    marbles(({ cold, flush }) => {
      const table = { get: () => cold('1s (x|)', { x: 1 }), entries: () => [] };
      const process = NEVER;
      const supervisor = new Supervisor(table, { process: () => process });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.start('a')));
      at(1_500, () => note(supervisor.start('a')));
      expectLanes(supervisor.run()).toBe({ a: '3s SR' });
      flush();
      expect(log).toEqual([process, new ProcessExistsError('a', 'running')]);
    }),
  );

  it(
    'errors when the row goes before the process is ready',
    marbles(({ flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(NEVER) });
      const { log, note } = answers();
      at(1_000, () => supervisor.stop('a').subscribe());
      at(2_000, () => note(supervisor.start('a')));
      at(3_000, () => table.delete('a'));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s GEH  2s S  3s GE.' });
      flush();
      expect(log).toEqual([new ProcessNotFoundError('a', 'its row was removed')]);
    }),
  );

  it.each<[string, string, number, string]>([
    ['is read', '2s (x|)', 1, '0 SR  1s XB  3s H  20s'],
    ['has been read', '(x|)', 2, '0 SR  1s XB  2s S  3s GEH  20s'],
  ])('errors when it is stopped after its row %s', (_, read, incarnation, lane) =>
    marbles(({ cold, flush }) => {
      const lives = [cold('1s #'), resource(NEVER)];
      const table = { get: () => cold(read, { x: 1 }), entries: () => [['a', 1]] as const };
      const supervisor = new Supervisor(table, { process: () => lives.shift()!, restart });
      const { log, note } = answers();
      at(2_000, () => note(supervisor.start('a')));
      at(3_000, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: lane });
      flush();
      expect(log).toHaveLength(2);
      expect(log).toContainEqual(new ProcessNotRunningError('a', 'stopped before it was ready'));
      expect(log).toContainEqual({ key: 'a', incarnation, forced: incarnation === 2, uptime: 0 });
    })(),
  );

  it(
    'is called off by a stop also when an earlier start has failed to read the row',
    marbles(({ cold, flush }) => {
      const reads = [cold<number>('1s #', {}, boom), cold('2s (x|)', { x: 1 })];
      const lives = [cold('1s #'), NEVER];
      const table = { get: () => reads.shift()!, entries: () => [['a', 1]] as const };
      const supervisor = new Supervisor(table, { process: () => lives.shift()!, restart: { delay: 60_000 } });
      const { log, note } = answers();
      at(2_000, () => note(supervisor.start('a')));
      at(3_500, () => note(supervisor.start('a')));
      at(4_000, () => supervisor.stop('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  4s H  9s' });
      flush();
      expect(log).toEqual([boom, new ProcessNotRunningError('a', 'stopped before it was ready')]);
    }),
  );

  it(
    'gets the answer of the next read when that of its own fails while the key is asked for once more',
    marbles(({ cold, flush }) => {
      const reads = [cold<number>('1s #', {}, boom), cold('2s (x|)', { x: 1 })];
      const table = { get: () => reads.shift()!, entries: () => [] };
      const process = NEVER;
      const supervisor = new Supervisor(table, { process: () => process });
      const { log, note } = answers();
      at(2_000, () => note(supervisor.start('a')));
      at(2_500, () => note(supervisor.start('a')));
      expectLanes(supervisor.run()).toBe({ a: '5s SR' });
      flush();
      expect(log).toEqual([process, new ProcessExistsError('a', 'running')]);
    }),
  );

  it(
    'removes a key that waits when its row turns out to be gone',
    marbles(({ cold, flush }) => {
      const rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => cold('1s #'), restart },
      );
      const { log, note } = answers();
      at(2_000, () => rows.delete('a') && note(supervisor.start('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s .' });
      flush();
      expect(log).toMatchObject([{ code: 'PROCESS_NOT_FOUND' }]);
    }),
  );

  it(
    'errors when the table has no such row',
    marbles(({ flush }) => {
      const supervisor = new Supervisor(one(), { process: () => NEVER });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.start('b')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      flush();
      expect(log).toEqual([new ProcessNotFoundError('b', 'the table has no such row')]);
    }),
  );

  it(
    'errors with the error of a process that fails before it is ready, and the policy goes on',
    marbles(({ flush }) => {
      const table = { get: () => of(1), entries: () => [] };
      const supervisor = new Supervisor(table, { process: () => throwError(() => boom), restart: { delay: 1_000 } });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.start('a')));
      expectLanes(supervisor.run()).toBe({ a: '1s SXB  2s SXB' });
      flush();
      expect(log).toEqual([boom]);
    }),
  );

  it(
    'errors when the row can’t be read, with the error of the read',
    marbles(({ flush }) => {
      const table = { get: () => throwError(() => boom), entries: () => [] };
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.start('a')));
      expectLanes(supervisor.run(), '2s').toBe({});
      flush();
      expect(log).toEqual([boom]);
    }),
  );

  it(
    'gives within ms to this start, instead of startTimeout',
    marbles(({ cold, flush }) => {
      const lives = [cold('1s #'), resource(cold('-')), resource(cold('-'))];
      const supervisor = new Supervisor(one(), { process: () => lives.shift()!, restart });
      const { log, note } = answers();
      at(2_000, () => note(supervisor.start('a', { within: 300 })));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s XB  2s S  2300ms GXB  7300ms S  60s' });
      flush();
      expect(log).toMatchObject([{ code: 'START_TIMEOUT', startTimeout: 300 }]);
    }),
  );

  it(
    'only stops waiting when it is unsubscribed',
    marbles(({ cold, expectObservable }) => {
      const rows = new Map<string, number>();
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => resource(cold('2s |')) },
      );
      at(500, () => rows.set('a', 1));
      expectLanes(supervisor.run()).toBe({ a: '1s S  3s R  5s' });
      expectObservable(concat(cold('1s |'), supervisor.start('a')), '^ 2s !').toBe('-');
    }),
  );

  it('errors when no run is active, and gives no command before it is subscribed', () => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    const { log, note } = answers();
    const command = supervisor.start('a');
    note(command);
    expect(log).toEqual([new NotRunningError('start')]);
    supervisor.run().subscribe().unsubscribe();
    note(command);
    expect(log).toHaveLength(2);
  });
});

describe('stop', () => {
  it(
    'emits a report when the process is gone, and holds the key while its row stays',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('2s |')), interval: 1_000 });
      const events = eventsOf(supervisor);
      const { log, note } = answers();
      at(3_000, () => note(supervisor.stop('a')));
      at(4_999, () => expect(log).toEqual([]));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  3s G  5s EH  1h' });
      flush();
      expect(log).toEqual([{ key: 'a', incarnation: 1, forced: false, uptime: 5_000 }]);
      expect(only(events, 'stopping')[0]).toMatchObject({ cause: 'request' });
    }),
  );

  it.each([
    ['changes', (table: MemoryTable<string, number>) => table.set('a', 2), '0 SR  1s GEH  5s SR'],
    ['is written unchanged', (table: MemoryTable<string, number>) => table.set('a', 1), '0 SR  1s GEH  9s'],
    ['goes', (table: MemoryTable<string, number>) => table.delete('a'), '0 SR  1s GEH  5s .'],
    [
      'goes and comes back',
      (table: MemoryTable<string, number>) => table.delete('a') && table.set('a', 1),
      '0 SR  1s GEH  5s .SR',
    ],
  ])('leaves the key held until its row %s', (_, edit, lane) =>
    marbles(() => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => NEVER });
      at(1_000, () => supervisor.stop('a').subscribe());
      at(5_000, () => edit(table));
      expectLanes(supervisor.run()).toBe({ a: lane });
    })(),
  );

  it.each([
    ['changes', (table: MemoryTable<string, number>) => table.set('a', 2), '0 SR  1s G  4s ESR'],
    ['is written unchanged', (table: MemoryTable<string, number>) => table.set('a', 1), '0 SR  1s G  4s EH  9s'],
    ['goes', (table: MemoryTable<string, number>) => table.delete('a'), '0 SR  1s G  4s E.  9s'],
    [
      'goes and comes back',
      (table: MemoryTable<string, number>) => table.delete('a') && table.set('a', 1),
      '0 SR  1s G  4s ESR',
    ],
  ])('is followed by what the row says when that %s while the stop is under way', (_, edit, lane) =>
    marbles(({ cold }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')) });
      at(1_000, () => supervisor.stop('a').subscribe());
      at(2_000, () => edit(table));
      expectLanes(supervisor.run()).toBe({ a: lane });
    })(),
  );

  it(
    'is never undone by a restart policy: it holds a process that ends with an error, and errors with that',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), {
        process: () => resource(EMPTY, cold('1s #', {}, boom)),
        restart: { delay: 1 },
      });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  2s EH  1h' });
      flush();
      expect(log).toEqual([boom]);
    }),
  );

  it(
    'takes a stop that was on its way to a restart: the key is held',
    marbles(({ cold }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => resource(EMPTY, cold('3s |')) });
      at(1_000, () => table.set('a', 2));
      at(2_000, () => supervisor.stop('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s EH  9s' });
    }),
  );

  it(
    'forces a process that is still starting',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(cold('-'), cold('1s |')) });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s GEH  9s' });
      flush();
      expect(log).toEqual([{ key: 'a', incarnation: 1, forced: true, uptime: 0 }]);
    }),
  );

  it(
    'makes a queued or waiting key stop waiting',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['waits', 1],
        ['starts', 2],
        ['queued', 3],
      ]);
      const process = (row: number) => (row === 1 ? cold('1s #') : resource(NEVER));
      const supervisor = new Supervisor(table, { process, restart, startConcurrency: 1 });
      const { log, note } = answers();
      at(2_000, () => {
        note(supervisor.stop('queued'));
        note(supervisor.stop('waits'));
      });
      expectLanes(supervisor.run()).toBe({ waits: '0 SR  1s XB  2s H', starts: '0 S', queued: '0 Q  2s H  9s' });
      flush();
      expect(log).toEqual(['queued', 'waits'].map((key) => ({ key, incarnation: 1, forced: false, uptime: 0 })));
    }),
  );

  it(
    'joins a stop that is under way',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('3s |')) });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.stop('a')));
      at(2_000, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s EH' });
      flush();
      expect(log).toHaveLength(2);
    }),
  );

  it(
    'gives within ms instead of stopTimeout',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('9s |')) });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.stop('a', { within: 500 })));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  1500ms EH' });
      flush();
      expect(log).toMatchObject([{ forced: true }]);
    }),
  );

  it(
    'is force where within is 0, also for a stop that is under way',
    marbles(({ cold }) => {
      const process = () => resource(EMPTY, cold('9s |'));
      const fresh = new Supervisor(one(), { process });
      const underWay = new Supervisor(one(), { process });
      at(1_000, () => fresh.stop('a', { within: 0 }).subscribe());
      at(1_000, () => underWay.stop('a').subscribe());
      at(2_000, () => underWay.stop('a', { within: 0 }).subscribe());
      expectLanes(fresh.run()).toBe({ a: '0 SR  1s GEH' });
      expectLanes(underWay.run()).toBe({ a: '0 SR  1s G  2s EH' });
    }),
  );

  it(
    'errors when the process is stuck',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => stubborn(cold('-')) });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.stop('a')));
      at(9_000, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  8s K  10s' });
      flush();
      expect(log).toEqual([new ProcessStuckError('a'), new ProcessStuckError('a')]);
    }),
  );

  it(
    'errors with the StartTimeoutError of a process that ends because of that',
    marbles(({ cold, flush }) => {
      const process = (): Runnable => ({
        run: (_, { force }) => (force.throwIfAborted(), cold('1500ms |')),
      });
      const supervisor = new Supervisor(one(), { process, startTimeout: 1_000, restart });
      const { log, note } = answers();
      at(1_200, () => note(supervisor.stop('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s G  1500ms XH  9s' });
      flush();
      expect(log).toEqual([new StartTimeoutError('a', 1_000)]);
    }),
  );

  const ended = { key: 'a', incarnation: 1, forced: false, uptime: 1_000 };

  it(
    'gives its report also of a process that ends by itself then, and whose row goes',
    marbles(({ flush }) => {
      const table = one();
      const process = new Subject<never>();
      const supervisor = new Supervisor(table, { process: () => process });
      const { log, note } = answers();
      at(1_000, () =>
        inTurn(supervisor, () => {
          note(supervisor.stop('a'));
          table.delete('a');
          process.complete();
        }),
      );
      expectLanes(supervisor.run(), '3s').toBe({ a: '0 SR  1s C.' });
      flush();
      expect(log).toEqual([ended]);
    }),
  );

  it(
    'gives its report also of a process that ends by itself then, and the run with it',
    marbles(({ flush }) => {
      const process = new Subject<never>();
      const supervisor = new Supervisor(one(), { process: () => process });
      const { log, note } = answers();
      const run = supervisor.run().subscribe();
      supervisor.events.subscribe(({ type }) => {
        if (type === 'completed') run.unsubscribe();
      });
      at(1_000, () =>
        inTurn(supervisor, () => {
          note(supervisor.stop('a'));
          process.complete();
        }),
      );
      flush();
      expect(log).toEqual([ended]);
    }),
  );

  type Act = (supervisor: Supervisor<string, number, Observable<unknown>>, table: MemoryTable<string, number>) => void;
  it.each<[string, string, Act]>([
    ['a change', '0 SR  1s CB  1001ms SR', (_, table) => table.set('a', 2)],
    ['a row that comes back', '0 SR  1s CB  1001ms SR', (_, table) => void (table.delete('a'), table.set('a', 2))],
    ['a restart', '0 SR  1s CSR', (supervisor, table) => void (table.set('a', 2), supervisor.restart('a').subscribe())],
  ])('gives its report of the process that ends by itself then, and not of the one after %s', (_, lane, act) =>
    marbles(({ cold, flush }) => {
      const table = one();
      const { log, note } = answers();
      const supervisor: Supervisor<string, number, Observable<unknown>> = new Supervisor(table, {
        process: (value) => (value === 2 ? NEVER : cold('1s |').pipe(finalize(asItEnds))),
        restart: { when: 'never' },
      });
      const asItEnds = (): void => {
        note(supervisor.stop('a'));
        act(supervisor, table);
      };
      expectLanes(supervisor.run(), '3s').toBe({ a: lane });
      flush();
      expect(log).toEqual([ended]);
    })(),
  );

  it(
    'holds a key that was stuck once its process has ended',
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => stubborn(cold('20s |')) });
      at(1_000, () => supervisor.stop('a').subscribe({ error: () => undefined }));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  8s K  20s EH  30s' });
    }),
  );

  it(
    'errors when there is nothing to stop: no key, or one at rest',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => cold('1s |'), restart: { when: 'never' } });
      const { log, note } = answers();
      at(2_000, () => {
        note(supervisor.stop('a'));
        note(supervisor.stop('b'));
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s C  3s' });
      flush();
      expect(log).toEqual([
        new ProcessNotFoundError('a', 'it rests (completed)'),
        new ProcessNotFoundError('b', 'there is none'),
      ]);
    }),
  );

  it(
    'only stops waiting when it is unsubscribed',
    marbles(({ cold, expectObservable }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('3s |')) });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s EH' });
      expectObservable(concat(cold('1s |'), supervisor.stop('a')), '^ 2s !').toBe('-');
    }),
  );
});

describe('restart', () => {
  it(
    'stops and starts as one step, and emits the new process',
    marbles(({ cold, expectObservable, flush }) => {
      const process = () => resource(cold('1s |'), cold('2s |'));
      const supervisor = new Supervisor(one(), { process });
      const events = eventsOf(supervisor);
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s R  3s G  5s ES  6s R' });
      expectObservable(concat(cold('3s |'), supervisor.restart('a').pipe(ignoreElements()))).toBe('6s |');
      flush();
      expect(only(events, 'starting')[1]).toMatchObject({ cause: 'request', attempt: 1, incarnation: 2 });
    }),
  );

  it(
    'starts with the row that it reads',
    marbles(({ flush }) => {
      const rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => NEVER },
      );
      const events = eventsOf(supervisor);
      at(500, () => rows.set('a', 2));
      at(1_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GESR' });
      flush();
      expect(only(events, 'starting').map(({ value }) => value)).toEqual([1, 2]);
    }),
  );

  it.each<[string, string, 'always' | 'never', string]>([
    ['a wait', '1s #', 'always', '0 SR  1s XB  2s SR'],
    ['a rest', '1s |', 'never', '0 SR  1s C  2s SR'],
  ])('ends %s', (_, life, when, lane) =>
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => cold(life), restart: { ...restart, when } });
      at(2_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: lane });
    })(),
  );

  it(
    'undoes a stop by a command that is under way',
    marbles(({ cold }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('3s |')) });
      at(1_000, () => supervisor.stop('a').subscribe());
      at(2_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  4s ESR' });
    }),
  );

  it(
    'abandons what is stuck, which is not heard any more',
    marbles(({ cold, flush }) => {
      const lives = [stubborn(cold('20s x|')), NEVER];
      const supervisor = new Supervisor(one(), { process: () => lives.shift()! });
      const outputs: unknown[] = [];
      supervisor.outputs.subscribe((output) => outputs.push(output));
      at(1_000, () => supervisor.stop('a').subscribe({ error: () => undefined }));
      at(10_000, () => supervisor.restart('a').subscribe());
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  8s K  10s SR  30s' });
      flush();
      expect(outputs).toEqual([]);
    }),
  );

  it(
    'of a key that is queued starts it no second time, and emits its process',
    marbles(({ cold, flush }) => {
      const table = new MemoryTable([
        ['starts', 1],
        ['queued', 2],
      ]);
      const processes = [1, 2].map(() => resource(cold('2s |')));
      const supervisor = new Supervisor(table, { process: (row) => processes[row - 1]!, startConcurrency: 1 });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.restart('queued')));
      expectLanes(supervisor.run()).toBe({ starts: '0 S  2s R', queued: '0 Q  2s S  4s R  9s' });
      flush();
      expect(log).toHaveLength(1);
      expect(log[0]).toBe(processes[1]);
    }),
  );

  it(
    'heeds nothing that is said of the process before: its failure',
    marbles(({ cold, flush }) => {
      const next = NEVER;
      const lives: (Runnable | Observable<never>)[] = [
        { run: (_, { force }) => (force.throwIfAborted(), cold('2s |')) },
        next,
      ];
      const supervisor = new Supervisor(one(), { process: () => lives.shift()!, startTimeout: 1_000, restart });
      const { log, note } = answers();
      at(1_500, () => note(supervisor.restart('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 S  1s G  2s XSR' });
      flush();
      expect(log).toEqual([next]);
    }),
  );

  it(
    'heeds nothing that is said of the process before: its removal, while the row is read',
    marbles(({ cold, flush }) => {
      const rows = new Map([['a', 1]]);
      const changes = new Subject<string[]>();
      const process = resource(EMPTY, cold('500ms |'));
      const supervisor = new Supervisor(
        { get: (key: string) => cold('1s (x|)', { x: rows.get(key) }), entries: () => rows, changes },
        { process: () => process },
      );
      const { log, note } = answers();
      at(1_000, () => {
        rows.delete('a');
        changes.next(['a']);
      });
      at(2_200, () => {
        rows.set('a', 2);
        note(supervisor.restart('a'));
      });
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s G  2500ms E.  3200ms SR' });
      flush();
      expect(log).toEqual([process]);
    }),
  );

  it(
    'errors when the process before it gets stuck',
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => stubborn(cold('-')) });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.restart('a')));
      at(8_001, () => expect(log).toEqual([new ProcessStuckError('a')]));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  8s K  20s' });
      flush();
    }),
  );

  it(
    'abandons nothing where the row can’t be read',
    marbles(({ cold, flush }) => {
      const table = { get: () => of(new RowError(boom)), entries: () => [['a', 1]] as const };
      const supervisor = new Supervisor(table, { process: () => stubborn(cold('-')), interval: Infinity });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.restart('a')));
      at(2_000, () => supervisor.stop('a').subscribe({ error: () => undefined }));
      at(10_000, () => note(supervisor.restart('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s G  9s K  20s' });
      flush();
      expect(log).toEqual([boom, boom]);
    }),
  );

  it(
    'stops a process whose row turns out to be gone, and errors',
    marbles(({ flush }) => {
      const rows = new Map([['a', 1]]);
      const supervisor = new Supervisor(
        { get: (key: string) => of(rows.get(key)), entries: () => rows },
        { process: () => NEVER },
      );
      const { log, note } = answers();
      at(1_000, () => rows.delete('a') && note(supervisor.restart('a')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s GE.' });
      flush();
      expect(log).toMatchObject([{ code: 'PROCESS_NOT_FOUND' }]);
    }),
  );

  it(
    'errors when the table has no such row',
    marbles(({ flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const { log, note } = answers();
      at(1_000, () => note(supervisor.restart('b')));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  2s' });
      flush();
      expect(log).toMatchObject([{ code: 'PROCESS_NOT_FOUND' }]);
    }),
  );
});

describe('every command', () => {
  const commands = ['start', 'stop', 'restart', 'reconcile', 'plan'] as const;
  const give = (
    supervisor: Supervisor<string, number, Observable<never>>,
    command: (typeof commands)[number],
  ): Observable<unknown> =>
    command === 'reconcile' || command === 'plan' ? supervisor[command]() : supervisor[command]('a');

  it.each(commands)('%s errors when no run is active', (command) => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    const { log, note } = answers();
    note(give(supervisor, command));
    expect(log).toEqual([new NotRunningError(command)]);
  });

  it.each(['start', 'restart', 'reconcile', 'plan'] as const)('%s errors at once during a shutdown', (command) =>
    marbles(({ cold, flush }) => {
      const supervisor = new Supervisor(one(), { process: () => resource(EMPTY, cold('4s |')) });
      const { log, note } = answers();
      at(2_000, () => note(give(supervisor as never, command)));
      at(2_001, () => expect(log).toEqual([new NotRunningError(command)]));
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 SR  1s G  5s E' });
      flush();
    })(),
  );

  it.each(['start', 'stop'] as const)('%s refuses a wrong within', (command) => {
    const supervisor = new Supervisor(one(), { process: () => NEVER });
    const wrong = () => supervisor[command]('a', { within: -1 });
    expect(wrong).toThrow(new InvalidOptionError('within', 'a number from 0, or Infinity', -1));
  });

  it(
    'errors when the run ends while it waits',
    marbles(({ cold, flush }) => {
      const table = { get: () => cold<number>('-'), entries: () => cold<[string, number][]>('-') };
      const supervisor = new Supervisor(table, { process: () => NEVER });
      const { log, note } = answers();
      at(1_000, () => {
        note(supervisor.start('a'));
        note(supervisor.restart('b'));
        note(supervisor.reconcile());
        note(supervisor.plan());
      });
      expectLanes(supervisor.run(), '2s').toBe({});
      flush();
      expect(log).toHaveLength(4);
      for (const name of ['start', 'restart', 'reconcile', 'plan'])
        expect(log).toContainEqual(new NotRunningError(name));
    }),
  );
});

describe('restart of a stuck process whose row is gone', () => {
  it(
    'abandons it: the key is removed, the command errors, and the late end means nothing',
    marbles(({ cold, flush }) => {
      const table = one();
      const supervisor = new Supervisor(table, {
        process: (row) => (row === 1 ? stubborn(cold('12s |')) : NEVER),
        interval: Infinity,
      });
      const { log, note } = answers();
      at(1_000, () => table.delete('a'));
      at(10_000, () => note(supervisor.restart('a')));
      at(11_000, () => expect(supervisor.status('a')).toBeUndefined());
      at(14_000, () => table.set('a', 2));
      expectLanes(supervisor.run()).toBe({ a: '0 SR  1s G  8s K  10s .  14s SR  20s' });
      flush();
      expect(log).toEqual([expect.any(ProcessNotFoundError)]);
    }),
  );
});

describe('start of a key whose row changes while it starts', () => {
  it(
    'emits the process of the newer row, once that runs',
    marbles(({ cold, flush }) => {
      const table = one();
      const processes = [1, 2].map(() => resource(cold('2s |')));
      const supervisor = new Supervisor(table, { process: (row) => processes[row - 1]!, interval: Infinity });
      const { log, note } = answers();
      at(3_000, () => supervisor.stop('a').subscribe());
      at(4_000, () => note(supervisor.start('a')));
      at(5_000, () => table.set('a', 2));
      at(6_500, () => expect(log).toEqual([]));
      expectLanes(supervisor.run()).toBe({ a: '0 S  2s R  3s GEH  4s S  5s GES  7s R' });
      flush();
      expect(log).toHaveLength(1);
      expect(log[0]).toBe(processes[1]);
    }),
  );
});
