import { filter, firstValueFrom, NEVER, share } from 'rxjs';
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
  /** The token of a SupervisorHealth of this supervisor. Without one there is none to inject. */
  readonly health?: Token;
  /** ms for the whole shutdown, then everything is forced. Default `Infinity`: each process has its own `stopTimeout`. */
  readonly within?: number;
  /** Whether other modules needn't import this one to inject it. Default false. */
  readonly global?: boolean;
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
  /** A module for one supervisor: call it again for another. */
  static register<D extends unknown[], I = never>(options: SupervisorModuleOptions<D, I>) {
    const { provide, useFactory, inject = [], imports = [], health, within, global = false } = options;
    const hooks = (supervisor: HostedSupervisor) => hooksOf(supervisor, within);
    const healthOf = (supervisor: HostedSupervisor) => new SupervisorHealth(supervisor);
    const healths = health === undefined ? [] : [{ provide: health, inject: [provide], useFactory: healthOf }];
    return {
      module: SupervisorModule,
      global,
      imports: [...imports],
      providers: [
        { provide, inject: [...inject], useFactory },
        { provide: Symbol('hooks'), inject: [provide], useFactory: hooks },
        ...healths,
      ],
      exports: [provide, ...healths.map(({ provide }) => provide)],
    };
  }
}

/** What Nest calls at the begin and at the end. */
function hooksOf(supervisor: HostedSupervisor, within = Infinity) {
  const force = new AbortController();
  // It goes on after `ready`, until the supervisor is closed.
  const ready$ = supervisor.run(NEVER, { force: force.signal }).pipe(
    share({ resetOnRefCountZero: false }),
    filter(({ type }) => type === 'ready'),
  );
  return {
    /** When all modules are initialised, before the server listens: resolves when it is ready, or has been closed. */
    onApplicationBootstrap: () => firstValueFrom(ready$, { defaultValue: undefined }),
    /** The first of the hooks at the end: modules that this one imports, and their connections, are still open. */
    async onModuleDestroy() {
      // The platform's timer takes no longer time than 2^31 - 1 ms.
      const timer = within < 2 ** 31 ? setTimeout(() => force.abort(), within) : undefined;
      await supervisor.close();
      clearTimeout(timer);
    },
  };
}
