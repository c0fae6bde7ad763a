import type { Key } from '../index.ts';
import { InvalidOptionError } from '../index.ts';
import { keyParams, keySql } from './keys.ts';
import { quoteIdentifier } from './quote.ts';
import type { QuerySource, Source } from './source.ts';
import { keyColumns, tableSql } from './source.ts';

/** What is read, and of which rows. */
export interface Selection {
  /** The columns that a row is made of; all of them by default. */
  readonly columns?: readonly string[];
  /**
   * Which rows there are: an SQL condition, of yours and trusted. It never holds a value: `tenant = $1`, and the tenant
   * in `params`. Where a column's name alone isn't enough, the table is called `t`.
   */
  readonly where?: string;
  /** The values of `$1`, `$2` … in `where` and `query`. */
  readonly params?: readonly unknown[];
  /** The column that `entries` is ordered by, so that rows start in a known order; the database's own by default. */
  readonly orderBy?: string;
  /**
   * The column that changes with every write of a row, a counter or a time: what it says is equal for unchanged rows.
   * By default PostgreSQL's own, `xmin`, which tables have and views and queries don't. `false` compares whole rows.
   */
  readonly version?: string | false;
}

export interface Statement {
  readonly text: string;
  readonly params: unknown[];
}

/** The names of what is selected beside the columns of the row. */
export const KEY = 'rxjs-supervisor key';
export const VERSION = 'rxjs-supervisor version';

/** The SQL of one table: names are quoted, values are parameters. */
export class Statements {
  /** The table as messages name it. */
  readonly source: string;
  readonly versioned: boolean;
  readonly #ofQuery: boolean;
  readonly #keys: readonly [string, ...string[]];
  readonly #from: string;
  readonly #where: string;
  readonly #params: readonly unknown[];
  readonly #order: string;
  readonly #key: string;
  readonly #keyAndVersion: string;
  readonly #columns: string;

  constructor(options: (Source | QuerySource) & Selection) {
    const { columns, where, params = [], orderBy, version = 'query' in options ? undefined : 'xmin' } = options;
    if (version === undefined) {
      const expected = 'a column of `query` that changes with each write, or false to compare whole rows';
      throw new InvalidOptionError('version', expected, version);
    }
    const needed = Math.max(numberOfParams(where), 'query' in options ? numberOfParams(options.query) : 0);
    if (needed > params.length) {
      throw new InvalidOptionError(
        'params',
        `the values of $1 to $${needed}, which \`where\` or \`query\` has`,
        params,
      );
    }
    this.#ofQuery = 'query' in options;
    this.source = 'query' in options ? `(${options.query})` : tableSql(options);
    this.versioned = version !== false;
    this.#keys = keyColumns(options);
    // A comment at its end must not swallow what follows.
    this.#from = `${this.#ofQuery ? `(\n${(options as QuerySource).query}\n)` : this.source} t`;
    this.#where = where === undefined ? '' : ` and (\n${where}\n)`;
    this.#params = params;
    this.#order = orderBy === undefined ? '' : ` order by t.${quoteIdentifier(orderBy)}`;
    this.#key = `${keySql(this.#keys)} as "${KEY}"`;
    this.#keyAndVersion = `${this.#key}, ${version === false ? 'null' : `t.${quoteIdentifier(version)}`}::text as "${VERSION}"`;
    this.#columns = columns?.map((column) => `t.${quoteIdentifier(column)}, `).join('') ?? 't.*, ';
  }

  get entries(): Statement {
    return this.#everything(this.#columns + this.#keyAndVersion, this.#order);
  }

  get versions(): Statement {
    return this.#everything(this.#keyAndVersion);
  }

  /** The rows of some keys. Of a composite key, each column is compared too, since a query may use just that. */
  many(keys: Iterable<Key>): Statement {
    const { condition, params } = this.#oneOf(keys, this.#params.length);
    return {
      text: `select ${this.#columns}${this.#keyAndVersion} from ${this.#from} where ${condition}${this.#where}`,
      params: [...this.#params, ...params],
    };
  }

  /** Fails for keys that aren't of the key's type, and for nothing else. */
  check(keys: Iterable<Key>): Statement {
    const own = this.#ofQuery ? this.#params : [];
    const { condition, params } = this.#oneOf(keys, own.length);
    return { text: `select from ${this.#from} where false and ${condition}`, params: [...own, ...params] };
  }

  /** A key that two rows have. */
  get duplicate(): Statement {
    return this.#everything(this.#key, ` group by 1 having count(*) > 1 and ${keySql(this.#keys)} is not null limit 1`);
  }

  /** Gives a row when a unique index makes sure that no two rows have one key. A query has none. */
  get unique(): Statement | undefined {
    if (this.#ofQuery) return undefined;
    return {
      text: `select from pg_index i where indrelid = to_regclass($1) and indisunique and indisvalid and indpred is null
        and not exists (select from pg_attribute a where attrelid = indrelid
          and attnum = any((indkey::int2[])[0:indnkeyatts - 1]) and attname <> all ($2))
        and 0 <> all ((indkey::int2[])[0:indnkeyatts - 1])`,
      params: [this.source, [...this.#keys]],
    };
  }

  /** Always with a parameter: so it is one prepared statement, and `where` can't hold a second one. */
  #everything(selected: string, more = ''): Statement {
    const condition = `$${this.#params.length + 1}::boolean`;
    return {
      text: `select ${selected} from ${this.#from} where ${condition}${this.#where}${more}`,
      params: [...this.#params, true],
    };
  }

  #oneOf(keys: Iterable<Key>, offset: number): { condition: string; params: unknown[][] } {
    const params = keyParams(keys, this.#keys.length);
    const names = this.#keys.map((column) => `t.${quoteIdentifier(column)}`);
    const numbers = names.map((_, i) => `$${offset + i + 1}`);
    const each = names.map((name, i) => `${name} = any(${numbers[i] ?? ''})`).join(' and ');
    if (names.length === 1) return { condition: each, params };
    return { condition: `${each} and (${names.join()}) in (select * from unnest(${numbers.join()}))`, params };
  }
}

/** What may hold a `$1` that is none. */
const TEXTS_AND_COMMENTS = /'(?:[^']|'')*'|"[^"]*"|--.*|\/\*[^]*?\*\//g;

/**
 * The largest n of `$n` in SQL. More than there are values would be filled with the ones of our own conditions, and
 * so quietly be another condition.
 */
function numberOfParams(sql = ''): number {
  const plain = sql.replaceAll(TEXTS_AND_COMMENTS, ' ');
  return Math.max(0, ...Array.from(plain.matchAll(/(?<![\p{L}\p{N}_$])\$(\d+)/gu), ([, n]) => Number(n)));
}
