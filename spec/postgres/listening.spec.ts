import pg from 'pg';
import type { Subscription } from 'rxjs';
import { firstValueFrom, NEVER } from 'rxjs';
import type { Change, LifecycleEvent } from 'rxjs-supervisor';
import { InvalidOptionError, supervise } from 'rxjs-supervisor';
import type { ListenOptions, ListeningClient } from 'rxjs-supervisor/postgres';
import { installNotifications, PostgresListenError, postgresTable } from 'rxjs-supervisor/postgres';
import { pooled } from '../support/databases.ts';
import { DeafProxy } from '../support/deaf-proxy.ts';

const source = { table: 'services', key: 'name' };
const NAME = 'listener';
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('a listener on a server', () => {
  const held = pooled();
  const made: pg.Client[] = [];
  let subscription: Subscription | undefined;

  beforeEach(async () => {
    await held.exec('create table services (name text primary key)');
    await installNotifications(held.pool, source);
  });
  afterEach(async () => {
    subscription?.unsubscribe();
    while ((await listeners()) > 0) await pause();
  });

  const until = async (reached: () => unknown) => {
    while (!(await reached())) await pause();
  };
  const listeners = async () =>
    (await held.query('select from pg_stat_activity where application_name = $1', [NAME])).rows.length;
  const client = (config: pg.ClientConfig = {}) => {
    const one = new pg.Client({ ...held.config, application_name: NAME, ...config });
    made.push(one);
    return one;
  };
  const table = (options: ListenOptions = {}) =>
    postgresTable(held.pool, { ...source, notify: () => client(), ...options });

  function listen(options?: ListenOptions) {
    const heard = { told: [] as Change<string>[], error: undefined as PostgresListenError | undefined };
    subscription = table(options).changes!.subscribe({
      next: (change) => heard.told.push(change),
      error: (error: unknown) => (heard.error = error as PostgresListenError),
    });
    return heard;
  }
  /** What `changes` errors with. */
  async function failure(options?: ListenOptions) {
    const heard = listen(options);
    await until(() => heard.error !== undefined);
    expect(heard.error).toBeInstanceOf(PostgresListenError);
    expect(heard.error).toMatchObject({ code: 'POSTGRES_LISTEN', channel: 'rxjs_supervisor_services' });
    return heard;
  }

  it('has a connection of its own, which ends with the subscription', async () => {
    const heard = listen();
    await until(() => heard.told.length === 1);
    expect(await listeners()).toBe(1);
    subscription!.unsubscribe();
    await until(async () => (await listeners()) === 0);
  });

  it('is made with the settings of a pool that is given no other, and not taken out of it', async () => {
    const pool = new pg.Pool({ ...held.config, max: 1, application_name: NAME });
    try {
      const told: unknown[] = [];
      const services = postgresTable(pool, source);
      subscription = services.changes!.subscribe((change) => told.push(change));
      await until(() => told.length === 1);
      expect(await listeners()).toBe(2);
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
      expect(await firstValueFrom(services.entries() as never, { defaultValue: 'none' })).toBe('none');
      subscription.unsubscribe();
    } finally {
      await pool.end();
    }
  });

  it.each<[string, () => ListeningClient, RegExp]>([
    ['a client out of a pool', () => held.pool.connect() as unknown as ListeningClient, /found|Promise/],
    ['the pool', () => held.pool as unknown as ListeningClient, /class (Bound)?Pool/],
    ['nothing', () => undefined as unknown as ListeningClient, /undefined/],
  ])('refuses %s', async (_, notify, found) => {
    let taken: unknown;
    const spied = () => {
      const given = notify();
      taken = given;
      return given;
    };
    const error = await firstValueFrom(table({ notify: spied }).changes!).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toMatch('Option `notify` must be a function that makes a new Client each time');
    expect((error as Error).message).toMatch(found);
    if (taken instanceof Promise) ((await taken) as pg.PoolClient).release();
  });

  it('refuses the client of a pool that was taken out before', async () => {
    const taken = await held.pool.connect();
    const error = await firstValueFrom(table({ notify: () => taken }).changes!).catch((error: unknown) => error);
    taken.release();
    expect(error).toBeInstanceOf(InvalidOptionError);
  });

  it('refuses the same client again', async () => {
    const one = client();
    const { changes } = table({ notify: () => one });
    await firstValueFrom(changes!);
    await expect(firstValueFrom(changes!)).rejects.toThrow('was a string "the same Client again"');
  });

  it.each<[string, unknown, ListenOptions, string]>([
    ['a Client that is not told how to listen', new pg.Client(), {}, 'Option `notify` must be a function that makes'],
    ['a notify that is no function', {}, { notify: true as never }, 'Option `notify` must be a function that makes'],
    ['no heartbeat', {}, { notify: () => client(), heartbeat: 0 }, 'Option `heartbeat` must be a number of ms above 0'],
    ['no patience', {}, { notify: () => client(), heartbeatTimeout: NaN }, 'Option `heartbeatTimeout` must be'],
  ])('refuses %s at once', (_, database, options, message) => {
    expect(() => postgresTable(database as pg.Client, { ...source, ...options })).toThrow(message);
  });

  it('errors when it is told to go, and says why', async () => {
    const heard = listen();
    await until(() => heard.told.length === 1);
    await held.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [NAME]);
    await until(() => heard.error);
    expect(heard.error!.message).toBe(
      `Changes on the channel "rxjs_supervisor_services" aren't heard: the connection was lost: ` +
        'terminating connection due to administrator command.',
    );
    expect(heard.error!.cause).toMatchObject({ code: '57P01' });
  });

  it('errors when it cannot connect', async () => {
    const { error, told } = await failure({ notify: () => client({ database: 'nowhere' }) });
    expect(error!.message).toContain('the server could not be connected to: database "nowhere" does not exist');
    expect(told).toEqual([]);
  });

  it('errors when the client that it is given is connected already', async () => {
    const one = client();
    await one.connect();
    const { error } = await failure({ notify: () => one });
    expect(error!.message).toContain('Client has already been connected');
  });

  describe('behind a network that swallows', () => {
    let proxy: DeafProxy;
    beforeEach(async () => {
      proxy = await DeafProxy.before(held.config.port!);
    });
    afterEach(() => proxy.close());
    const far = () => client({ port: proxy.port });

    it('errors when it hears nothing, and lets go of its socket', async () => {
      const heard = listen({ notify: far, heartbeat: 20, heartbeatTimeout: 2_000 });
      await until(() => heard.told.length === 1);
      proxy.cut();
      await until(() => heard.error);
      expect(heard.error!.message).toContain(`a NOTIFY could not be sent within 2000 ms`);
      await until(() => made.at(-1)!.connection.stream.destroyed);
    });

    it('errors when nobody answers its knock, and lets go of its socket', async () => {
      proxy.cut();
      const { error } = await failure({ notify: far, heartbeatTimeout: 200 });
      expect(error!.message).toContain('the server did not answer within 200 ms');
      await until(() => made.at(-1)!.connection.stream.destroyed);
    });
  });

  describe('behind a pooler', () => {
    /** What a pooler does between two transactions. */
    class Pooled extends pg.Client {
      override query(...args: [never]): never {
        const answered = (super.query as (...given: unknown[]) => Promise<unknown>).apply(this, args);
        return answered.then(async (result) => {
          await super.query('discard all');
          return result;
        }) as never;
      }
    }
    const pooler = { notify: () => new Pooled({ ...held.config, application_name: NAME }), heartbeatTimeout: 2_000 };

    it('errors, since LISTEN is swallowed, and says so', async () => {
      const { error, told } = await failure(pooler);
      expect(error!.message).toContain('a NOTIFY that was sent round did not come back. Either a pooler between');
      expect(told).toEqual([]);
    });

    it('goes on by polling', async () => {
      const events: LifecycleEvent[] = [];
      subscription = supervise(table(pooler), { process: () => NEVER, interval: 50 }).subscribe((event) => {
        events.push(event);
      });
      await until(() => events.some(({ type }) => type === 'changes-lost'));
      await held.exec(`insert into services values ('a')`);
      await until(() => events.some((event) => event.type === 'running' && event.key === 'a'));
    });

    it('errors also when it listens in another database', async () => {
      await held.exec('create database elsewhere');
      const elsewhere = () => client({ database: 'elsewhere' });
      expect((await failure({ notify: elsewhere, heartbeatTimeout: 2_000 })).error!.message).toContain('two databases');
      await until(async () => (await listeners()) === 0);
      await held.exec('drop database elsewhere');
    });
  });

  it('is not given up for an answer that came while the program was busy', async () => {
    let heartbeats = 0;
    const busy = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    class Busy extends pg.Client {
      override query(...args: [never]): never {
        if (String(args[0]).includes('pg_notify') && ++heartbeats === 1) setImmediate(busy);
        return super.query<never>(...args);
      }
    }
    const notify = () => new Busy({ ...held.config, application_name: NAME });
    const heard = listen({ notify, heartbeat: 20, heartbeatTimeout: 2_500 });
    await until(() => heartbeats > 1 || heard.error);
    expect(heard.error).toBeUndefined();
  });

  it('takes its leave in peace when it may take for ever', async () => {
    let torn: boolean | undefined;
    class Slow extends pg.Client {
      override async end(): Promise<void> {
        await held.query('select pg_sleep(0.1)');
        torn = this.connection.stream.destroyed;
        await super.end();
      }
    }
    const notify = () => new Slow({ ...held.config, application_name: NAME });
    const heard = listen({ notify, heartbeatTimeout: Infinity });
    await until(() => heard.told.length === 1);
    subscription!.unsubscribe();
    await until(() => torn !== undefined);
    expect(torn).toBe(false);
  });

  it('leaves the heartbeats of others alone', async () => {
    const heard = listen();
    await until(() => heard.told.length === 1);
    let heartbeats = 0;
    const witness = new pg.Client(held.config);
    await witness.connect();
    witness.on('notification', () => heartbeats++);
    await witness.query('listen rxjs_supervisor_services');
    const other = table({ heartbeat: 5 }).changes!.subscribe();
    await until(() => heartbeats > 5);
    other.unsubscribe();
    await held.exec(`insert into services values ('a')`);
    await until(() => heard.told.length > 1);
    await witness.end();
    expect(heard.told).toEqual(['all', ['a']]);
  });
});
