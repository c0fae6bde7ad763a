import type { Key, Process, ProcessOptions, ProcessStatus } from '../index.ts';
import { equals } from '../index.ts';
import type { Census } from './census.ts';
import { show } from './contract-error.ts';
import type { SimulatedRows } from './simulated-rows.ts';
import type { SimulationCommands } from './simulation-commands.ts';

/** Whether a key is as its row and its policy say, now that all is quiet. */
export class Agreement<K extends Key, V> {
  /** When each key came to its rest. */
  readonly #restsSince = new Map<K, number>();

  constructor(
    private readonly options: ProcessOptions<K, V, Process>,
    private readonly rows: SimulatedRows<K, V>,
    private readonly census: Census<K>,
    private readonly commands: SimulationCommands<K>,
    private readonly broken: (what: string) => void,
  ) {}

  /** It is held, completed or given up from that moment on. */
  rests(key: K, moment: number): void {
    this.#restsSince.set(key, moment);
  }

  look(key: K, status: ProcessStatus<K, V> | undefined): void {
    const row = this.rows.now.get(key);
    const wrong = (what: string): void =>
      this.broken(`when it is quiet what lives is what the table says, but ${show(key)} ${what}`);
    const living = this.census.living(key).size;
    const up = ['starting', 'running', 'stopping', 'stuck'].includes(status?.state ?? 'none');
    if (!up && living > 0) wrong(`is ${status?.state ?? 'gone'}, and lives`);
    if (status?.state === 'running' && living === 0 && this.census.counts(key, status.incarnation)) {
      wrong('is running, and nothing of it lives');
    }
    if (status === undefined) {
      if (row !== undefined) wrong(`has a row (${show(row)}), and no process`);
    } else if (row !== undefined) {
      this.#lookAtRow(status, row, wrong);
    } else if (!['stopping', 'stuck'].includes(status.state)) {
      wrong(`has no row, and is ${status.state}`);
    }
  }

  #lookAtRow({ key, state, value }: ProcessStatus<K, V>, row: V, wrong: (what: string) => void): void {
    const { policy, equals: same = equals } = this.options;
    const own = policy?.(row, key) ?? {};
    const onChange = own.onChange ?? this.options.onChange ?? 'restart';
    const differs = (onChange === 'restart' || onChange === 'update') && !same(value, row);
    const facts = `${state} with row ${show(value)}, and the table has ${show(row)}`;
    if (state === 'running' && differs) wrong(`is ${facts}`);
    if (state === 'completed' || state === 'given-up' || state === 'held') {
      const rests = this.#restsSince.get(key) ?? 0;
      // A row that comes back to what it was hasn't changed for whoever didn't see it between.
      const known = this.rows.between(key, 0, rests).some((was) => was !== undefined && same(was, row));
      if (differs && !known && this.rows.writtenAt(key) > rests) wrong(`is ${facts}`);
    }
    const when = (this.options.policy?.(value, key) ?? {}).restart?.when ?? this.options.restart?.when ?? 'always';
    if (state === 'completed' && when === 'always') wrong('has completed, and is not started again');
    if (state !== 'held') return;
    const stopped = this.commands.last(key, ['stop']);
    const started = this.commands.last(key, ['start', 'restart']);
    if (stopped < 0) wrong('is held, and no command has stopped it');
    else if (started > stopped) wrong('is held, and a command has started it since');
  }
}
