import pg from 'pg';
import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom, NEVER, take, toArray } from 'rxjs';
import type { LifecycleEvent, Row } from 'rxjs-supervisor';
import { Supervisor } from 'rxjs-supervisor';
import type { PostgresTableOptions } from 'rxjs-supervisor/postgres';
import { postgresTable, PostgresTableError } from 'rxjs-supervisor/postgres';
import { pooled } from '../support/databases.ts';

type Options = PostgresTableOptions<Record<string, unknown>>;
type Rows = Row<number, Record<string, unknown>>[];
const source = { table: 'services', key: 'id', notify: false } as const;
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const until = async (reached: () => unknown) => {
  while (!(await reached())) await pause();
};

/** All the SQL that its clients send. */
const sent: string[] = [];
class Recording extends pg.Client {
  override query(...args: [never]): never {
    sent.push(String(args[0]));
    return super.query<never>(...args);
  }
}

describe('reading from a server', () => {
  const held = pooled();
  let pool: pg.Pool;

  beforeEach(async () => {
    await held.exec(`create table services (id int primary key, port int);
      insert into services select i, i from generate_series(1, 2500) i`);
    pool = new pg.Pool({ ...held.config, application_name: 'reads', max: 1, Client: Recording });
    sent.length = 0;
  });
  afterEach(() => pool.end());

  const table = (options: Partial<Pick<Options, 'where' | 'decode'>> = {}) =>
    postgresTable<number>(pool, { ...source, ...options });
  const batches = (options?: Partial<Pick<Options, 'where' | 'decode'>>) =>
    table(options).entries() as Observable<Rows>;
  const idle = () => [pool.totalCount, pool.idleCount, pool.waitingCount];
  const BACKENDS = `from pg_stat_activity where application_name = 'reads'`;
  const asleep = async () => (await held.query(`select ${BACKENDS} and wait_event = 'PgSleep'`)).rows.length;
  const terminate = () => held.query(`select pg_terminate_backend(pid) ${BACKENDS}`);

  it('is one read-only snapshot', async () => {
    const setting = (name: string) => `current_setting('transaction_${name}')`;
    const where = `${setting('isolation')} = 'repeatable read' and ${setting('read_only')} = 'on'`;
    expect((await lastValueFrom(batches({ where }).pipe(toArray()))).flat()).toHaveLength(2500);
  });

  it('gives its client back when it has ended', async () => {
    await lastValueFrom(batches());
    expect(idle()).toEqual([1, 1, 0]);
    await lastValueFrom(batches());
    expect(idle()).toEqual([1, 1, 0]);
  });

  it('gives its client back when it is closed half-way', async () => {
    await firstValueFrom(batches().pipe(take(1)));
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
    expect(idle()).toEqual([1, 1, 0]);
    await until(async () => (await held.query(`select ${BACKENDS} and state <> 'idle'`)).rows.length === 0);
  });

  it('gives its client back when it has failed', async () => {
    await expect(lastValueFrom(batches({ where: '1 / (id - 1200) > 0' }))).rejects.toThrow('division by zero');
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
  });

  it.each<[string, (slow: string) => Observable<unknown>]>([
    ['entries', (where) => batches({ where })],
    ['getMany', (where) => table({ where }).getMany!([1]) as Observable<unknown>],
  ])('gives its client back when %s is closed while the server is at it', async (_, read) => {
    const subscription = read('pg_sleep(600) is not null').subscribe();
    await until(async () => (await asleep()) === 1);
    subscription.unsubscribe();
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
    await terminate();
  });

  it('gives its client back when it was closed before it got it', async () => {
    const taken = await pool.connect();
    const subscription = batches().subscribe();
    await until(() => pool.waitingCount === 1);
    subscription.unsubscribe();
    taken.release();
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
    expect(idle()).toEqual([1, 1, 0]);
  });

  it('fails when its backend is terminated, and the next one succeeds', async () => {
    const failure = lastValueFrom(batches({ where: 'pg_sleep(600) is not null' })).catch((error: unknown) => error);
    await until(async () => (await asleep()) === 1);
    await terminate();
    expect(await failure).toBeInstanceOf(PostgresTableError);
    expect(await failure).toMatchObject({ sqlState: '57P01' });
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
  });

  it('lives on when the backend of an idle client is terminated', async () => {
    await lastValueFrom(batches());
    await terminate();
    await until(() => pool.totalCount === 0);
    expect((await lastValueFrom(batches().pipe(toArray()))).flat()).toHaveLength(2500);
  });

  it('fails when there is no server', async () => {
    const nowhere = new pg.Pool({ ...held.config, port: 1 });
    const read = lastValueFrom(postgresTable(nowhere, source).entries() as Observable<Rows>);
    await expect(read).rejects.toThrow(`The table "services" can't be read: connect ECONNREFUSED 127.0.0.1:1.`);
    await nowhere.end();
  });

  it('by a single Client leaves its owner free to use it', async () => {
    const client = new pg.Client(held.config);
    await client.connect();
    const services = postgresTable<number>(client, source);
    const reading = lastValueFrom((services.entries() as Observable<Rows>).pipe(toArray()));
    await client.query('insert into services values (3000, 1)');
    expect((await reading).flat().length).toBeGreaterThanOrEqual(2500);
    await firstValueFrom(services.entries() as Observable<Rows>);
    expect(await lastValueFrom((services.getMany!([3000, 1]) as Observable<Rows>).pipe())).toHaveLength(2);
    await until(async () => (await client.query('select from pg_cursors')).rowCount === 0);
    await client.end();
  });

  it('of many keys is one statement', async () => {
    const keys = Array.from({ length: 2500 }, (_, i) => i + 1);
    expect(await lastValueFrom(table().getMany!(keys) as Observable<Rows>)).toHaveLength(2500);
    expect(sent).toHaveLength(1);
  });

  it('of unchanged rows fetches and decodes none of them', async () => {
    let decoded = 0;
    const services = table({
      decode: (row) => {
        decoded++;
        return row;
      },
    });
    const supervisor = new Supervisor(services, { process: () => NEVER, interval: Infinity });
    const run = supervisor.run().subscribe();
    await until(() => supervisor.statuses().size === 2500);
    expect(decoded).toBe(2500);
    await firstValueFrom(supervisor.reconcile());
    expect(decoded).toBe(2500);

    sent.length = 0;
    await held.exec('update services set port = 0 where id in (7, 8); insert into services values (9999, 1)');
    const { rows, started, restarted } = await firstValueFrom(supervisor.reconcile());
    expect({ rows, started, restarted, decoded }).toEqual({ rows: 2501, started: 1, restarted: 2, decoded: 2503 });
    expect(sent.filter((text) => text.includes('= any'))).toHaveLength(1);
    run.unsubscribe();
  });

  it('leaves a process its last good row when the new one cannot be decoded', async () => {
    const decode = (row: Record<string, unknown>) => {
      if (row['port'] === 0) throw new Error('no port');
      return row;
    };
    const supervisor = new Supervisor(table({ decode }), { process: () => NEVER, interval: Infinity });
    const events: LifecycleEvent[] = [];
    supervisor.events.subscribe((event) => events.push(event));
    const run = supervisor.run().subscribe();
    await until(() => supervisor.statuses().size === 2500);
    await held.exec('update services set port = 0 where id = 7');
    await firstValueFrom(supervisor.reconcile());
    expect(events.filter(({ type }) => type === 'row-failed')).toMatchObject([
      { key: 7, error: { message: 'no port' } },
    ]);
    expect(supervisor.status(7)).toMatchObject({ state: 'running', value: { id: 7, port: 7 }, incarnation: 1 });
    run.unsubscribe();
  });
});
