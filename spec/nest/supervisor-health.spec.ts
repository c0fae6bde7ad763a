import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Key, Process, Table } from 'rxjs-supervisor';
import { MemoryTable, PermanentError, Supervisor, until } from 'rxjs-supervisor';
import { SupervisorHealth } from 'rxjs-supervisor/nest';

const failing = (): Observable<never> => throwError(() => new Error('refused'));
const givenUp = (): Observable<never> => throwError(() => new PermanentError('no such account'));
const neverEnds = {
  [Symbol.asyncIterator]: () => ({
    next: () => new Promise<never>(() => {}),
    return: () => new Promise<never>(() => {}),
  }),
};
const healthy = { status: 'up', failing: [], stuck: [], 'given-up': [] };

/** In virtual time: a supervisor that runs, with its health. */
const supervised = <K extends Key>(
  table: Table<K, Process>,
  use: (health: SupervisorHealth<K>, supervisor: Supervisor<K, Process, Process>, pass: (ms: number) => void) => void,
) => {
  const scheduler = new TestScheduler(() => {});
  scheduler.run(() => {
    const supervisor = new Supervisor(table, { restart: { delay: 1_000 }, stopTimeout: 10, killTimeout: 10 });
    const health = new SupervisorHealth(supervisor);
    const done$ = new Subject<void>();
    const run = supervisor.run(until(done$)).subscribe();
    use(health, supervisor, (ms) => {
      const end = scheduler.now() + ms;
      scheduler.maxFrames = end;
      scheduler.schedule(() => {}, ms);
      scheduler.flush();
    });
    run.unsubscribe();
  });
};

describe('SupervisorHealth', () => {
  it('is up while all rows run, and counts them', () => {
    supervised(
      new MemoryTable<string, Process>([
        ['a', NEVER],
        ['b', NEVER],
      ]),
      (health) => {
        expect(health.check('bots')).toEqual({ bots: { ...healthy, running: 2 } });
      },
    );
  });

  it.each([
    ['failing', failing()],
    ['given-up', givenUp()],
  ])('lists what is %s, and is down for it', (trouble, process) => {
    supervised(
      new MemoryTable<string, Process>([
        ['a', NEVER],
        ['b', process],
      ]),
      (health) => {
        expect(health.check('bots')).toEqual({ bots: { ...healthy, status: 'down', running: 1, [trouble]: ['b'] } });
      },
    );
  });

  it('lists what is stuck, and is down for it', () => {
    const table = new MemoryTable<string, Process>([
      ['a', NEVER],
      ['b', neverEnds],
    ]);
    supervised(table, (health, _, pass) => {
      table.delete('b');
      pass(30);
      expect(health.check('bots')).toEqual({ bots: { ...healthy, status: 'down', running: 1, stuck: ['b'] } });
    });
  });

  it('stays up with troubles that are tolerated, and lists them', () => {
    supervised(
      new MemoryTable<string, Process>([
        ['a', failing()],
        ['b', givenUp()],
      ]),
      (health) => {
        const troubles = { failing: ['a'], 'given-up': ['b'] };
        expect(health.check('bots', { tolerate: ['failing', 'given-up'] }).bots).toEqual({
          ...healthy,
          running: 0,
          ...troubles,
        });
        expect(health.check('bots', { tolerate: ['given-up', 'stuck'] }).bots.status).toBe('down');
      },
    );
  });

  it('finds nothing wrong with what completed, is held, or waits after it completed', () => {
    const table = new MemoryTable<string, Process>([
      ['a', NEVER],
      ['b', of(1)],
    ]);
    supervised(table, (health, supervisor) => {
      supervisor.stop('a').subscribe();
      expect([...supervisor.statuses().values()].map(({ state }) => state)).toEqual(['held', 'backoff']);
      expect(health.check('bots').bots).toEqual({ ...healthy, running: 0 });
    });
  });

  it('forgets a failure once the process runs again', () => {
    let tries = 0;
    const second = new Observable<never>((subscriber) => {
      if (++tries === 1) subscriber.error(new Error('refused'));
    });
    supervised(new MemoryTable<string, Process>([['a', second]]), (health, _, pass) => {
      expect(health.check('bots').bots.failing).toEqual(['a']);
      pass(1_000);
      expect(health.check('bots').bots).toEqual({ ...healthy, running: 1 });
    });
  });

  it('is down before a run is ready, and from its shutdown on', () => {
    const supervisor = new Supervisor(new MemoryTable<string, Process>([['a', NEVER]]));
    const health = new SupervisorHealth(supervisor);
    const down = { bots: { ...healthy, status: 'down', running: 0, message: 'It does not run, or is not ready yet.' } };
    expect(health.check('bots')).toEqual(down);
    const run = supervisor.run().subscribe();
    expect(health.check('bots').bots.status).toBe('up');
    run.unsubscribe();
    expect(health.check('bots')).toEqual(down);
  });

  it('is down while the table can’t be read, and says why', () => {
    let broken = false;
    const table: Table<string, Process> = {
      get: () => of(NEVER),
      *entries() {
        yield ['a', NEVER];
        if (broken) throw new Error('connection reset');
      },
    };
    supervised(table, (health, supervisor) => {
      broken = true;
      supervisor.reconcile().subscribe();
      const message = "The table can't be read completely: Error: connection reset";
      expect(health.check('bots')).toEqual({ bots: { ...healthy, status: 'down', running: 1, message } });
      broken = false;
      supervisor.reconcile().subscribe();
      expect(health.check('bots')).toEqual({ bots: { ...healthy, running: 1 } });
    });
  });

  it('says so when it is ready before the table was read, in each run', () => {
    const message = 'Its table has not been read yet.';
    let hangs = true;
    const table: Table<string, Process> = {
      get: () => of(undefined),
      entries: () => (hangs ? new Promise<never>(() => {}) : []),
    };
    supervised(table, (health, supervisor, pass) => {
      pass(1_000);
      expect(health.check('bots').bots).toEqual({ ...healthy, status: 'down', running: 0, message });
      void supervisor.close();
      hangs = false;
      const second = supervisor.run().subscribe();
      expect(health.check('bots').bots.status).toBe('up');
      second.unsubscribe();
      hangs = true;
      const third = supervisor.run().subscribe();
      pass(1_000);
      expect(health.check('bots').bots.message).toBe(message);
      third.unsubscribe();
    });
  });

  it('can be written as JSON, whatever the keys are', () => {
    supervised(
      new MemoryTable<Key, Process>([
        [1n, failing()],
        [Symbol('s'), failing()],
        [7, failing()],
      ]),
      (health) => {
        expect(JSON.parse(JSON.stringify(health.check('bots')))).toMatchObject({
          bots: { failing: ['1', 'Symbol(s)', '7'] },
        });
      },
    );
  });
});
