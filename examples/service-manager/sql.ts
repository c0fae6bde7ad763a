import type { PGlite, Results } from '@electric-sql/pglite';
import { colour, plain } from './colour.ts';

export const HELP = `
${colour.bold('The rows of the table services are what runs. Type SQL, and it follows:')}

  select name, command, restart, enabled from services;
  update services set enabled = false where name = 'flaky';
  insert into services (name, command, args) values ('hello', 'sh', '{-c,while sleep 2; do echo hello; done}');
  delete from services where name = 'hello';

A line is a transaction. Its columns: name, command, args text[], env jsonb, cwd,
restart (always, on-failure, never), enabled. \\h is this help, \\q or Ctrl-C the end.
`;

/** Long values are cut where there are several columns. */
const LONGEST_CELL = 48;

/** The answer to a line of input, to be printed: what SQL gives, or what is wrong with it. */
export async function answer(database: PGlite, input: string): Promise<string> {
  const line = input.trim();
  if (line === '') return '';
  if (/^\\q;?$/.test(line)) return stop();
  if (line.startsWith('\\')) return HELP;
  try {
    const results = await database.transaction((transaction) => transaction.exec(line));
    return results.map(formatResult).join('\n');
  } catch (error) {
    const { message, detail, hint } = error as { message?: string; detail?: string; hint?: string };
    return [colour.red(`ERROR: ${message ?? String(error)}`), detail, hint].filter(Boolean).join('\n');
  }
}

function stop(): string {
  process.kill(process.pid, 'SIGTERM');
  return '';
}

/** Rows as a table, or how many were affected. */
function formatResult({ fields, rows, rowCount, command = '' }: Results): string {
  if (fields.length === 0) {
    return colour.dim(/^(INSERT|UPDATE|DELETE|MERGE)$/.test(command) ? `${command} ${rowCount ?? 0}` : command);
  }
  const names = fields.map(({ name }) => name);
  const lines = rows.map((row) => names.map((name) => cell((row as Record<string, unknown>)[name], names.length)));
  const widths = names.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const format = (line: readonly string[]): string =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    colour.bold(format(names)),
    colour.dim(widths.map((width) => '-'.repeat(width)).join('  ')),
    ...lines.map(format),
    colour.dim(`(${String(rows.length)} row${rows.length === 1 ? '' : 's'})`),
  ].join('\n');
}

function cell(value: unknown, columns: number): string {
  if (value === null) return '';
  const text = typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : JSON.stringify(value);
  const line = plain(text);
  return columns > 1 && line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}
