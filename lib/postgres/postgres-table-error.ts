/** What was to be done with the table. */
export type TableOperation = 'read' | 'made to tell its changes' | 'made silent again';

/** What to do about it, by PostgreSQL's error code. */
const remedies: Readonly<Record<string, string>> = {
  '3F000': 'Create the schema, or correct the option `schema`.',
  '42P01': 'Create the table, or correct the options `table` and `schema`; a schema has no place in `table`.',
  '42703': 'Correct the options `key`, `columns`, `version`, `orderBy` and `where`.',
  '42601': 'Correct the SQL of the option `where`, `query` or `version`.',
  '42804': 'Correct the SQL of the option `where`, which is to be true or false.',
  '42883': 'Correct the option `where` or `query`, or compare what has one type.',
  '42P02': 'Give as many `params` as `where` or `query` has numbers.',
  '42P18': 'Use each of the `params` in `where` or `query`, with a cast ($1::text) where its type is not plain.',
  '57014': 'Raise statement_timeout, or read less.',
};

const remedyOf = (operation: TableOperation, code: string, message: string): string | undefined => {
  if (code === '42703' && /\bxmin\b/.test(message)) {
    return 'Views have no xmin: name a column in the option `version` that changes with each write, or give false to compare whole rows.';
  }
  if (code === '42P01' && message.includes('FROM-clause')) {
    return 'In `where` the table is called t: write t.name, or the column alone.';
  }
  if (code === '08P01' && !message.startsWith('bind message')) {
    return 'Take the zero character (\\0) out of the options: no SQL can hold it.';
  }
  if (code === '42501') {
    return operation === 'read'
      ? 'Grant the right to select from it (and USAGE on its schema).'
      : 'It takes the rights TRIGGER on the table and CREATE on its schema: give the SQL of notificationSql() to somebody who has them, or only poll with `notify: false`.';
  }
  if (code === '42809' && operation !== 'read') {
    return 'Give the tables that it is made of the triggers instead, on its `channel`.';
  }
  return remedies[code];
};

/** Something could not be done with the table; the driver's error is the `cause`. */
export class PostgresTableError extends Error {
  override readonly name = 'PostgresTableError';
  readonly code = 'POSTGRES_TABLE';
  /** PostgreSQL's own code of the error, such as `42P01`. */
  readonly sqlState: string | undefined;

  constructor(
    /** The table as SQL names it, or the query. */
    readonly table: string,
    readonly operation: TableOperation,
    cause: unknown,
  ) {
    const { code } = cause as { code?: string };
    const message = messageOf(cause);
    const remedy = remedyOf(operation, code ?? '', message);
    super(`The table ${table} can't be ${operation}: ${message}.${remedy === undefined ? '' : ` ${remedy}`}`, {
      cause,
    });
    this.sqlState = code;
  }
}

/** What an error says; a refused connection may only have a code. */
export function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return (message || (code ?? String(error))).replace(/\.$/, '');
}
