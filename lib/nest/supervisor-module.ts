import { SupervisorHealth } from './supervisor-health.ts';
import type { HostedSupervisor } from './supervisor-host.ts';
import { SupervisorHost } from './supervisor-host.ts';

/** What Nest injects by. */
export type Token = string | symbol | (abstract new (...dependencies: never[]) => unknown);

/** `D` are the dependencies of the factory, `I` the modules. */
export interface SupervisorModuleOptions<D extends unknown[] = never[], I = never> {
  /** The token that the supervisor is injected by. */
  readonly provide: Token;
  /** Makes the supervisor, of what `inject` names. */
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
 * once it is ready; it is closed gracefully when the application closes, before what the modules in `imports` close.
 * For signals to close the application, call `app.enableShutdownHooks()`.
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
  static register<D extends unknown[], I = never>({
    provide,
    useFactory,
    inject = [],
    imports = [],
    health,
    within,
    global = false,
  }: SupervisorModuleOptions<D, I>) {
    const host = Symbol('SupervisorHost');
    return {
      module: SupervisorModule,
      global,
      imports: [...imports],
      providers: [
        { provide, inject: [...inject], useFactory },
        {
          provide: host,
          inject: [provide],
          useFactory: (supervisor: HostedSupervisor): object => new SupervisorHost(supervisor, within),
        },
        ...[health ?? []].flat().map((token) => ({
          provide: token,
          inject: [provide],
          useFactory: (supervisor: HostedSupervisor): object => new SupervisorHealth(supervisor),
        })),
      ],
      exports: [provide, ...[health ?? []].flat()],
    };
  }
}
