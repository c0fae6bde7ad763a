import type { Database } from './database.ts';
import { keySql } from './keys.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import type { Source } from './source.ts';
import { channelOf, sourceSql } from './source.ts';

const NAME = 'rxjs_supervisor_notify';

/**
 * One function serves every table of a schema: its triggers tell it the channel and the key column, so that no name is
 * ever part of its text. Keys go out as a JSON array as long as they fit into a notification (less than 8000 bytes),
 * otherwise 'all' does; a statement that changed nothing says nothing.
 */
const body = `
declare
  changed text := case tg_op
    when 'INSERT' then 'select %1$s as key from new_rows t'
    when 'DELETE' then 'select %1$s as key from old_rows t'
    else '(select %1$s as key, (t.*)::text from old_rows t except select %1$s, (t.*)::text from new_rows t) union all '
      || '(select %1$s as key, (t.*)::text from new_rows t except select %1$s, (t.*)::text from old_rows t)'
  end;
  keys text := 'all';
begin
  if tg_op <> 'TRUNCATE' then
    execute format(
      'select ''['' || string_agg(key, '','') || '']'' from (select distinct key from (' || changed || ') c limit 4000) k',
      format($key$${keySql('t.%I')}$key$, tg_argv[1])
    ) into keys;
  end if;
  if keys is not null then
    perform pg_notify(tg_argv[0], case when octet_length(keys) < 8000 then keys else 'all' end);
  end if;
  return null;
end`;

const triggers = {
  insert: ' referencing new table as new_rows',
  update: ' referencing old table as old_rows new table as new_rows',
  delete: ' referencing old table as old_rows',
  truncate: '',
};

function statements(source: Source): string[] {
  const name = source.schema === undefined ? NAME : `${quoteIdentifier(source.schema)}.${NAME}`;
  const args = `${quoteLiteral(channelOf(source))}, ${quoteLiteral(source.key)}`;
  return [
    `create or replace function ${name}() returns trigger language plpgsql as $body$${body}\n$body$`,
    ...Object.entries(triggers).map(
      ([event, referencing]) =>
        `create or replace trigger ${NAME}_${event} after ${event} on ${sourceSql(source)}${referencing}\n` +
        `  for each statement execute function ${name}(${args})`,
    ),
  ];
}

/** What `installNotifications` does, as SQL for a migration. It may be run again and again. PostgreSQL 14 or later. */
export function notificationSql(source: Source): string {
  return statements(source)
    .map((statement) => `${statement};\n`)
    .join('\n');
}

/**
 * Makes a table tell its changes: triggers for insert, update, delete and truncate, once for each statement, that send
 * the changed keys to the table's channel when the change is committed. May be done again and again.
 */
export async function installNotifications(database: Database, source: Source): Promise<void> {
  for (const statement of statements(source)) await database.query(statement);
}
