import type { Key, Row, Table } from '../index.ts';
import { RowError } from '../index.ts';
import { notified } from './changes.ts';
import type { Database } from './database.ts';
import { keySql, parseKey } from './keys.ts';
import { PostgresTableError } from './postgres-table-error.ts';
import { quoteIdentifier } from './quote.ts';
import type { Source } from './source.ts';
import { channelOf, sourceSql } from './source.ts';

export interface PostgresTableOptions<V> extends Source {
  /** The columns that a row is made of; all of them by default. */
  readonly columns?: readonly string[];
  /** Makes the row's value from its columns. What it throws is an event about that row, which then can't be read. */
  readonly decode?: (row: Record<string, unknown>) => V;
  /** The column that `entries` is ordered by, so that rows start in a known order; the database's own by default. */
  readonly orderBy?: string;
}

/** A row as the statement gives it. */
interface Selected extends Record<string, unknown> {
  readonly $key: string;
  readonly $version: string;
}

/**
 * A table in PostgreSQL as a table of rows to supervise.
 *
 * Keys are strings, but numbers where the key column is an integer (bigints where it is too large for a number), and
 * booleans where it is a boolean. Rows have PostgreSQL's `xmin` as their version, so an unchanged row is not compared.
 *
 * With a database that can listen, and `installNotifications` done once, `changes` tells keys as they change, and `'all'`
 * as soon as it listens. A read that fails errors with PostgresTableError.
 *
 *     const services = postgresTable(database, { table: 'services', key: 'name', decode: toService });
 *     supervise(services, (service) => childProcess(service.command)).subscribe(console.log);
 */
export function postgresTable<K extends Key = string, V = Record<string, unknown>>(
  database: Database,
  options: PostgresTableOptions<V>,
): Table<K, V> {
  const { columns, decode = (row) => row as V, orderBy } = options;
  const source = sourceSql(options);
  const key = `t.${quoteIdentifier(options.key)}`;
  const selected = columns?.map((column) => `t.${quoteIdentifier(column)}`) ?? ['t.*'];
  const select = `select ${keySql(key)} as "$key", t.xmin::text as "$version", ${selected.join(', ')} from ${source} t`;
  const order = orderBy === undefined ? '' : ` order by t.${quoteIdentifier(orderBy)}`;

  const toRow = ({ $key, $version, ...row }: Selected): Row<K, V> => {
    const key = parseKey($key) as K;
    try {
      return [key, decode(row), $version];
    } catch (error) {
      return [key, new RowError(error), $version];
    }
  };
  const read = async (text: string, params?: unknown[]): Promise<Row<K, V>[]> => {
    try {
      const { rows } = await database.query(text, params);
      return (rows as Selected[]).map(toRow);
    } catch (error) {
      throw new PostgresTableError(source, error);
    }
  };

  return {
    entries: () => read(select + order),
    getMany: (keys) => read(`${select} where ${key} = any($1)`, [keys]),
    get: async (one) => (await read(`${select} where ${key} = $1`, [one]))[0]?.[1],
    ...(database.listen && { changes: notified<K>(database.listen.bind(database), channelOf(options)) }),
  };
}
