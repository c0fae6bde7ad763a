import { keySql } from './keys.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import type { Source } from './source.ts';
import { channelOf, keyColumns, tableSql } from './source.ts';

const NAME = 'rxjs_supervisor_notify';

/**
 * One function serves every table of a schema: its triggers tell it the channel and the SQL of the key, so that no name
 * is ever part of its text. Keys go out as a JSON array as long as they fit into a notification (less than 8000 bytes),
 * otherwise 'all' does; a statement that changed nothing says nothing. Whoever writes needs no right but that to write;
 * and a key column that is no more makes the reads fail, but no write.
 */
export const FUNCTION_BODY = `
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
    begin
      execute format(
        'select ''['' || string_agg(key, '','') || '']'' from (select distinct key from (' || changed || ') c limit 4000) k',
        tg_argv[1]
      ) into keys;
    exception when undefined_column then
      keys := 'all';
    end;
  end if;
  if keys is not null then
    perform pg_notify(tg_argv[0], case when octet_length(keys) < 8000 then keys else 'all' end);
  end if;
  return null;
end
`;

const TRIGGERS = {
  insert: ' referencing new table as new_rows',
  update: ' referencing old table as old_rows new table as new_rows',
  delete: ' referencing old table as old_rows',
  truncate: '',
};

export const TRIGGER_NAMES = Object.keys(TRIGGERS).map((event) => `${NAME}_${event}`);

/** What the triggers of a table tell the function. */
export const triggerArguments = (source: Source): [channel: string, key: string] => [
  channelOf(source),
  keySql(keyColumns(source)),
];

const functionSql = ({ schema }: Source): string =>
  `${schema === undefined ? '' : `${quoteIdentifier(schema)}.`}${NAME}()`;

export function installation(source: Source): string[] {
  const args = triggerArguments(source).map(quoteLiteral).join(', ');
  return [
    `create or replace function ${functionSql(source)} returns trigger language plpgsql\n` +
      `  set search_path = pg_catalog, pg_temp as $body$${FUNCTION_BODY}$body$`,
    ...Object.entries(TRIGGERS).map(
      ([event, referencing]) =>
        `create or replace trigger ${NAME}_${event} after ${event} on ${tableSql(source)}${referencing}\n` +
        `  for each statement execute function ${functionSql(source).replace('()', `(${args})`)}`,
    ),
  ];
}

/** Other tables of the schema may still use the function. */
export function removal(source: Source): string[] {
  return [
    ...TRIGGER_NAMES.map((name) => `drop trigger if exists ${name} on ${tableSql(source)}`),
    `do ${quoteLiteral(
      `begin drop function if exists ${functionSql(source)}; exception when dependent_objects_still_exist then null; end`,
    )}`,
  ];
}

const script = (statements: readonly string[]): string => statements.map((statement) => `${statement};\n`).join('\n');

/** What `installNotifications` does, as SQL for a migration. It may be run again and again. PostgreSQL 14 or later. */
export const notificationSql = (source: Source): string => script(installation(source));

/** What `removeNotifications` does, as SQL for a migration. */
export const notificationRemovalSql = (source: Source): string => script(removal(source));
