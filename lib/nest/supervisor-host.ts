import type { Key, Supervisor } from '../index.ts';

/** What the module needs of a supervisor: any is one. */
export type HostedSupervisor = Pick<Supervisor<Key, unknown, unknown>, 'run' | 'close' | 'events' | 'statuses'>;

/** Runs a supervisor by the hooks that Nest calls: as long as the application is up. */
export class SupervisorHost {
  readonly #force = new AbortController();
  readonly #supervisor: HostedSupervisor;
  readonly #within: number;

  constructor(supervisor: HostedSupervisor, within = Infinity) {
    this.#supervisor = supervisor;
    this.#within = within;
  }

  /** When all modules are initialised, before the server listens: resolves when it is ready, or has been closed. */
  onApplicationBootstrap(): Promise<void> {
    return new Promise((resolve, reject) => {
      // eslint-disable-next-line rxjs-x/no-ignored-subscription -- it ends when the supervisor is closed
      this.#supervisor.run(undefined, { force: this.#force.signal }).subscribe({
        next: ({ type }) => {
          if (type === 'ready') resolve();
        },
        error: reject,
        complete: resolve,
      });
    });
  }

  /** The first of the hooks at the end: modules that this one imports, and their connections, are still open. */
  async onModuleDestroy(): Promise<void> {
    // The platform's timer takes no longer time than 2^31 - 1 ms.
    const timer = this.#within < 2 ** 31 ? setTimeout(() => this.#force.abort(), this.#within) : undefined;
    await this.#supervisor.close();
    clearTimeout(timer);
  }
}
