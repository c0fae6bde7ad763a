import type { Observable } from 'rxjs';
import { defer } from 'rxjs';
import type { LifecycleEvent } from './events.ts';
import type { Process, ProcessContext } from './runnable.ts';
import type { ProcessOptions, SupervisorOptions } from './settings.ts';
import { Supervisor } from './supervisor.ts';
import type { Key, Table } from './table.ts';

/**
 * Keeps one live process for every row of a table while it is subscribed.
 *
 * Emits lifecycle events. Each subscriber has a supervisor of its own: `share()` it, or use the class. Unsubscribing ends
 * everything at once; for a graceful end use the class and its `running`.
 *
 * @example
 * ```ts
 * supervise(bots, (bot) => connect(bot.token)).subscribe((event) => console.log(event.type));
 * ```
 */
export function supervise<K extends Key, V, P extends Process>(
  table: Table<K, V>,
  process: ((value: V, context: ProcessContext<K, V>) => P) | ProcessOptions<K, V, P>,
): Observable<LifecycleEvent<K, V>>;
export function supervise<K extends Key, P extends Process>(
  table: Table<K, P>,
  options?: SupervisorOptions<K, P>,
): Observable<LifecycleEvent<K, P>>;
export function supervise(
  table: Table<Key, unknown>,
  how: ProcessOptions<Key, unknown, Process>['process'] | Partial<ProcessOptions<Key, unknown, Process>> = {},
): Observable<LifecycleEvent> {
  return defer(() =>
    new Supervisor(
      table,
      (typeof how === 'function' ? { process: how } : how) as typeof how & ProcessOptions<Key, unknown, Process>,
    ).run(),
  );
}
