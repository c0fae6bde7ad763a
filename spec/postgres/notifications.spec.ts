import type { Subscription } from 'rxjs';
import type { Change, Key } from 'rxjs-supervisor';
import type { Database } from 'rxjs-supervisor/postgres';
import { installNotifications, notificationSql, postgresTable } from 'rxjs-supervisor/postgres';
import { memoryDatabase } from '../support/pglite.ts';

const held = memoryDatabase();
const exec = (sql: string) => held.database.exec(sql);

const source = { table: 'services', key: 'name' };
let subscription: Subscription | undefined;
afterEach(() => subscription?.unsubscribe());

/** Listens to the table and gives what was told so far, once the database has answered all that was asked before. */
async function listen(options = source) {
  const told: Change<Key>[] = [];
  const errors: unknown[] = [];
  subscription = postgresTable<Key>(held.database, options).changes!.subscribe({
    next: (change) => told.push(change),
    error: (error: unknown) => errors.push(error),
  });
  await until(() => told.length > 0 || errors.length > 0);
  return { told, errors };
}
async function until(reached: () => boolean) {
  while (!reached()) await held.database.query('select 1');
}

const sorted = (change: Change<Key>) => (change === 'all' ? change : change.slice().sort());

describe('changes', () => {
  beforeEach(async () => {
    await exec(`create table services (name text primary key, port int, about json)`);
    await installNotifications(held.database, source);
  });

  it('says "all" as soon as it listens', async () => {
    const { told } = await listen();
    expect(told).toEqual(['all']);
  });

  it('misses nothing that is committed after "all"', async () => {
    const told: Change<Key>[] = [];
    subscription = postgresTable(held.database, source).changes!.subscribe((change) => {
      told.push(change);
      if (change === 'all') void exec(`insert into services values ('a', 1)`);
    });
    await until(() => told.length === 2);
    expect(told).toEqual(['all', ['a']]);
  });

  it('tells the keys of rows inserted, changed and deleted, once for each statement', async () => {
    const { told } = await listen();
    await exec(`insert into services values ('a', 1), ('b', 2), ('c', 3)`);
    await exec(`update services set port = 9 where name in ('a', 'c')`);
    await exec(`delete from services where name = 'b'`);
    expect(told.slice(1).map(sorted)).toEqual([['a', 'b', 'c'], ['a', 'c'], ['b']]);
  });

  it('tells both keys of a row whose key changed', async () => {
    await exec(`insert into services values ('a', 1)`);
    const { told } = await listen();
    await exec(`update services set name = 'b'`);
    expect(told.slice(1).map(sorted)).toEqual([['a', 'b']]);
  });

  it('says nothing about a statement that changed nothing', async () => {
    await exec(`insert into services values ('a', 1, '{}')`);
    const { told } = await listen();
    await exec(
      `update services set port = 1; update services set port = 2 where false; delete from services where false`,
    );
    await exec(`begin; insert into services values ('b', 1); rollback`);
    expect(told).toEqual(['all']);
  });

  it('says "all" for a truncation', async () => {
    const { told } = await listen();
    await exec('truncate services');
    expect(told).toEqual(['all', 'all']);
  });

  it.each(['', 'garbage', '"a"', '{"a": 1}', '[null]', '[{"a": 1}]', '[["a"', '[a]'])(
    'says "all" for what a stranger sends: %s',
    async (payload) => {
      const { told } = await listen();
      await held.database.query('select pg_notify($1, $2)', ['rxjs_supervisor_services', payload]);
      await exec('select 1');
      expect(told).toEqual(['all', 'all']);
    },
  );

  it('says "all" where the keys do not fit into a notification', async () => {
    const { told } = await listen();
    await exec(`insert into services select repeat('x', 100) || i from generate_series(1, 70) i`);
    await exec(`insert into services select repeat('x', 100) || i from generate_series(100, 200) i`);
    await exec(`insert into services select repeat('é', 3999)`);
    await exec(`insert into services select i::text from generate_series(1000, 100000) i`);
    expect(told.map((keys) => (keys === 'all' ? keys : keys.length))).toEqual(['all', 70, 'all', 'all', 'all']);
  });

  it('stops listening when it is unsubscribed', async () => {
    const { told } = await listen();
    subscription!.unsubscribe();
    let channels: unknown[] = ['some'];
    while (channels.length > 0) channels = (await held.database.query('select pg_listening_channels()')).rows;
    await exec(`insert into services values ('a', 1)`);
    expect(told).toEqual(['all']);
  });

  it('errors when it cannot listen', () => {
    const error = new Error('no connection');
    const database: Database = { query: () => Promise.reject(error), listen: () => Promise.reject(error) };
    return expect(
      new Promise((_, reject) => postgresTable(database, source).changes!.subscribe({ error: reject })),
    ).rejects.toBe(error);
  });
});

