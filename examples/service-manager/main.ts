/**
 * A service manager: the rows of a PostgreSQL table are the services that run. Edit a row, and what runs follows at once.
 *
 *     npm start                        the table is kept in examples/service-manager/.data
 *     npm start -- --data DIR          … in another folder
 *     npm start -- --memory            … nowhere
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Observable } from 'rxjs';
import {
  concat,
  concatMap,
  connect,
  defer,
  endWith,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  takeUntil,
  tap,
} from 'rxjs';
import type { ForceSignal } from 'rxjs-supervisor';
import { filterTable, Supervisor } from 'rxjs-supervisor';
import type { Stoppable } from 'rxjs-supervisor/node';
import { runUntilSignal } from 'rxjs-supervisor/node';
import { postgresTable } from 'rxjs-supervisor/postgres';
import { openDatabase } from './database.ts';
import { formatEvent, formatOutput } from './format.ts';
import { directory } from './options.ts';
import type { Service } from './service.ts';
import { policyOf, processOf } from './service.ts';
import { listServices, Restarts } from './services.ts';
import { answer, formatError, HELP } from './sql.ts';
import { SIGNALS } from './stop.ts';
import { terminal } from './terminal.ts';

/** Everything that happens while the services of a database are kept running, as lines to print. */
function manage(database: PGlite, running: Observable<never>, context: { force: ForceSignal }): Observable<string> {
  const services = postgresTable<string, Service>(database, { table: 'services', key: 'name', orderBy: 'name' });
  const supervisor = new Supervisor(
    filterTable(services, ({ enabled }) => enabled),
    // So that a thousand rows at once don't keep it from all else.
    { process: processOf, policy: policyOf, startConcurrency: 4 },
  );
  const restarts = new Restarts();
  return supervisor.run(running, context).pipe(
    connect((event$) => {
      const ended$ = event$.pipe(ignoreElements(), endWith('ended'));
      const output$ = supervisor.outputs.pipe(map(([name, output]) => formatOutput(name, output)));
      const answers$ = terminal.line$.pipe(
        concatMap((line) =>
          /^\s*\\services;?\s*$/.test(line)
            ? listServices(database, supervisor, restarts).catch(formatError)
            : answer(database, line),
        ),
        filter(Boolean),
      );
      return merge(
        event$.pipe(
          tap((event) => restarts.note(event)),
          map((event) => formatEvent(event, supervisor)),
        ),
        merge(output$, answers$).pipe(takeUntil(ended$)),
      );
    }),
  );
}

/** The whole program, which listens to signals from the beginning, and says goodbye to the database at the end. */
const program: Stoppable<string> = {
  run: (running, context) =>
    concat(
      of(`Opening the database ${directory ?? 'in memory'} …`),
      defer(() => openDatabase(directory)).pipe(
        concatMap((database) =>
          concat(of(HELP), manage(database, running, context), defer(() => database.close()).pipe(ignoreElements())),
        ),
      ),
    ),
};

runUntilSignal(program, ...SIGNALS).subscribe({
  next: terminal.print,
  error: (error: unknown) => {
    terminal.print(String(error));
    process.exitCode = 1;
  },
});
