import type { Key, ProcessStatus, Supervisor } from '../index.ts';

/** What a row can suffer from: it fails and is tried again; it was stopped and lives on; it isn't tried again. */
export type Trouble = 'failing' | 'stuck' | 'given-up';

export interface HealthOptions {
  /** Troubles of rows that are listed, and yet leave the status up. Default none. */
  readonly tolerate?: readonly Trouble[];
}

/** How a supervisor is, as `@nestjs/terminus` has it. Keys are given as strings. */
export interface SupervisorHealthResult extends Record<Trouble, readonly string[]> {
  readonly status: 'up' | 'down';
  /** How many rows have a process that runs. */
  readonly running: number;
  /** What is wrong with the supervisor itself: no run is on, or its table can't be read. */
  readonly message?: string;
}

/**
 * A health indicator: which rows are failing, stuck or given up. Up when a run is on and ready, the last full read of the
 * table was complete, and no row has a trouble that isn't tolerated. It listens as long as the supervisor lives.
 *
 * @example
 * ```ts
 * terminus.check([() => bots.check('bots', { tolerate: ['failing'] })])
 * // { bots: { status: 'up', running: 12, failing: ['ann'], stuck: [], 'given-up': [] } }
 * ```
 */
export class SupervisorHealth<K extends Key = Key> {
  readonly #supervisor: Pick<Supervisor<K, unknown, unknown>, 'events' | 'statuses'>;
  #runs = false;
  #error: unknown = undefined;
  #complete = false;

  constructor(supervisor: Pick<Supervisor<K, unknown, unknown>, 'events' | 'statuses'>) {
    this.#supervisor = supervisor;
    // eslint-disable-next-line rxjs-x/no-ignored-error, rxjs-x/no-ignored-subscription -- it never errors, and lives as long
    supervisor.events.subscribe((event) => {
      if (event.type === 'ready') this.#runs = true;
      if (event.type === 'shutdown') this.#runs = false;
      if (event.type === 'table-failed') this.#error = event.error;
      if (event.type === 'reconciled') this.#complete = event.complete;
    });
  }

  /** How it is now, under its name. */
  check<N extends string>(name: N, { tolerate = [] }: HealthOptions = {}): Record<N, SupervisorHealthResult> {
    const statuses = [...this.#supervisor.statuses().values()];
    const keys = (suffers: (status: ProcessStatus) => boolean): string[] =>
      statuses.filter(suffers).map(({ key }) => String(key));
    const rows = {
      failing: keys(({ state, error }) => error !== undefined && ['queued', 'starting', 'backoff'].includes(state)),
      stuck: keys(({ state }) => state === 'stuck'),
      'given-up': keys(({ state }) => state === 'given-up'),
    };
    const message = !this.#runs
      ? 'It does not run, or is not ready yet.'
      : !this.#complete
        ? `The table can't be read completely: ${String(this.#error)}`
        : undefined;
    const troubles = (Object.keys(rows) as Trouble[]).filter((trouble) => rows[trouble].length > 0);
    const up = message === undefined && troubles.every((trouble) => tolerate.includes(trouble));
    const health: SupervisorHealthResult = {
      status: up ? 'up' : 'down',
      running: statuses.filter(({ state }) => state === 'running').length,
      ...rows,
      ...(message !== undefined && { message }),
    };
    return { [name]: health } as Record<N, SupervisorHealthResult>;
  }
}