describe('keys of a notification', () => {
  it.each([
    ['text', [`'a'`, `'["b,\\"'`, `'9007199254740993'`]],
    ['int', ['1', '-2']],
    ['bigint', ['1', '9007199254740993', '-9007199254740993']],
    ['boolean', ['true', 'false']],
    ['uuid', [`'7132898c-18b6-4444-bbfd-ca478ddf750c'`]],
  ])('of type %s are the keys that entries gives', async (type, literals) => {
    await exec(`create table services (name ${type} primary key)`);
    await installNotifications(held.database, source);
    const { told } = await listen();
    await exec(`insert into services values ${literals.map((literal) => `(${literal})`).join()}`);
    const entries = await (postgresTable<Key>(held.database, source).entries() as Promise<[Key][]>);
    expect(entries).toHaveLength(literals.length);
    expect(new Set(told[1])).toEqual(new Set(entries.map(([key]) => key)));
  });
});

describe('installNotifications', () => {
  it('may be done again', async () => {
    await exec(`create table services (name text primary key)`);
    await installNotifications(held.database, source);
    await installNotifications(held.database, source);
    const { told } = await listen();
    await exec(`insert into services values ('a')`);
    expect(told).toEqual(['all', ['a']]);
  });

  it('takes any name as a name', async () => {
    const odd = {
      schema: 'My "app"',
      table: `it's; drop table "x" \\ $body$ --`,
      key: `a'b "c" %s \\`,
      channel: `it's \\ %s`,
    };
    await exec(
      `create schema "My ""app"""; create table "My ""app"""."it's; drop table ""x"" \\ $body$ --" ("a'b ""c"" %s \\" text primary key)`,
    );
    await installNotifications(held.database, odd);
    const { told } = await listen(odd);
    await exec(`insert into "My ""app"""."it's; drop table ""x"" \\ $body$ --" values ('k')`);
    expect(told).toEqual(['all', ['k']]);
  });

  it('serves several tables of a schema, each on its own channel', async () => {
    await exec(`create table services (name text primary key); create table ports (number int primary key)`);
    await installNotifications(held.database, source);
    await installNotifications(held.database, { table: 'ports', key: 'number' });
    const { told } = await listen();
    await exec(`insert into ports values (80); insert into services values ('a')`);
    expect(told).toEqual(['all', ['a']]);
  });

  it('tells on the channel that is asked for', async () => {
    await exec(`create table services (name text primary key)`);
    const jobs = { ...source, channel: 'Jobs' };
    await installNotifications(held.database, jobs);
    const { told } = await listen(jobs);
    await exec(`insert into services values ('a')`);
    expect(told).toEqual(['all', ['a']]);
  });

  it('is the SQL that notificationSql gives', async () => {
    await exec(`create table services (name text primary key)`);
    await exec(notificationSql(source));
    const { told } = await listen();
    await exec(`insert into services values ('a')`);
    expect(told).toEqual(['all', ['a']]);
  });

  it('refuses a channel that LISTEN would cut off', () => {
    expect(() => notificationSql({ ...source, channel: 'é'.repeat(32) })).toThrow(
      'Option `channel` must be a name of 1 to 63 bytes',
    );
  });

  it('says which table is missing', async () => {
    await expect(installNotifications(held.database, source)).rejects.toThrow('relation "services" does not exist');
  });
});
