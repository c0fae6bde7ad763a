import type { FactoryProvider, InjectionToken } from '@angular/core';
import type { Observable } from 'rxjs';
import { runUntilDestroyed } from './run-until-destroyed.ts';

/**
 * Provides a supervisor that runs from when it is first injected until the injector that it is provided in is destroyed.
 * `create` is called in that injector's context, so it may `inject` the table and what processes need.
 *
 * @example
 * ```ts
 * const FEEDS = new InjectionToken<Supervisor<string, Feed, Observable<Tick>>>('feeds');
 * const provider = provideSupervisor(FEEDS, () => new Supervisor(inject(FeedTable), { process: open }));
 * ```
 */
export function provideSupervisor<S extends { run(): Observable<unknown> }>(
  token: InjectionToken<S>,
  create: () => S,
): FactoryProvider {
  return { provide: token, useFactory: () => runUntilDestroyed(create()) };
}
