import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import type { Batches, Key, Row } from 'rxjs-supervisor';
import { RowError } from 'rxjs-supervisor';
import type { PostgresTableOptions } from 'rxjs-supervisor/postgres';
import { compositeKey, installNotifications, PostgresTableError, postgresTable } from 'rxjs-supervisor/postgres';
import { databases } from '../support/databases.ts';

const rows = async <R>(batches: Batches<R>): Promise<R[]> =>
  (await lastValueFrom(from(batches as never).pipe(toArray()))).flatMap((batch: Iterable<R>) => [...batch]);
const pairs = (all: readonly Row<Key, unknown>[]) => all.map(([key, value]) => [key, value]);

describe.each(databases)('postgresTable on %s', (_, open) => {
  const held = open();
  const { exec } = held;

  const table = <V = unknown>(options: Partial<PostgresTableOptions<V>> = {}) =>
    postgresTable<Key, V>(held.database, {
      ...('query' in options ? {} : { table: 'services' }),
      key: 'name',
      notify: false,
      ...options,
    } as PostgresTableOptions<V>);
  const get = (from_: { get(key: Key): unknown }, key: Key) =>
    firstValueFrom(from(from_.get(key) as never), { defaultValue: undefined });
  /** What a read fails with. */
  const failure = async (batches: Batches<unknown>) => {
    const error = await rows(batches).then(
      (found) => found,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(PostgresTableError);
    return error as PostgresTableError;
  };

  describe('rows', () => {
    it('have their key, their columns and their version', async () => {
      await exec(`create table services (name text primary key, port int); insert into services values ('web', 80)`);
      const web = ['web', { name: 'web', port: 80 }, expect.stringMatching(/^\d+$/)];
      expect(await rows(table().entries())).toEqual([web]);
      expect(await rows(table().getMany!(['web']))).toEqual([web]);
    });

    it('have the columns asked for, in the order asked for, decoded', async () => {
      await exec(`create table services (name text primary key, port int, secret text);
        insert into services values ('b', 2, 'x'), ('a', 1, 'y')`);
      const ports = table({ columns: ['port'], orderBy: 'port', decode: (row) => JSON.stringify(row) });
      expect((await rows(ports.entries())).map(([, value]) => value)).toEqual(['{"port":1}', '{"port":2}']);
    });

    it('are RowErrors where decode throws, and the others as they are', async () => {
      await exec(
        `create table services (name text primary key, port int); insert into services values ('a', 1), ('b', 2)`,
      );
      const bad = new Error('no port 1');
      const decode = ({ port }: Record<string, unknown>) => {
        if (port === 1) throw bad;
        return port;
      };
      const expected = [
        ['a', new RowError(bad)],
        ['b', 2],
      ];
      const services = table({ orderBy: 'name', decode });
      expect(pairs(await rows(services.entries()))).toEqual(expected);
      expect(pairs(await rows(services.getMany!(['a', 'b']))).sort()).toEqual(expected);
      expect(await get(services, 'a')).toEqual(new RowError(bad));
    });

    it('come in batches, and all of them', async () => {
      await exec(`create table services (name int primary key); insert into services select generate_series(1, 2500)`);
      const batches = await lastValueFrom(from(table().entries() as never).pipe(toArray()));
      expect(batches.map((batch: unknown[]) => batch.length)).toEqual([1000, 1000, 500]);
      expect(new Set((batches as Row<Key, unknown>[][]).flat().map(([key]) => key)).size).toBe(2500);
      expect(await rows(table().getMany!(Array.from({ length: 2500 }, (_, i) => i + 1)))).toHaveLength(2500);
    });

    it('are those of `where`, with its params', async () => {
      await exec(`create table services (name text primary key, port int, enabled boolean);
        insert into services values ('a', 1, true), ('b', 2, true), ('c', 3, false)`);
      const services = table({ where: 'enabled and port > $1 or name = $2 -- not all', params: [1, 'x'] });
      expect((await rows(services.entries())).map(([key]) => key)).toEqual(['b']);
      expect((await rows(services.versions!())).map(([key]) => key)).toEqual(['b']);
      expect((await rows(services.getMany!(['a', 'b', 'c']))).map(([key]) => key)).toEqual(['b']);
    });

    it('of a query are its rows', async () => {
      await exec(`create table services (name text primary key, port int, changed int);
        create table tenants (tenant text primary key, service text);
        insert into services values ('web', 80, 1), ('db', 5432, 1);
        insert into tenants values ('ann', 'web'), ('bob', 'db'), ('cat', 'web')`);
      const query = `select t.*, s.* from tenants t join services s on s.name = t.service where port < $1 -- few`;
      const tenants = table({ query, key: 'tenant', version: 'changed', params: [1000], orderBy: 'tenant' });
      const ann = { tenant: 'ann', service: 'web', name: 'web', port: 80, changed: 1 };
      expect(await rows(tenants.entries())).toEqual([
        ['ann', ann, '1'],
        ['cat', { ...ann, tenant: 'cat' }, '1'],
      ]);
      expect(await rows(tenants.getMany!(['ann', 'bob']))).toEqual([['ann', ann, '1']]);
      expect(await rows(tenants.versions!())).toHaveLength(2);
      expect(tenants).not.toHaveProperty('changes');
    });

    it('have any names', async () => {
      await exec(`drop schema if exists "My ""app""" cascade; create schema "My ""app""";
        create table "My ""app"""."; drop table x --" ("a""b" text primary key, "t" int);
        insert into "My ""app"""."; drop table x --" values ('k', 1)`);
      const odd = table({ schema: 'My "app"', table: '; drop table x --', key: 'a"b', orderBy: 't' });
      expect(pairs(await rows(odd.entries()))).toEqual([['k', { 'a"b': 'k', t: 1 }]]);
      expect(pairs(await rows(odd.getMany!(['k'])))).toEqual([['k', { 'a"b': 'k', t: 1 }]]);
    });
  });

  describe('versions', () => {
    beforeEach(() =>
      exec(`create table services (name text primary key, port int, changed int);
        insert into services values ('a', 1, 1), ('b', 2, 1), ('c', 3, null)`),
    );
    const byKey = async (read: Batches<Row<Key, unknown>>) =>
      Object.fromEntries((await rows(read)).map(([key, , version]) => [key, version])) as Record<string, unknown>;

    it('change for a row that is written to, and for no other', async () => {
      const before = await byKey(table().entries());
      await exec(`update services set port = 3 where name = 'a'`);
      const after = await byKey(table().entries());
      expect(after['a']).not.toBe(before['a']);
      expect(after['b']).toBe(before['b']);
    });

    it('are what the column says that is named', async () => {
      expect(await byKey(table({ version: 'changed' }).entries())).toEqual({ a: '1', b: '1', c: undefined });
    });

    it('of a row whose version is null differ at every look', async () => {
      const services = table({ version: 'changed' });
      const look = async () => Object.fromEntries(await rows(services.versions!())) as Record<string, unknown>;
      const [first, second] = [await look(), await look()];
      expect(first['a']).toBe('1');
      expect(second['a']).toBe('1');
      expect(second['c']).not.toBe(first['c']);
    });

    it('are not there where whole rows are to be compared', async () => {
      const services = table({ version: false });
      expect(services).not.toHaveProperty('versions');
      expect(await rows(services.getMany!(['a']))).toEqual([['a', { name: 'a', port: 1, changed: 1 }]]);
    });

    it('must be named for a query', () => {
      expect(() => table({ query: 'select 1 as name' })).toThrow(
        'Option `version` must be a column of `query` that changes with each write, or false to compare whole rows',
      );
    });
  });

  describe('keys', () => {
    it.each<[string, string, Key]>([
      ['text', `'it''s "a", {b}'`, `it's "a", {b}`],
      ['uuid', `'7132898c-18b6-4444-bbfd-ca478ddf750c'`, '7132898c-18b6-4444-bbfd-ca478ddf750c'],
      ['int', '-7', -7],
      ['smallint', '7', 7],
      ['bigint', '7', 7],
      ['bigint', '9007199254740993', 9007199254740993n],
      ['boolean', 'true', true],
      ['numeric(10, 2)', '1.10', 1.1],
      ['numeric', '0.1234567890123456789', '0.1234567890123456789'],
      ['numeric', '-1234567890123456789.5', '-1234567890123456789.5'],
      ['numeric', `'NaN'`, 'NaN'],
      ['float8', '1e-7', 1e-7],
      ['float8', `'-0'`, -0],
      ['text', `'9007199254740993'`, '9007199254740993'],
      ['varchar(9)', `'7'`, '7'],
      ['date', `'2026-02-01'`, '2026-02-01'],
      ['timestamptz', `'2026-01-02 03:04:05.678901+00'`, expect.stringMatching(/^2026-01-0.T/)],
    ])('of type %s: %s', async (type, literal, key) => {
      await exec(`create table services (name ${type} primary key); insert into services values (${literal})`);
      const [found] = (await rows(table().entries())).map(([found]) => found);
      expect(found).toEqual(key);
      expect((await rows(table().getMany!([found!, found!]))).map(([found]) => found)).toEqual([key]);
      expect(await get(table(), found!)).toBeDefined();
    });

    it('of several columns', async () => {
      await exec(`create table services (tenant text, id bigint, on_it boolean, primary key (tenant, id, on_it));
        insert into services values ('a', 1, true), ('a', 2, true), ('b', 1, true), ('b', 9007199254740993, false)`);
      const services = table({ key: ['tenant', 'id', 'on_it'] });
      const keys = [compositeKey('a', 1, true), compositeKey('b', 9007199254740993n, false)];
      expect(keys).toEqual(['["a",1,true]', '["b",9007199254740993,false]']);
      expect((await rows(services.entries())).map(([key]) => key)).toEqual(expect.arrayContaining(keys));
      expect((await rows(services.getMany!(keys))).map(([key]) => key).sort()).toEqual(keys);
      expect(await get(services, keys[1]!)).toMatchObject({ tenant: 'b' });
    });

    it('of several columns that hold decimals are found again', async () => {
      await exec(`create table services (name text, price numeric(10, 2), weight float8, primary key (name, price, weight));
        insert into services values ('a', 1.10, 1e-7), ('a', 1.20, 1e-7)`);
      const services = table({ key: ['name', 'price', 'weight'], orderBy: 'price' });
      const keys = (await rows(services.entries())).map(([key]) => key);
      expect(keys).toEqual(['["a",1.10,1e-07]', '["a",1.20,1e-07]']);
      expect((await rows(services.getMany!(keys))).map(([key]) => key).sort()).toEqual(keys);
    });

    it('that have no row are left out', async () => {
      await exec(`create table services (name text primary key); insert into services values ('a')`);
      expect(await rows(table().getMany!(['a', 'b']))).toHaveLength(1);
      expect(await rows(table().getMany!([]))).toEqual([]);
      expect(await get(table(), 'b')).toBeUndefined();
    });

    it.each<[string, string, Key[]]>([
      ['int', '7', ['abc', '7', 7.5, 99_999_999_999, true, Symbol('7'), '']],
      ['uuid', `'7132898c-18b6-4444-bbfd-ca478ddf750c'`, ['abc', 7, '7132898C-18B6-4444-BBFD-CA478DDF750C']],
      ['boolean', 'true', ['abc', 'true', 1]],
      ['text', `'7'`, [7, 7n, true, Symbol('7'), 'a\0b']],
      ['date', `'2026-02-01'`, ['2026-02-30', 'now', '']],
    ])('that cannot be keys of type %s take no other with them', async (type, literal, strange) => {
      await exec(`create table services (name ${type} primary key); insert into services values (${literal})`);
      const [[key]] = (await rows(table().entries())) as [Row<Key, unknown>];
      const found = await rows(table().getMany!([...strange, key]));
      expect(found.map(([found]) => found)).toContainEqual(key);
      for (const one of strange) expect(await get(table(), one)).toBeUndefined();
    });

    it('that are strange are absent also by a composite key, and in a query', async () => {
      await exec(
        `create table services (name text, id int, primary key (name, id)); insert into services values ('a', 1)`,
      );
      const strange = ['', 'a', '["a"]', '["a","x"]', '["a",1,2]', '[["a"],1]', '["a",null]', '["a", 1]', 7];
      const query = 'select * from services where id < $1';
      for (const services of [
        table({ key: ['name', 'id'] }),
        table({ key: ['name', 'id'], query, params: [5], version: false }),
      ]) {
        expect((await rows(services.getMany!([...strange, '["a",1]']))).map(([key]) => key)).toEqual(['["a",1]']);
      }
    });

    it('are only ever values', async () => {
      await exec(`create table services (name text primary key); insert into services values ('a')`);
      const attempt = `a'); drop table services; --`;
      expect(await rows(table().getMany!([attempt]))).toEqual([]);
      expect(await get(table(), attempt)).toBeUndefined();
      expect(await rows(table().entries())).toHaveLength(1);
    });
  });

  describe('what is wrong', () => {
    beforeEach(() =>
      exec(`create table services (name text primary key, port int, about json);
        insert into services values ('a', 1, '{}'), ('b', 1, '{}')`),
    );

    it.each<[string, Partial<PostgresTableOptions<unknown>>, string, string]>([
      [
        'a missing table',
        { table: 'nope' },
        '42P01',
        'The table "nope" can\'t be read: relation "nope" does not exist. Create the table,',
      ],
      ['a missing schema', { schema: 'nope' }, '42P01', 'The table "nope"."services" can\'t be read: '],
      ['a schema in the name', { table: 'public.services' }, '42P01', 'a schema has no place in `table`'],
      ['a missing key column', { key: 'nope' }, '42703', 'column t.nope does not exist. Correct the options `key`'],
      ['a missing column', { columns: ['nope'] }, '42703', 'column t.nope does not exist.'],
      ['a missing version column', { version: 'nope' }, '42703', 'column t.nope does not exist.'],
      ['a missing order', { orderBy: 'nope' }, '42703', 'column t.nope does not exist.'],
      ['a missing column in where', { where: 'nope' }, '42703', 'column "nope" does not exist.'],
      ['invalid SQL in where', { where: 'port >' }, '42601', 'Correct the SQL of the option `where`'],
      ['an open parenthesis in where', { where: '(port > 1' }, '42601', 'Correct the SQL of the option `where`'],
      ['a where that is no condition', { where: 'port' }, '42804', 'must be type boolean'],
      ['a where that compares what differs', { where: `port = name` }, '42883', 'operator does not exist'],
      ['invalid SQL in query', { query: 'select from where', version: false }, '42601', 'Correct the SQL'],
      ['a table called by its name in where', { where: 'services.port > 1' }, '42P01', 'the table is called t'],
      ['too many params', { where: 'port > 0', params: [1] }, '42P18', 'Use each of the `params`'],
    ])('is told: %s', async (_, options, sqlState, message) => {
      const error = await failure(table(options).entries());
      expect(error).toMatchObject({ name: 'PostgresTableError', code: 'POSTGRES_TABLE', sqlState, operation: 'read' });
      expect(error.message).toContain(message);
      expect(error.cause).toMatchObject({ code: sqlState });
    });

    it('is told at once: too few params', async () => {
      const few = (options: Partial<PostgresTableOptions<unknown>>) => () => table(options);
      const message = 'Option `params` must be the values of $1 to $2, which `where` or `query` has';
      expect(few({ where: 'port > $1 and $2', params: [1] })).toThrow(message);
      expect(few({ query: 'select * from services where $2', params: [1], version: false })).toThrow(message);
      const none = `name <> '$1 it''s $2' /* $1 */ and t."port" > 0 -- $1`;
      expect(await rows(table({ where: none }).entries())).toHaveLength(2);
    });

    it('is told: a zero character in an option', async () => {
      for (const options of [{ where: 'true \0 and false' }, { orderBy: 'port\0' }]) {
        expect((await failure(table(options).entries())).message).toContain('Take the zero character');
      }
    });

    it('is told: a param of a wrong type', async () => {
      const error = await failure(table({ where: 'port > $1', params: ['x'] }).entries());
      expect(error.message).toContain('invalid input syntax for type integer: "x"');
      await failure(table({ where: 'port > $1', params: ['x'] }).getMany!(['a']));
    });

    it('is told: a row that fails in where, and its key is not absent', async () => {
      const services = table({ where: `(name || port)::int > 1` });
      expect((await failure(services.getMany!(['a']))).message).toContain('invalid input syntax');
    });

    it('is told: missing rights', async () => {
      await exec('create role reader; grant usage on schema public to reader');
      try {
        await held.asRole('reader', async (database) => {
          const services = postgresTable(database, { table: 'services', key: 'name', notify: false });
          const { message } = await failure(services.entries());
          expect(message).toContain('permission denied for table services. Grant the right to select from it');
          const installing = installNotifications(database, { table: 'services', key: 'name' });
          await expect(installing).rejects.toThrow('It takes the rights TRIGGER on the table and CREATE on its schema');
        });
      } finally {
        await exec('drop owned by reader; drop role reader');
      }
    });

    it('is told: a view without a version', async () => {
      await exec('create view shown as select * from services');
      const error = await failure(table({ table: 'shown' }).entries());
      expect(error.message).toContain('Views have no xmin: name a column in the option `version`');
      expect(await rows(table({ table: 'shown', version: false }).entries())).toHaveLength(2);
      expect(await rows(table({ table: 'shown', version: 'port' }).versions!())).toHaveLength(2);
    });

    it.each<[string, Partial<PostgresTableOptions<unknown>>]>([
      ['table', { key: 'port' }],
      ['query', { key: 'port', query: 'select * from services', version: false }],
    ])('is told: a key of a %s that is not unique', async (_, options) => {
      const services = table(options);
      expect((await failure(services.entries())).message).toContain(
        `its key isn't unique: 1 is there more than once. Make it unique (a primary key), or name more columns`,
      );
      await exec(`delete from services where name = 'b'`);
      expect(await rows(services.entries())).toHaveLength(1);
    });

    it('is told: a key that is no value', async () => {
      expect((await failure(table({ key: 'about' }).entries())).message).toContain(
        `the key "about" must be a text, a number, a boolean, a uuid or the like, but it is {}. Name another column`,
      );
    });

    it('is told: rows without a key, after the others', async () => {
      await exec(`update services set port = 2 where name = 'b'; insert into services values ('c', null), ('d', null)`);
      const batches: unknown[][] = [];
      const read = table({ key: 'port' }).entries() as never;
      const error = await lastValueFrom(from(read).pipe(toArray())).catch((error: unknown) => error);
      expect((error as Error).message).toContain('2 rows have no key: the key "port" is null.');
      from(read).subscribe({ next: (batch) => batches.push(batch), error: () => undefined });
      while (batches.length === 0) await held.query('select 1');
      expect(
        pairs(batches[0] as Row<Key, unknown>[])
          .map(([key]) => key)
          .sort(),
      ).toEqual([1, 2]);
    });
  });

  const paramsOf = (attempt: string) => (attempt.includes('$1') ? ['x'] : []);
  it.each<[string, (attempt: string) => Partial<PostgresTableOptions<unknown>>]>([
    ['table', (attempt) => ({ table: attempt })],
    ['schema', (attempt) => ({ schema: attempt })],
    ['key', (attempt) => ({ key: attempt })],
    ['keys', (attempt) => ({ key: ['name', attempt] })],
    ['columns', (attempt) => ({ columns: [attempt] })],
    ['orderBy', (attempt) => ({ orderBy: attempt })],
    ['version', (attempt) => ({ version: attempt })],
    ['where', (attempt) => ({ where: attempt, params: paramsOf(attempt) })],
    ['query', (attempt) => ({ query: attempt, params: paramsOf(attempt), version: false })],
    ['params', (attempt) => ({ where: 'name = $1', params: [attempt] })],
  ])('runs no second statement that somebody puts into %s', async (_, inject) => {
    await exec(`create table services (name text primary key, port int); insert into services values ('a', 1)`);
    for (const attempt of [
      'services"; commit; drop table services; --',
      `services'; commit; drop table services; --`,
      'true); commit; drop table services; select (true',
      'select * from services) t; commit; drop table services; select * from (select 1',
      'true; commit; drop table services',
      '\\"; commit; drop table services; --',
      '$1::text is null); commit; drop table services; --',
    ]) {
      const services = table(inject(attempt));
      for (const read of [
        () => services.entries(),
        () => services.getMany!(['a']),
        () => services.versions?.() ?? [],
      ]) {
        await rows<unknown>(read()).catch(() => undefined);
        expect((await held.query('select name from services')).rows).toEqual([{ name: 'a' }]);
      }
    }
  });
});
