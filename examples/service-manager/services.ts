import type { PGlite } from '@electric-sql/pglite';
import type { LifecycleEvent, ProcessNotRunningError, ProcessStatus, Supervisor } from 'rxjs-supervisor';
import type { ChildProcess } from 'rxjs-supervisor/node';
import { plain } from './colour.ts';
import { count, duration, reason } from './format.ts';
import type { Service } from './service.ts';
import { formatTable } from './table.ts';

type Manager = Supervisor<string, Service, ChildProcess>;

/** Characters of the last error that are shown. */
const LONGEST_ERROR = 60;

const COLUMNS = ['name', 'state', 'pid', 'uptime', 'restarts', 'next try', 'last error'];

/** How many times each service has been started again since it has been in the table. */
export class Restarts {
  readonly #counts = new Map<string, number>();

  note(event: LifecycleEvent<string, Service>): void {
    if (event.type === 'starting') this.#counts.set(event.key, (this.#counts.get(event.key) ?? -1) + 1);
    if (event.type === 'removed') this.#counts.delete(event.key);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}

/** All services as a table: those that are in the database, and those that are still on their way out. */
export async function listServices(database: PGlite, supervisor: Manager, restarts: Restarts): Promise<string> {
  const { rows } = await database.query<Pick<Service, 'name' | 'enabled'>>('select name, enabled from services');
  const statuses = supervisor.statuses();
  const enabled = new Map(rows.map((row) => [row.name, row.enabled]));
  const names = [...new Set([...enabled.keys(), ...statuses.keys()])].sort();
  const lines = names.map((name) => {
    const status = statuses.get(name);
    return status === undefined
      ? [plain(name), enabled.get(name) === true ? 'not started' : 'disabled']
      : [plain(name), status.state, pidOf(supervisor, name), ...details(status, restarts.of(name), Date.now())];
  });
  return formatTable(COLUMNS, lines, count(names.length, 'service'));
}

function details({ state, since, until, error }: ProcessStatus, restarts: number, now: number): string[] {
  return [
    state === 'running' ? duration(now - since) : '',
    String(restarts),
    until === undefined ? '' : `in ${duration(Math.max(0, until - now))}`,
    error === undefined ? '' : reason(error).slice(0, LONGEST_ERROR),
  ];
}

/** One that isn't ready, or is being stopped, has one too. */
function pidOf(supervisor: Manager, name: string): string {
  try {
    return String(supervisor.get(name).pid ?? '');
  } catch (error) {
    const { process } = error as Partial<ProcessNotRunningError>;
    return String((process as ChildProcess | undefined)?.pid ?? '');
  }
}
