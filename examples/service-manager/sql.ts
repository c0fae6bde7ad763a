import type { PGlite, Results } from '@electric-sql/pglite';
import { colour, plain } from './colour.ts';
import { formatTable } from './table.ts';
import { stop } from './stop.ts';

export const HELP = `
${colour.bold('The rows of the table services are what runs. Type SQL, and it follows:')}

  select name, command, restart, enabled from services;
  update services set enabled = false where name = 'flaky';
  insert into services (name, command, args) values ('hello', 'sh', '{-c,while sleep 2; do echo hello; done}');
  delete from services where name = 'hello';
  \\services

A line is a transaction. The columns: name, command, args text[], env jsonb, cwd, enabled,
ready (null, /a line that matches/, :port, message), stop (a signal), restart (always, on-failure, never).
\\services shows how all of them are, \\h this help; \\q or Ctrl-C is the end.
`;

/** PGlite would wait for it on this program's own input, and nothing else would go on meanwhile. */
const COPY_FROM_INPUT = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;

/** Long values are cut where there are several columns. */
const LONGEST_CELL = 48;

/** The answer to a line of input, to be printed: what SQL gives, or what is wrong with it. */
export async function answer(database: PGlite, input: string): Promise<string> {
  const line = input.trim();
  if (line === '') return '';
  if (/^\\q;?$/.test(line)) {
    stop();
    return '';
  }
  if (line.startsWith('\\')) return HELP;
  try {
    if (COPY_FROM_INPUT.test(line)) throw new Error('copy from stdin has no input here: use insert');
    // As arrays, since two columns may have one name.
    const results = await database.transaction((transaction) => transaction.exec(line, { rowMode: 'array' }));
    return results.map(formatResult).join('\n');
  } catch (error) {
    return formatError(error);
  }
}

/** What is wrong with a line of input, to be printed. */
export function formatError(error: unknown): string {
  const { message, detail, hint } = error as { message?: string; detail?: string; hint?: string };
  const [first, ...more] = [message ?? String(error), detail, hint].filter((text) => text !== undefined).map(plain);
  return [colour.red(`ERROR: ${first ?? ''}`), ...more].join('\n');
}

/** Rows as a table, or how many were affected. */
function formatResult({ fields, rows, rowCount, command = '' }: Results): string {
  if (fields.length === 0) {
    return colour.dim(/^(INSERT|UPDATE|DELETE|MERGE)$/.test(command) ? `${command} ${rowCount ?? 0}` : command);
  }
  const names = fields.map(({ name }) => plain(name));
  const lines = rows.map((row) => (row as unknown[]).map((value) => cell(value, names.length)));
  return formatTable(names, lines, `${String(rows.length)} row${rows.length === 1 ? '' : 's'}`);
}

function cell(value: unknown, columns: number): string {
  const line = plain(textOf(value));
  return columns > 1 && line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}

/** What PGlite makes of a value, which JSON doesn't always know. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
