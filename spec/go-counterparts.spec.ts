import { lastValueFrom, NEVER, of, toArray } from 'rxjs';
import type { Row } from '../lib/index.ts';
import {
  MemoryTable,
  ProcessExistsError,
  ProcessNotFoundError,
  ProcessNotRunningError,
  RowError,
  Supervisor,
} from '../lib/index.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, eventsOf, only, resource } from './support/supervised.ts';
import { readBatches } from './support/read-batches.ts';

const boom = new Error('boom');
const caught = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('as with the Go package', () => {
  it(
    'the initial restore starts a process that comes up and one that hangs, and force ends both',
    marbles(({ cold, flush }) => {
      const up = resource(cold('100ms |'));
      const hangs = resource(NEVER);
      const supervisor = new Supervisor(
        new MemoryTable([
          ['up', up],
          ['hangs', hangs],
        ]),
      );
      const events = eventsOf(supervisor);
      const controller = new AbortController();
      const log: unknown[] = [];
      at(2_000, () => {
        supervisor.start('hangs').subscribe({ error: (error: unknown) => log.push(error) });
        supervisor.start('up').subscribe({ error: (error: unknown) => log.push(error) });
        expect(caught(() => supervisor.get('hangs'))).toEqual(new ProcessNotRunningError('hangs', 'starting', hangs));
        expect(supervisor.get('up')).toBe(up);
      });
      at(3_000, () => controller.abort());
      expectLanes(supervisor.run(NEVER, { force: controller.signal })).toBe({
        up: '0 S  100ms R  3s GE',
        hangs: '0 S  3s GE  9s',
      });
      flush();
      expect(log).toEqual([new ProcessExistsError('hangs', 'starting'), new ProcessExistsError('up', 'running')]);
      expect(only(events, 'ready')).toMatchObject([{ at: 1_000 }]);
      expect(only(events, 'down')).toMatchObject([{ at: 3_000, keys: [] }]);
    }),
  );

  it(
    'a row added later is started by the interval',
    marbles(() => {
      const rows = new Map<string, typeof NEVER>();
      const supervisor = new Supervisor({ get: (key: string) => of(rows.get(key)), entries: () => rows });
      at(5_000, () => rows.set('late', NEVER));
      expectLanes(supervisor.run()).toBe({ late: '60s SR' });
    }),
  );

  it(
    'a shutdown while a process starts ends it',
    marbles(({ cold, expectSubscriptions }) => {
      const open = cold('-');
      const supervisor = new Supervisor(new MemoryTable([['a', resource(open)]]));
      expectLanes(supervisor.run(cold('1s |'))).toBe({ a: '0 S  2s GE  9s' });
      expectSubscriptions(open.subscriptions).toBe('^ 1999ms !');
    }),
  );

  it(
    'of two starts of one key at once one wins, and one says that the process exists',
    marbles(({ cold, flush }) => {
      const process = resource(cold('1s |'));
      const rows = new Map<string, typeof process>();
      const supervisor = new Supervisor({
        get: (key: string) => cold('10ms (x|)', { x: rows.get(key) }),
        entries: () => rows,
      });
      const log: unknown[] = [];
      const note = { next: (value: unknown) => log.push(value), error: (error: unknown) => log.push(error) };
      at(1_000, () => {
        rows.set('a', process);
        supervisor.start('a').subscribe(note);
        supervisor.start('a').subscribe(note);
      });
      expectLanes(supervisor.run()).toBe({ a: '1020ms S  2020ms R  5s' });
      flush();
      expect(log).toEqual([new ProcessExistsError('a', 'starting'), process]);
    }),
  );

  it(
    'a key is started, got and stopped',
    marbles(({ cold, flush }) => {
      const process = resource(cold('1s |'), cold('1s |'));
      const rows = new Map<string, typeof process>();
      const supervisor = new Supervisor({ get: (key: string) => of(rows.get(key)), entries: () => rows });
      const log: unknown[] = [];
      const note = { next: (value: unknown) => log.push(value), error: (error: unknown) => log.push(error) };
      at(500, () => {
        expect(caught(() => supervisor.get('a'))).toEqual(new ProcessNotFoundError('a', 'there is none'));
        rows.set('a', process);
      });
      at(1_000, () => supervisor.start('a').subscribe(note));
      at(3_000, () => {
        expect(supervisor.get('a')).toBe(process);
        rows.delete('a');
        supervisor.stop('a').subscribe(note);
      });
      at(4_500, () => supervisor.stop('a').subscribe(note));
      expectLanes(supervisor.run()).toBe({ a: '1s S  2s R  3s G  4s EH  5s' });
      flush();
      expect(log).toMatchObject([process, { key: 'a', forced: false, uptime: 2_000 }, { code: 'PROCESS_NOT_FOUND' }]);
    }),
  );

  it('a table gives one row, and every row until its iterator fails half-way', async () => {
    const table = {
      get: (key: string) => of(key === 'a' ? 1 : undefined),
      *entries(): Generator<Row<string, number>> {
        yield ['a', 1];
        yield ['b', new RowError(boom)];
        throw boom;
      },
    };
    expect(await lastValueFrom(table.get('a'))).toBe(1);
    expect(await lastValueFrom(table.get('z'))).toBeUndefined();
    const rows: unknown[] = [];
    const read$ = readBatches(
      'entries',
      () => table.entries(),
      (batch) => {
        for (const row of batch) rows.push(row);
      },
    );
    await expect(lastValueFrom(read$.pipe(toArray()))).rejects.toBe(boom);
    expect(rows).toEqual([
      ['a', 1],
      ['b', new RowError(boom)],
    ]);
  });
});
