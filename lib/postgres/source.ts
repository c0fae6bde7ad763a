import { InvalidOptionError } from '../index.ts';
import { quoteIdentifier } from './quote.ts';

/** Where rows come from, for the table and for its notifications alike: give both the same. */
export interface Source {
  /** Name of the table, as it is: `services`, `My "table"`. */
  readonly table: string;
  /** Its schema, when the search path doesn't find it. */
  readonly schema?: string;
  /** The key column: unique and not null. */
  readonly key: string;
  /** The channel on which its changes are told; named after the table by default. */
  readonly channel?: string;
}

/** PostgreSQL's limit for a name, in bytes. */
const LONGEST_NAME = 63;

/** `"services"`, `"app"."services"`. */
export function sourceSql({ schema, table }: Source): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/**
 * The channel of a table, a name that LISTEN takes in full. By default it is a plain name, made of the table's: PGlite
 * ends its LISTEN without quotes. Two tables that share one only look at rows again in vain.
 */
export function channelOf({ schema, table, channel }: Source): string {
  if (channel === undefined) {
    const name = ['rxjs_supervisor', schema, table].filter((part) => part !== undefined).join('_');
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
