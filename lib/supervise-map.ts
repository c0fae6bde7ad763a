import type { OperatorFunction } from 'rxjs';
import { map, NEVER, Observable, tap } from 'rxjs';
import type { LifecycleEvent } from './events.ts';
import { isProcessEvent } from './events.ts';
import { endNow, Run } from './run.ts';
import type { RestartOptions } from './policy.ts';
import type { OutputOf, Process, ProcessContext } from './runnable.ts';
import type { SupervisorOptions } from './settings.ts';
import { resolveSettings } from './settings.ts';
import { Slots } from './slots.ts';
import { tableFrom } from './table-from.ts';
import type { Key } from './table.ts';

/** What `superviseMap` takes besides; there is no interval, since every snapshot is whole. */
export type SuperviseMapOptions<K extends Key, R> = Omit<SupervisorOptions<K, R>, 'interval' | 'initialWait'>;

/**
 * A keyed `switchMap` over snapshots of rows: unchanged rows stay alive, changed ones are replaced, gone ones end.
 *
 * ```text
 * rows$   --[a]----[a,b]----[b']-----|
 * a         ‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾!
 * b                ‾‾‾‾‾‾‾‾‾!
 * b'                        ‾‾‾‾‾‾‾‾‾‾‾‾|
 * ```
 *
 * Emits what processes emit. A process that completed rests until its row changes. An error of a process errors the
 * result, unless `restart` (or a `policy` with it) is given: then it does when the process is given up. Completes when the source has completed and all processes have ended; an error of
 * the source ends all. A key twice in a snapshot: the last counts. Unsubscribing ends all at once.
 *
 * @example
 * ```ts
 * tabs$.pipe(superviseMap((tab) => tab.id, (tab) => prices(tab.symbol))).subscribe(render);
 * ```
 */
export function superviseMap<R, K extends Key, P extends Process>(
  keyOf: (row: R) => K,
  process: (row: R, context: ProcessContext<K, R>) => P,
  options: SuperviseMapOptions<K, R> = {},
): OperatorFunction<Iterable<R>, OutputOf<P>> {
  const restart: RestartOptions<K> = options.restart ? { when: 'on-failure', ...options.restart } : { when: 'never' };
  const restarts = options.restart !== undefined || options.policy !== undefined;
  const settings = resolveSettings<K, R>({ ...options, restart, process, interval: Infinity });
  return (snapshots$) =>
    new Observable((subscriber) => {
      const slots = new Slots(settings);
      const { hub, mailbox } = slots;
      /** Keys of which something lives, or will. */
      const alive = new Set<K>();
      let sourceCompleted = false;
      const completeIfIdle = (): void => {
        if (sourceCompleted && alive.size === 0) subscriber.complete();
      };
      const snapshots = snapshots$.pipe(
        map((rows) => new Map(Array.from(rows, (row) => [keyOf(row), row]))),
        tap({
          complete: () => {
            sourceCompleted = true;
            mailbox.post(completeIfIdle);
          },
        }),
      );
      const run = new Run(tableFrom(snapshots), slots, NEVER, () => undefined);
      // eslint-disable-next-line rxjs-x/no-ignored-error -- the hub never errors
      subscriber.add(hub.outputs.subscribe(([, value]) => subscriber.next(value as OutputOf<P>)));
      subscriber.add(
        // eslint-disable-next-line rxjs-x/no-ignored-error -- the hub never errors
        hub.events.subscribe((event) => {
          // What could else only be said in an event; and a failure that isn't followed by a restart.
          if ('error' in event && !(restarts && event.type === 'failed')) subscriber.error(event.error);
          else if (isProcessEvent(event)) {
            if (RESTS.has(event.type)) alive.delete(event.key);
            else alive.add(event.key);
            // A rest may be over within this turn.
            if (alive.size === 0) mailbox.post(completeIfIdle);
          }
        }),
      );
      subscriber.add(() => endNow(run, slots));
      mailbox.post(() => run.begin());
    });
}

const RESTS = new Set<LifecycleEvent['type']>(['completed', 'removed']);
