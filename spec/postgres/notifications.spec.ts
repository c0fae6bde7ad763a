import type { Subscription } from 'rxjs';
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import type { Change, Key, Row } from 'rxjs-supervisor';
import type { EmbeddedDatabase, Source } from 'rxjs-supervisor/postgres';
import {
  compositeKey,
  installNotifications,
  notificationRemovalSql,
  notificationSql,
  PostgresListenError,
  postgresTable,
  PostgresTableError,
  removeNotifications,
} from 'rxjs-supervisor/postgres';
import { databases } from '../support/databases.ts';

const source = { table: 'services', key: 'name' };
const MARK = 'the end';
const sorted = (change: Change<Key>) => (change === 'all' ? change : change.slice().sort());
/** Adapters to real things are waited for in real time. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe.each(databases)('on %s', (_, open) => {
  const held = open();
  const { exec } = held;
  let subscription: Subscription | undefined;
  afterEach(() => subscription?.unsubscribe());

  /** Listens to the table. `told` gives all that was told of what was done so far. */
  async function listen(options: Source = source) {
    const changes: Change<Key>[] = [];
    subscription = postgresTable<Key>(held.database, options).changes!.subscribe((change) => changes.push(change));
    while (changes.length === 0) await pause();
    const channel = options.channel ?? 'rxjs_supervisor_services';
    return {
      /** A NOTIFY of our own comes after all that were committed before. */
      async told() {
        await held.query('select pg_notify($1, $2)', [channel, JSON.stringify([MARK])]);
        while (!changes.some((change) => change !== 'all' && change.includes(MARK))) await pause();
        return changes.splice(0).filter((change) => change === 'all' || !change.includes(MARK));
      },
    };
  }

  describe('changes', () => {
    beforeEach(async () => {
      await exec(`create table services (name text primary key, port int, about json)`);
      await installNotifications(held.database, source);
    });

    it('says "all" as soon as it listens', async () => {
      const { told } = await listen();
      expect(await told()).toEqual(['all']);
    });

    it('misses nothing that is committed after "all"', async () => {
      const told: Change<Key>[] = [];
      subscription = postgresTable(held.database, source).changes!.subscribe((change) => {
        told.push(change);
        if (change === 'all') void exec(`insert into services values ('a', 1)`);
      });
      while (told.length < 2) await pause();
      expect(told).toEqual(['all', ['a']]);
    });

    it('tells the keys of rows inserted, changed and deleted, once for each statement', async () => {
      const { told } = await listen();
      await exec(`insert into services values ('a', 1), ('b', 2), ('c', 3)`);
      await exec(`update services set port = 9 where name in ('a', 'c')`);
      await exec(`delete from services where name = 'b'`);
      expect((await told()).slice(1).map(sorted)).toEqual([['a', 'b', 'c'], ['a', 'c'], ['b']]);
    });

    it('tells both keys of a row whose key changed', async () => {
      await exec(`insert into services values ('a', 1)`);
      const { told } = await listen();
      await exec(`update services set name = 'b'`);
      expect((await told()).slice(1).map(sorted)).toEqual([['a', 'b']]);
    });

    it('says nothing about a statement that changed nothing', async () => {
      await exec(`insert into services values ('a', 1, '{}')`);
      const { told } = await listen();
      await exec(
        `update services set port = 1; update services set port = 2 where false; delete from services where false`,
      );
      await exec(`begin; insert into services values ('b', 1); rollback`);
      await exec(`insert into services values ('a', 5) on conflict (name) do nothing`);
      expect(await told()).toEqual(['all']);
    });

    it('tells the keys of an insert that turned into an update, and of a merge', async () => {
      await exec(`insert into services values ('a', 1), ('b', 1)`);
      const { told } = await listen();
      await exec(`insert into services values ('a', 5), ('c', 5) on conflict (name) do update set port = 5`);
      await exec(`merge into services t using (values ('b')) v(n) on t.name = v.n when matched then delete`);
      expect(new Set((await told()).flat())).toEqual(new Set(['all', 'a', 'b', 'c']));
    });

    it('says "all" for a truncation', async () => {
      const { told } = await listen();
      await exec('truncate services');
      expect(await told()).toEqual(['all', 'all']);
    });

    it.each(['', 'garbage', '"a"', '{"a": 1}', '[null]', '[{"a": 1}]', '[["a"', '[a]'])(
      'says "all" for what a stranger sends: %s',
      async (payload) => {
        const { told } = await listen();
        await held.query('select pg_notify($1, $2)', ['rxjs_supervisor_services', payload]);
        expect(await told()).toEqual(['all', 'all']);
      },
    );

    it('says "all" where the keys do not fit into a notification', async () => {
      const { told } = await listen();
      await exec(`insert into services select repeat('x', 100) || i from generate_series(1, 70) i`);
      await exec(`insert into services select repeat('x', 100) || i from generate_series(100, 200) i`);
      await exec(`insert into services select repeat('é', 3999)`);
      await exec(`insert into services select i::text from generate_series(1000, 100000) i`);
      const counts = (await told()).map((keys) => (keys === 'all' ? keys : keys.length));
      expect(counts).toEqual(['all', 70, 'all', 'all', 'all']);
    });

    it('tells several subscribers, and leaves those alone that listen on when one stops', async () => {
      const { told } = await listen();
      const other: Change<Key>[] = [];
      const second = postgresTable<Key>(held.database, source).changes!.subscribe((change) => other.push(change));
      while (other.length === 0) await pause();
      await exec(`insert into services values ('a', 1)`);
      while (other.length < 2) await pause();
      second.unsubscribe();
      await exec(`insert into services values ('b', 1)`);
      expect(await told()).toEqual(['all', ['a'], ['b']]);
      expect(other).toEqual(['all', ['a']]);
    });

    it('lets writes go on when the key column is no more', async () => {
      const { told } = await listen();
      await exec(`alter table services rename name to title; insert into services values ('a', 1)`);
      expect((await held.query('select title from services')).rows).toEqual([{ title: 'a' }]);
      expect(await told()).toEqual(['all', 'all']);
    });

    it('needs no right of those who write but to write', async () => {
      const { told } = await listen();
      const may = 'grant usage on schema public to writer; grant insert on services to writer';
      await exec(`create role writer; ${may}; set role writer; insert into services values ('a', 1); reset role`);
      expect(await told()).toEqual(['all', ['a']]);
      await exec('drop owned by writer; drop role writer');
    });
  });

  describe('keys of a notification', () => {
    it.each([
      ['text', [`'a'`, `'["b,\\"'`, `'9007199254740993'`]],
      ['int', ['1', '-2']],
      ['bigint', ['1', '9007199254740993', '-9007199254740993']],
      ['boolean', ['true', 'false']],
      ['uuid', [`'7132898c-18b6-4444-bbfd-ca478ddf750c'`]],
      ['varchar(20)', [`'a'`]],
      ['timestamptz', [`'2026-01-02 03:04:05.678901+00'`]],
    ])('of type %s are the keys that entries gives', async (type, literals) => {
      await exec(`create table services (name ${type} primary key)`);
      await installNotifications(held.database, source);
      const { told } = await listen();
      await exec(`insert into services values ${literals.map((literal) => `(${literal})`).join()}`);
      expect(new Set((await told())[1])).toEqual(new Set(await keysOf(source)));
    });

    it('of several columns are the composite keys that entries gives', async () => {
      const both = { table: 'services', key: ['tenant', 'id'] };
      await exec(`create table services (tenant text, id bigint, primary key (tenant, id))`);
      await installNotifications(held.database, both);
      const { told } = await listen(both);
      await exec(`insert into services values ('it''s "a", [b] \\', 9007199254740993)`);
      const key = compositeKey(`it's "a", [b] \\`, 9007199254740993n);
      expect((await told())[1]).toEqual([key]);
      expect(await keysOf(both)).toEqual([key]);
    });

    const keysOf = async (options: Source) => {
      const entries = postgresTable<Key>(held.database, options).entries();
      const batches = await lastValueFrom(from(entries as never).pipe(toArray()));
      return (batches as Row<Key, unknown>[][]).flat().map(([key]) => key);
    };
  });

  describe('installNotifications', () => {
    it('may be done again, and then changes nothing', async () => {
      await exec(`create table services (name text primary key)`);
      const triggers = async () =>
        (await held.query(`select oid, xmin from pg_trigger where tgrelid = 'services'::regclass order by oid`)).rows;
      await installNotifications(held.database, source);
      const before = await triggers();
      await installNotifications(held.database, source);
      expect(before).toHaveLength(4);
      expect(await triggers()).toEqual(before);
      const { told } = await listen();
      await exec(`insert into services values ('a')`);
      expect(await told()).toEqual(['all', ['a']]);
    });

    it('makes good what was taken away, disabled or is of another channel', async () => {
      await exec(`create table services (name text primary key)`);
      await installNotifications(held.database, { ...source, channel: 'other' });
      await exec(`drop trigger rxjs_supervisor_notify_delete on services;
        alter table services disable trigger rxjs_supervisor_notify_insert`);
      await installNotifications(held.database, source);
      const { told } = await listen();
      await exec(`insert into services values ('a')`);
      await exec('delete from services');
      expect(await told()).toEqual(['all', ['a'], ['a']]);
    });

    it('may be done by several at once', async () => {
      await exec(`create table services (name text primary key)`);
      await Promise.all([1, 2, 3, 4].map(() => installNotifications(held.database, source)));
      expect((await held.query(`select from pg_trigger where tgrelid = 'services'::regclass`)).rows).toHaveLength(4);
    });

    it('takes any name as a name', async () => {
      const odd = {
        schema: 'My "app" $body$',
        table: `it's; drop table "x" \\ $body$ --`,
        key: [`a'b "c" %s \\ $body$ %1$s`, 'key'],
        channel: `it's \\ %s`,
      };
      const table = `"My ""app"" $body$"."it's; drop table ""x"" \\ $body$ --"`;
      await exec(`drop schema if exists "My ""app"" $body$" cascade; create schema "My ""app"" $body$"`);
      const column = `"a'b ""c"" %s \\ $body$ %1$s"`;
      await exec(`create table ${table} (${column} text, key int, primary key (${column}, key))`);
      await installNotifications(held.database, odd);
      const { told } = await listen(odd);
      await exec(`insert into ${table} values ('k', 1)`);
      await exec(`update ${table} set key = 2`);
      expect((await told()).map(sorted)).toEqual(['all', ['["k",1]'], ['["k",1]', '["k",2]']]);
      await removeNotifications(held.database, odd);
      await exec(`insert into ${table} values ('l', 1)`);
      expect(await told()).toEqual([]);
    });

    it('serves several tables of a schema, each on its own channel', async () => {
      await exec(`create table services (name text primary key); create table ports (number int primary key)`);
      await installNotifications(held.database, source);
      await installNotifications(held.database, { table: 'ports', key: 'number' });
      const { told } = await listen();
      await exec(`insert into ports values (80); insert into services values ('a')`);
      expect(await told()).toEqual(['all', ['a']]);
    });

    it('tells on the channel that is asked for', async () => {
      await exec(`create table services (name text primary key)`);
      const jobs = { ...source, channel: 'Jobs' };
      await installNotifications(held.database, jobs);
      const { told } = await listen(jobs);
      await exec(`insert into services values ('a')`);
      expect(await told()).toEqual(['all', ['a']]);
    });

    it('is the SQL that notificationSql gives', async () => {
      await exec(`create table services (name text primary key)`);
      await exec(notificationSql(source));
      await exec(notificationSql(source));
      const { told } = await listen();
      await exec(`insert into services values ('a')`);
      expect(await told()).toEqual(['all', ['a']]);
    });

    it('says which table is missing, and changes nothing then', async () => {
      const error = await installNotifications(held.database, source).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(PostgresTableError);
      expect((error as Error).message).toMatch(
        /^The table "services" can't be made to tell its changes: relation "services" does not exist\. Create the table,/,
      );
      expect((await held.query(`select from pg_proc where proname = 'rxjs_supervisor_notify'`)).rows).toEqual([]);
    });

    it('says what to do about a view', async () => {
      await exec(`create view services as select 'a' as name`);
      await expect(installNotifications(held.database, source)).rejects.toThrow(
        'Give the tables that it is made of the triggers instead',
      );
    });
  });

  describe('removeNotifications', () => {
    beforeEach(async () => {
      await exec(`create table services (name text primary key); create table ports (number int primary key)`);
      await installNotifications(held.database, source);
    });
    const left = async () =>
      (
        await held.query(`select proname as name from pg_proc where proname like 'rxjs_supervisor%'
        union all select tgname from pg_trigger where tgname like 'rxjs_supervisor%'`)
      ).rows;

    it('leaves nothing, and may be done again', async () => {
      await removeNotifications(held.database, source);
      expect(await left()).toEqual([]);
      await removeNotifications(held.database, source);
      await exec('drop table services');
      await removeNotifications(held.database, source);
    });

    it('leaves other tables theirs', async () => {
      await installNotifications(held.database, { table: 'ports', key: 'number' });
      await removeNotifications(held.database, source);
      expect(await left()).toHaveLength(5);
    });

    it('is the SQL that notificationRemovalSql gives', async () => {
      await exec(notificationRemovalSql(source));
      expect(await left()).toEqual([]);
    });
  });
});

describe('notificationSql', () => {
  it('refuses a channel that LISTEN would cut off', () => {
    expect(() => notificationSql({ ...source, channel: 'é'.repeat(32) })).toThrow(
      'Option `channel` must be a name of 1 to 63 bytes',
    );
  });

  it('refuses a key of no columns', () => {
    expect(() => notificationSql({ table: 'services', key: [] })).toThrow(
      'Option `key` must be a column, or an array of them, but was an array of 0.',
    );
  });
});

describe('changes of PGlite', () => {
  it('error when it cannot listen', async () => {
    const cause = new Error('PGlite is closed');
    const database = {
      listen: () => Promise.reject(cause),
      transaction: () => undefined,
    } as unknown as EmbeddedDatabase;
    const changes = firstValueFrom(postgresTable(database, source).changes!);
    const error = await changes.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PostgresListenError);
    expect(error).toMatchObject({
      message: `Changes on the channel "rxjs_supervisor_services" aren't heard: PGlite refused to LISTEN: PGlite is closed.`,
      cause,
    });
  });
});
