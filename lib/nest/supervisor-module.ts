import { first, firstValueFrom, NEVER, share } from 'rxjs';
import type { Key, Supervisor } from '../index.ts';
import { SupervisorHealth } from './supervisor-health.ts';

/** What the module needs of a supervisor: any is one. */
export type HostedSupervisor = Pick<Supervisor<Key, unknown, unknown>, 'run' | 'close' | 'events' | 'statuses'>;

/** What Nest injects by. */
export type Token = string | symbol | (abstract new (...dependencies: never[]) => unknown);

/** `D` are the dependencies of the factory, `I` the modules. */
export interface SupervisorModuleOptions<D extends unknown[] = never[], I = never> {
  /** The token that the supervisor is injected by. */
  readonly provide: Token;
  /** Makes the supervisor, of what `inject` names. The module runs it: the factory doesn't. */
  readonly useFactory: (...dependencies: D) => HostedSupervisor | PromiseLike<HostedSupervisor>;
  readonly inject?: readonly Token[];
  /** The modules that export what `inject` names. */
  readonly imports?: readonly I[];
  /** The token that a SupervisorHealth of this supervisor is injected by. */
  readonly health?: Token;
  /** ms for the whole shutdown, then everything is forced. Default `Infinity`: each process has its own `stopTimeout`. */
  readonly within?: number;
}

/**
 * A module that runs a supervisor with the application: it begins when all modules are initialised, and the server listens
 * once it is ready; it is closed gracefully when the application closes, before what the modules in `imports` close (that
 * order is Nest's since version 11). For signals to close the application, call `app.enableShutdownHooks()`.
 *
 * @example
 * ```ts
 * SupervisorModule.register({
 *   provide: BOTS,
 *   imports: [DatabaseModule],
 *   inject: [Pool],
 *   useFactory: (pool: Pool) => new Supervisor(postgresTable<string, Bot>(pool, { table: 'bots', key: 'name' }), { process: poll }),
 * })
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module is a class
export class SupervisorModule {
  /** A module for one supervisor: call it again for another. `{ ...register(…), global: true }` needs no importing. */
  static register<D extends unknown[], I = never>(options: SupervisorModuleOptions<D, I>) {
    const { provide, useFactory, inject = [], imports = [], health = Symbol('health'), within } = options;
    return {
      module: SupervisorModule,
      imports: [...imports],
      providers: [
        { provide, inject: [...inject], useFactory },
        { provide: Symbol('hooks'), inject: [provide], useFactory: (of: HostedSupervisor) => hooksOf(of, within) },
        { provide: health, inject: [provide], useFactory: (of: HostedSupervisor) => new SupervisorHealth(of) },
      ],
      exports: [provide, health],
    };
  }
}

/** What Nest calls at the begin and at the end. */
function hooksOf(supervisor: HostedSupervisor, within = Infinity) {
  const force = new AbortController();
  // It goes on after `ready`, until the supervisor is closed.
  const events$ = supervisor.run(NEVER, { force: force.signal }).pipe(share({ resetOnRefCountZero: false }));
  return {
    /** When all modules are initialised, before the server listens: resolves when it is ready, or has been closed. */
    // eslint-disable-next-line rxjs-x/no-ignored-default-value -- `first` has one
    onApplicationBootstrap: () => firstValueFrom(events$.pipe(first(({ type }) => type === 'ready', undefined))),
    /** The first of the hooks at the end: modules that this one imports, and their connections, are still open. */
    async onModuleDestroy() {
      // The platform's timer takes no longer time than 2^31 - 1 ms.
      const timer = within < 2 ** 31 ? setTimeout(() => force.abort(), within) : undefined;
      await supervisor.close();
      clearTimeout(timer);
    },
  };
}
