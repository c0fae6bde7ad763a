import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { installNotifications } from 'rxjs-supervisor/postgres';

/** What can't be right is refused; what may turn out wrong only when it runs (a command, `env`, `ready`) is not. */
const SCHEMA = `
  create table services (
    name    text    primary key constraint a_service_has_a_name check (name ~ '\\S'),
    command text    not null constraint a_service_has_a_command check (command ~ '\\S'),
    args    text[]  not null default '{}' constraint an_argument_is_not_null check (array_position(args, null) is null),
    env     jsonb   not null default '{}',
    cwd     text,
    ready   text,
    stop    text    not null default 'SIGTERM',
    restart text    not null default 'always',
    enabled boolean not null default true
  )`;

/** For a database that was made before there were these columns. */
const LATER = `
  alter table services add column if not exists ready text;
  alter table services add column if not exists stop text not null default 'SIGTERM'`;

/** One line, so that a select shows it well. */
const script = (code: string): string[] => ['-e', code.trim().replaceAll(/\n\s*/g, ' ')];

const clock = script(`
  const tick = () => console.log('It is ' + new Date().toLocaleTimeString());
  tick();
  setInterval(tick, 5000);`);

const web = script(`
  const server = require('http').createServer((request, response) => {
    console.log(request.method, request.url);
    response.end('Hello from a row\\n');
  });
  server.on('listening', () => console.log('http://localhost:' + server.address().port));
  server.on('error', () => server.listen(0, 'localhost'));
  server.listen(process.env.PORT, 'localhost');`);

const flaky = script(`
  console.log('Everything is fine');
  setTimeout(() => { console.error('Out of luck'); process.exit(1); }, 2000);`);

/** Opens the database in a folder, or in memory; the first time with three services to look at. */
export async function openDatabase(directory?: string): Promise<PGlite> {
  if (directory !== undefined) lock(directory);
  const database = await PGlite.create(directory && join(directory, 'pg'));
  await database.transaction(async (transaction) => {
    const { rows } = await transaction.query<{ there: boolean }>(`select to_regclass('services') is not null as there`);
    if (rows[0]?.there === true) {
      await transaction.exec(LATER);
      return;
    }
    await transaction.exec(SCHEMA);
    const insert = 'insert into services (name, command, args, env, ready) values ($1, $2, $3, $4, $5)';
    await transaction.query(insert, ['clock', 'node', clock, {}, null]);
    await transaction.query(insert, ['web', 'node', web, { PORT: '8080' }, '/http:/']);
    await transaction.query(insert, ['flaky', 'node', flaky, {}, null]);
  });
  await installNotifications(database, { table: 'services', key: 'name' });
  return database;
}

/** Two programs would spoil each other's files, and PGlite doesn't keep them from it. */
function lock(directory: string): void {
  const file = join(directory, 'pid');
  mkdirSync(directory, { recursive: true });
  const pid = existsSync(file) ? Number(readFileSync(file)) : NaN;
  if (pid !== process.pid && lives(pid)) {
    throw new Error(
      `${directory} is in use by process ${String(pid)}. Stop that, or use another folder with --data DIR. ` +
        `If that is something else, delete ${file}.`,
    );
  }
  writeFileSync(file, String(process.pid));
  process.once('exit', () => rmSync(file, { force: true }));
}

function lives(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // It is another user's.
  }
}
