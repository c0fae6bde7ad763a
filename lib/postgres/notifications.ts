import { lastValueFrom } from 'rxjs';
import type { Database, Queryable } from './database.ts';
import { FUNCTION_BODY, installation, removal, TRIGGER_NAMES, triggerArguments } from './notification-sql.ts';
import type { TableOperation } from './postgres-table-error.ts';
import { PostgresTableError } from './postgres-table-error.ts';
import { quoteLiteral } from './quote.ts';
import { inSession } from './session.ts';
import type { Source } from './source.ts';
import { tableSql } from './source.ts';

/**
 * Makes a table tell its changes: triggers for insert, update, delete and truncate, once for each statement, that send
 * the changed keys to the table's channel when the change is committed. May be done again and again, by several at once:
 * where all is there already, nothing is locked. Rejects with a PostgresTableError; then nothing has changed.
 */
export async function installNotifications(database: Database, source: Source): Promise<void> {
  await change(database, source, 'made to tell its changes', async (session) => {
    if (!(await isInstalled(session, source))) await atOnce(session, installation(source));
  });
}

/** Takes away what `installNotifications` has made, if it is there. Rejects with a PostgresTableError. */
export async function removeNotifications(database: Database, source: Source): Promise<void> {
  await change(database, source, 'made silent again', (session) => atOnce(session, removal(source)));
}

async function change(
  database: Database,
  source: Source,
  operation: TableOperation,
  work: (session: Queryable) => Promise<void>,
): Promise<void> {
  try {
    await lastValueFrom(inSession<never>(database, work), { defaultValue: undefined });
  } catch (error) {
    throw new PostgresTableError(tableSql(source), operation, error);
  }
}

/** One statement for all: they are done together or not at all, and two who do it at once don't get in each other's way. */
async function atOnce(session: Queryable, statements: readonly string[]): Promise<void> {
  const lock = `perform pg_advisory_xact_lock(hashtext('rxjs-supervisor notifications'));`;
  const each = statements.map((statement) => `execute ${quoteLiteral(statement)};`);
  await session.query(`do ${quoteLiteral(`begin ${lock} ${each.join(' ')} end`)}`);
}

async function isInstalled(session: Queryable, source: Source): Promise<boolean> {
  // A trigger keeps its arguments as they are, each with a zero at its end.
  const args = triggerArguments(source).map(
    (argument) => `convert_to(${quoteLiteral(argument)}, getdatabaseencoding())`,
  );
  const { rows } = await session.query(
    `select from pg_trigger join pg_proc p on p.oid = tgfoid
      where tgrelid = to_regclass($1) and tgname = any ($2) and tgenabled <> 'D' and prosrc = $3
        and tgargs = ${args.map((argument) => `${argument} || decode('00', 'hex')`).join(' || ')}`,
    [tableSql(source), TRIGGER_NAMES, FUNCTION_BODY],
  );
  return rows.length === TRIGGER_NAMES.length;
}
