import type { Key } from 'rxjs-supervisor';
import { compositeKey, installNotifications, postgresTable } from 'rxjs-supervisor/postgres';
import type { TableFixture } from 'rxjs-supervisor/testing';
import { tableContract } from 'rxjs-supervisor/testing';
import type { TestDatabase } from '../support/databases.ts';
import { databases } from '../support/databases.ts';

type Keys = readonly [Key, Key, Key];

/** A table in the database: `columns` are its key, and `parts` what is in them for each of `keys`. */
async function services(
  { database, exec, query }: TestDatabase,
  columns: Readonly<Record<string, string>>,
  keys: Keys,
  parts: (key: Key) => unknown[] = (key) => [key],
): Promise<TableFixture<Key, number>> {
  const names = Object.keys(columns);
  const source = { table: 'services', key: names };
  const declared = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  await exec(`create table services (${declared.join()}, port int, primary key (${names.join()}))`);
  await installNotifications(database, source);
  const numbers = names.map((_, i) => `$${i + 2}`).join();
  const upsert =
    `insert into services (port, ${names.join()}) values ($1, ${numbers}) ` +
    `on conflict (${names.join()}) do update set port = excluded.port`;
  const same = names.map((name, i) => `${name} = $${i + 1}`).join(' and ');
  return {
    table: postgresTable<Key, number>(database, {
      ...source,
      decode: ({ port }) => {
        if (typeof port !== 'number') throw new Error('no port');
        return port;
      },
    }),
    keys,
    values: [80, 8080],
    set: (key, port) => query(upsert, [port, ...parts(key)]),
    delete: (key) => query(`delete from services where ${same}`, parts(key)),
    async replace(rows) {
      const literal = (part: unknown) => (typeof part === 'string' ? `'${part.replaceAll("'", "''")}'` : String(part));
      const values = rows.map(([key, port]) => `(${[port, ...parts(key)].map(literal).join()})`);
      const insert = values.length === 0 ? '' : `insert into services (port, ${names.join()}) values ${values.join()};`;
      await exec(`begin; delete from services; ${insert} commit`);
    },
    spoil: (key) => query(`update services set port = null where ${same}`, parts(key)),
    break: () => exec('drop table services'),
  };
}

describe.each(databases)('postgresTable on %s keeps the contract of a table', (_, open) => {
  const held = open();
  const features = { getMany: true, changes: true, versions: true, rowErrors: true, failures: true };
  const pair = (key: Key) => JSON.parse(String(key)) as unknown[];

  describe.each([
    ['text', () => services(held, { name: 'text' }, ['a', `it's "b"`, '7'])],
    ['bigint', () => services(held, { id: 'bigint' }, [7, -1, 9007199254740993n])],
    [
      'two columns',
      () =>
        services(
          held,
          { tenant: 'text', id: 'int' },
          [compositeKey('a', 1), compositeKey(`it's "b", [c]`, 2), compositeKey('a', 2)],
          pair,
        ),
    ],
  ])('by a key of type %s:', (_, makeTable) => {
    for (const { name, run } of tableContract(makeTable, features)) it(name, run);
  });
});
