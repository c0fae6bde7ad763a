/** What to do about it, by PostgreSQL's error code. */
const remedies: Readonly<Record<string, string>> = {
  '3F000': 'Create the schema, or correct the option `schema`.',
  '42P01': 'Create the table, or correct the options `table` and `schema`.',
  '42703': 'Correct the options `key` and `columns`.',
  '42501': 'Grant the right to select from it.',
};

/** A read of the table failed; the driver's error is the `cause`. */
export class PostgresTableError extends Error {
  override readonly name = 'PostgresTableError';
  readonly code = 'POSTGRES_TABLE';
  /** PostgreSQL's own code of the error, such as `42P01`. */
  readonly sqlState: string | undefined;

  constructor(
    /** The table as SQL names it. */
    readonly table: string,
    cause: unknown,
  ) {
    const { message, code } = cause as { message?: string; code?: string };
    const remedy = remedies[code ?? ''];
    super(`The table ${table} can't be read: ${message ?? String(cause)}.${remedy === undefined ? '' : ` ${remedy}`}`, {
      cause,
    });
    this.sqlState = code;
  }
}
