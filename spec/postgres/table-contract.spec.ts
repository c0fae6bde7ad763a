import type { Key } from 'rxjs-supervisor';
import { installNotifications, postgresTable } from 'rxjs-supervisor/postgres';
import type { TableFixture } from 'rxjs-supervisor/testing';
import { tableContract } from 'rxjs-supervisor/testing';
import { memoryDatabase } from '../support/pglite.ts';

const held = memoryDatabase();

/** A table in the database; `keys` as it gives them. */
async function services(type: string, keys: readonly [Key, Key, Key]): Promise<TableFixture<Key, number>> {
  const { database } = held;
  await database.exec(`create table services (name ${type} primary key, port int)`);
  await installNotifications(database, { table: 'services', key: 'name' });
  const upsert = `insert into services values ($1, $2) on conflict (name) do update set port = excluded.port`;
  return {
    table: postgresTable<Key, number>(database, {
      table: 'services',
      key: 'name',
      decode: ({ port }) => {
        if (typeof port !== 'number') throw new Error('no port');
        return port;
      },
    }),
    keys,
    values: [80, 8080],
    set: (key, port) => database.query(upsert, [key, port]),
    delete: (key) => database.query('delete from services where name = $1', [key]),
    replace: (rows) =>
      database.transaction(async (transaction) => {
        await transaction.query('delete from services');
        for (const row of rows) await transaction.query(upsert, [...row]);
      }),
    spoil: (key) => database.query('update services set port = null where name = $1', [key]),
    break: () => database.exec('drop table services'),
  };
}

describe('postgresTable keeps the contract of a table', () => {
  const features = { getMany: true, changes: true, versions: true, rowErrors: true, failures: true };

  describe.each([
    ['text', () => services('text', ['a', `it's "b"`, '7'])],
    ['bigint', () => services('bigint', [7, -1, 9007199254740993n])],
  ])('by keys of type %s:', (_, makeTable) => {
    for (const { name, run } of tableContract(makeTable, features)) it(name, run);
  });
});
