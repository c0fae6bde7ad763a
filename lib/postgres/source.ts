import { InvalidOptionError } from '../index.ts';
import { quoteIdentifier } from './quote.ts';

/** A table in the database, for `postgresTable` and for its notifications alike: give both the same. */
export interface Source {
  /** Name of the table or view, as it is: `services`, `My "table"`. Its schema is an option of its own. */
  readonly table: string;
  /** Its schema, when the search path doesn't find it. */
  readonly schema?: string;
  /** The key column, or several columns that are the key together: unique and not null. */
  readonly key: string | readonly string[];
  /** The channel on which its changes are told; named after the table by default. */
  readonly channel?: string;
}

/** Rows of a query in the place of a table. */
export interface QuerySource extends Omit<Source, 'table' | 'schema'> {
  /** A SELECT, of yours and trusted; it never holds a value, which goes into `params`. */
  readonly query: string;
}

/** PostgreSQL's limit for a name, in bytes. */
const LONGEST_NAME = 63;

/** `"services"`, `"app"."services"`. */
export function tableSql({ schema, table }: Pick<Source, 'schema' | 'table'>): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** The columns of the key. */
export function keyColumns({ key }: Pick<Source, 'key'>): readonly [string, ...string[]] {
  const [first, ...more] = typeof key === 'string' ? [key] : key;
  if (first === undefined) throw new InvalidOptionError('key', 'a column, or an array of them', key);
  return [first, ...more];
}

/**
 * The channel of a table, a name that LISTEN takes in full. By default it is a plain name, made of the table's: PGlite
 * ends its LISTEN without quotes. Two tables that share one only look at rows again in vain.
 */
export function channelOf(source: Source | QuerySource): string {
  const { channel } = source;
  if (channel === undefined) {
    if ('query' in source) throw new InvalidOptionError('channel', 'the channel that tells of the query', channel);
    const name = ['rxjs_supervisor', source.schema, source.table].filter((part) => part !== undefined).join('_');
    return name
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/g, '_')
      .slice(0, LONGEST_NAME);
  }
  if (channel === '' || new TextEncoder().encode(channel).length > LONGEST_NAME) {
    throw new InvalidOptionError('channel', `a name of 1 to ${String(LONGEST_NAME)} bytes`, channel);
  }
  return channel;
}
