import { firstValueFrom, from } from 'rxjs';
import type { Key, Row } from 'rxjs-supervisor';
import { RowError } from 'rxjs-supervisor';
import { PostgresTableError, postgresTable } from 'rxjs-supervisor/postgres';
import { memoryDatabase } from '../support/pglite.ts';

const held = memoryDatabase();
const exec = (sql: string) => held.database.exec(sql);

const services = (options = {}) => postgresTable(held.database, { table: 'services', key: 'name', ...options });
const rows = async (batches: unknown) => [...((await batches) as Row<Key, unknown>[])];

describe('postgresTable', () => {
  it('gives every row with its key, its columns and its version', async () => {
    await exec(`create table services (name text primary key, port int); insert into services values ('web', 80)`);
    expect(await rows(services().entries())).toEqual([
      ['web', { name: 'web', port: 80 }, expect.stringMatching(/^\d+$/)],
    ]);
  });

  it('changes the version of a row that is written to, and of no other', async () => {
    await exec(
      `create table services (name text primary key, port int); insert into services values ('a', 1), ('b', 2)`,
    );
    const table = services({ orderBy: 'name' });
    const [a, b] = await rows(table.entries());
    await exec(`update services set port = 3 where name = 'a'`);
    const [a2, b2] = await rows(table.entries());
    expect(a2![2]).not.toBe(a![2]);
    expect(b2![2]).toBe(b![2]);
  });

  it('reads the columns asked for, in the order asked for, decoded', async () => {
    await exec(`create table services (name text primary key, port int, secret text);
      insert into services values ('b', 2, 'x'), ('a', 1, 'y')`);
    const table = services({ columns: ['port'], orderBy: 'port', decode: (row: object) => JSON.stringify(row) });
    expect((await rows(table.entries())).map(([, value]) => value)).toEqual(['{"port":1}', '{"port":2}']);
  });

  it('gives a row that decode throws for as a RowError, and the others as they are', async () => {
    await exec(
      `create table services (name text primary key, port int); insert into services values ('a', 1), ('b', 2)`,
    );
    const bad = new Error('no port 1');
    const table = services({
      orderBy: 'name',
      decode: ({ port }: { port: number }) => {
        if (port === 1) throw bad;
        return port;
      },
    });
    expect((await rows(table.entries())).map(([key, value]) => [key, value])).toEqual([
      ['a', new RowError(bad)],
      ['b', 2],
    ]);
  });

  it.each([
    ['text', `'it''s "a", {b}'`, `it's "a", {b}`],
    ['uuid', `'7132898c-18b6-4444-bbfd-ca478ddf750c'`, '7132898c-18b6-4444-bbfd-ca478ddf750c'],
    ['int', '-7', -7],
    ['bigint', '7', 7],
    ['bigint', '9007199254740993', 9007199254740993n],
    ['boolean', 'true', true],
    ['text', `'9007199254740993'`, '9007199254740993'],
  ])('reads a row by a key of type %s: %s', async (type, literal, key) => {
    await exec(`create table services (name ${type} primary key); insert into services values (${literal})`);
    const table = postgresTable<Key>(held.database, { table: 'services', key: 'name' });
    expect((await rows(table.entries())).map(([found]) => found)).toEqual([key]);
    expect((await rows(table.getMany!([key, key]))).map(([found]) => found)).toEqual([key]);
    expect(await firstValueFrom(from(table.get(key)))).toBeDefined();
  });

  it('leaves out keys that have no row', async () => {
    await exec(`create table services (name text primary key); insert into services values ('a')`);
    expect(await rows(services().getMany!(['a', 'b']))).toHaveLength(1);
    expect(await rows(services().getMany!([]))).toEqual([]);
    expect(await firstValueFrom(from(services().get('b')))).toBeUndefined();
  });

  it('takes any name, and a schema, as names', async () => {
    await exec(`create schema "My ""app"""; create table "My ""app"""."; drop table x --" ("a""b" text primary key, "t" int);
      insert into "My ""app"""."; drop table x --" values ('k', 1)`);
    const table = postgresTable(held.database, {
      schema: 'My "app"',
      table: '; drop table x --',
      key: 'a"b',
      orderBy: 't',
    });
    expect((await rows(table.entries())).map(([key, value]) => [key, value])).toEqual([['k', { 'a"b': 'k', t: 1 }]]);
  });

  it('takes keys as values only', async () => {
    await exec(`create table services (name text primary key); insert into services values ('a')`);
    const attempt = `a'); drop table services; --`;
    expect(await rows(services().getMany!([attempt]))).toEqual([]);
    expect(await firstValueFrom(from(services().get(attempt)))).toBeUndefined();
    expect(await rows(services().entries())).toHaveLength(1);
  });

  it.each([
    [
      'table',
      {},
      '42P01',
      'The table "services" can\'t be read: relation "services" does not exist. Create the table,',
    ],
    ['schema', { schema: 'nope' }, '42P01', 'The table "nope"."services" can\'t be read: '],
    ['key column', { table: 'other', key: 'nope' }, '42703', 'column t.nope does not exist. Correct the options `key`'],
    ['column', { table: 'other', columns: ['nope'] }, '42703', 'column t.nope does not exist.'],
  ])('says which %s is missing', async (_, options, sqlState, message) => {
    await exec('create table other (name text primary key)');
    const error = await rows(services(options).entries()).then(String, (error: unknown) => error);
    expect(error).toBeInstanceOf(PostgresTableError);
    expect(error).toMatchObject({ name: 'PostgresTableError', code: 'POSTGRES_TABLE', sqlState });
    expect((error as Error).message).toContain(message);
    expect((error as Error).cause).toMatchObject({ code: sqlState });
  });

  it('has no changes when the database cannot listen', () => {
    const table = postgresTable({ query: async () => ({ rows: [] }) }, { table: 'services', key: 'name' });
    expect(table).not.toHaveProperty('changes');
  });
});
