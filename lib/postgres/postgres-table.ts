import type { Observable } from 'rxjs';
import { catchError, concat, concatMap, defer, map, tap } from 'rxjs';
import type { Key, Row, Table } from '../index.ts';
import type { ListenOptions } from './changes.ts';
import { changesOf } from './changes.ts';
import { stream } from './cursor.ts';
import type { Database } from './database.ts';
import { readMany } from './many.ts';
import { PostgresTableError } from './postgres-table-error.ts';
import { RowReader } from './rows.ts';
import type { QuerySource, Source } from './source.ts';
import { keyColumns } from './source.ts';
import type { Selection } from './statements.ts';
import { Statements } from './statements.ts';
import { uniqueKeys } from './unique-keys.ts';

export type PostgresTableOptions<V> = (Source | QuerySource) &
  Selection &
  ListenOptions & {
    /**
     * Makes the row's value from its columns. What it throws is an event about that row, which then can't be read: its
     * process keeps the last good one.
     */
    readonly decode?: (row: Record<string, unknown>) => V;
  };

/** Rows in one FETCH. Those of a pass over versions are small. */
const BATCH = 1_000;
const VERSIONS_BATCH = 10_000;

/**
 * A table, a view or a query in PostgreSQL as a table of rows to supervise. `database` is node-postgres' Pool or Client,
 * or PGlite.
 *
 * Keys are strings, but numbers where the key column is an integer (bigints where it is too large for a number), and
 * booleans where it is a boolean; of several columns, `compositeKey`. Rows have PostgreSQL's `xmin` as their version, or
 * the column `version`: a full read after the first is one of keys and versions, and an unchanged row isn't fetched.
 *
 * `entries` and `versions` read one snapshot by a cursor, in batches; `getMany` is one statement. A read that fails
 * errors with a PostgresTableError. Unsubscribing gives a pool's client back at once, with its connection closed.
 *
 * With `installNotifications` done once, `changes` tells keys as they change, on a connection of its own, and `'all'` as
 * soon as it listens. It errors with a PostgresListenError when that is lost, silent, or not told what it should be.
 *
 *     const services = postgresTable(pool, { table: 'services', key: 'name', decode: toService });
 *     supervise(services, (service) => childProcess(service.command)).subscribe(console.log);
 *
 * Throws an InvalidOptionError.
 */
export function postgresTable<K extends Key = string, V = Record<string, unknown>>(
  database: Database,
  options: PostgresTableOptions<V>,
): Table<K, V> {
  const { decode = (row) => row as V } = options;
  const statements = new Statements(options);
  const unique = uniqueKeys(database, statements);
  const changes = changesOf<K>(database, options);

  const read = <R>(
    selected: () => Observable<readonly unknown[]>,
    rows: (reader: RowReader<K, V>, selected: readonly unknown[]) => R[],
  ): Observable<R[]> =>
    defer(() => {
      const reader = new RowReader<K, V>(decode, keyColumns(options));
      return selected().pipe(
        map((batch) => rows(reader, batch)),
        tap({ complete: () => reader.end() }),
        catchError((error: unknown) => {
          throw new PostgresTableError(statements.source, 'read', error);
        }),
      );
    });
  const readRows = (selected: () => Observable<readonly unknown[]>): Observable<Row<K, V>[]> =>
    read(selected, (reader, batch) => reader.rows(batch));
  const getMany = (keys: readonly K[]): Observable<Row<K, V>[]> => readRows(() => readMany(database, statements, keys));

  return {
    entries: () => readRows(() => concat(unique, stream(database, statements.entries, BATCH))),
    getMany,
    get: (key) =>
      getMany([key]).pipe(concatMap((rows) => rows.filter(([found]) => found === key).map(([, value]) => value))),
    ...(statements.versioned && {
      versions: () =>
        read(
          () => stream(database, statements.versions, VERSIONS_BATCH),
          (reader, batch) => reader.versions(batch),
        ),
    }),
    ...(changes && { changes }),
  };
}
