import type { Key, ProcessStatus, Supervisor } from '../index.ts';

/** What a row can suffer from: it fails and is tried again; it was stopped and lives on; it isn't tried again. */
export type Trouble = 'failing' | 'stuck' | 'given-up';

/** How a supervisor is, as `@nestjs/terminus` has it. Keys are given as strings. */
export interface SupervisorHealthResult extends Readonly<Record<Trouble, readonly string[]>> {
  readonly status: 'up' | 'down';
  /** How many rows have a process that runs. */
  readonly running: number;
  /** What is wrong with the supervisor itself: no run is on, or its table can't be read. */
  readonly message?: string;
}

const UNREAD = 'Its table has not been read yet.';

/**
 * A health indicator: which rows are failing, stuck or given up. Up when a run is on and ready, the last full read of the
 * table was complete, and no row has a trouble that isn't tolerated. It knows what it has heard: make it before the
 * supervisor runs. It listens as long as the supervisor lives.
 *
 * @example
 * ```ts
 * terminus.check([() => bots.check('bots', { tolerate: ['failing'] })])
 * // { bots: { status: 'up', running: 12, failing: ['ann'], stuck: [], 'given-up': [] } }
 * ```
 */
export class SupervisorHealth<K extends Key = Key> {
  #ready = false;
  /** What is wrong with the last full read of this run. */
  #unread: string | undefined = UNREAD;

  constructor(private readonly supervisor: Pick<Supervisor<K, unknown, unknown>, 'events' | 'statuses'>) {
    let failure = '';
    // eslint-disable-next-line rxjs-x/no-ignored-error, rxjs-x/no-ignored-subscription -- it never errors, and lives as long
    supervisor.events.subscribe((event) => {
      if (event.type === 'ready') this.#ready = true;
      if (event.type === 'table-failed') failure = `The table can't be read completely: ${String(event.error)}`;
      if (event.type === 'reconciled') this.#unread = event.complete ? undefined : failure;
      if (event.type === 'shutdown') [this.#ready, this.#unread] = [false, UNREAD];
    });
  }

  /** How it is now, under its name. The troubles to `tolerate` are listed, and yet leave the status up: none by default. */
  check<N extends string>(name: N, { tolerate = [] }: { readonly tolerate?: readonly Trouble[] } = {}) {
    const statuses = [...this.supervisor.statuses().values()];
    const keys = (of: Trouble) => statuses.filter((row) => troubleOf(row) === of).map(({ key }) => String(key));
    const rows = { failing: keys('failing'), stuck: keys('stuck'), 'given-up': keys('given-up') };
    const running = statuses.filter(({ state }) => state === 'running').length;
    const message = this.#ready ? this.#unread : 'It does not run, or is not ready yet.';
    const well = message === undefined && statuses.every((row) => [undefined, ...tolerate].includes(troubleOf(row)));
    const status = well ? 'up' : 'down';
    const health: SupervisorHealthResult = { status, running, ...rows, ...(message !== undefined && { message }) };
    return { [name]: health } as Record<N, SupervisorHealthResult>;
  }
}

function troubleOf({ state, error }: ProcessStatus): Trouble | undefined {
  if (state === 'stuck' || state === 'given-up') return state;
  return error !== undefined && ['queued', 'starting', 'backoff'].includes(state) ? 'failing' : undefined;
}
