import type { Subscriber } from 'rxjs';
import { Observable, take } from 'rxjs';
import {
  NotRunningError,
  ProcessExistsError,
  ProcessNotFoundError,
  ProcessNotRunningError,
  ProcessStuckError,
} from './errors.ts';
import type { LifecycleEvent, ProcessEvent, Reconciled } from './events.ts';
import { isProcessEvent } from './events.ts';
import type { Plan } from './plan.ts';
import { optionalMs } from './policy.ts';
import type { Run } from './run.ts';
import type { Wish } from './slot.ts';
import type { Slots } from './slots.ts';
import type { Key } from './table.ts';

/** How a process that a command stopped has ended. */
export interface StopReport<K extends Key = Key> {
  readonly key: K;
  readonly incarnation: number;
  /** It didn't end by being asked. */
  readonly forced: boolean;
  /** ms from `running`; 0 if it never ran. */
  readonly uptime: number;
}

/**
 * What is asked of a supervisor from outside. Commands are cold: subscribing gives the command, unsubscribing only stops
 * waiting. Each is given in the mailbox's turn, and waits by the events of its key.
 */
export class Commands<K extends Key, V> {
  readonly #slots: Slots<K, V>;
  readonly #run: () => Run<K, V> | undefined;

  constructor(slots: Slots<K, V>, run: () => Run<K, V> | undefined) {
    this.#slots = slots;
    this.#run = run;
  }

  start(key: K, within?: number): Observable<unknown> {
    optionalMs('within', within);
    return this.#command('start', (run, subscriber) => {
      const slot = this.#slots.byKey.get(key);
      if (slot?.exists === true) subscriber.error(new ProcessExistsError(key, slot.state ?? 'starting'));
      else this.#launch(run, key, { restart: false, within }, subscriber);
    });
  }

  restart(key: K): Observable<unknown> {
    return this.#command('restart', (run, subscriber) => {
      this.#launch(run, key, { restart: true }, subscriber);
    });
  }

  stop(key: K, within?: number): Observable<StopReport<K>> {
    optionalMs('within', within);
    return this.#command('stop', (run, subscriber) => {
      const slot = this.#slots.byKey.get(key);
      if (slot?.stoppable !== true) {
        const rests = this.#slots.open ? slot?.state : undefined;
        subscriber.error(new ProcessNotFoundError(key, rests === undefined ? 'there is none' : `it rests (${rests})`));
        return;
      }
      if (slot.state === 'stuck') subscriber.error(new ProcessStuckError(key));
      let ranAt = slot.since;
      this.#wait('stop', subscriber, this.#slots.hub.keyed.of(key), (event) => {
        const { type, incarnation, at } = event;
        if (type === 'running') ranAt = at;
        else if ('error' in event) subscriber.error(event.error);
        else if (event.type === 'stuck') subscriber.error(new ProcessStuckError(key));
        else if (event.type === 'stopped')
          give(subscriber, { key, incarnation, forced: event.forced, uptime: event.uptime });
        // It ended by itself before it was asked.
        else if (type === 'completed') give(subscriber, { key, incarnation, forced: false, uptime: at - ranAt });
        // It only waited.
        else if (type === 'held') give(subscriber, { key, incarnation, forced: false, uptime: 0 });
      });
      run.stops.next(key);
      slot.hold(within);
      run.touch(key);
    });
  }

  reconcile(): Observable<Reconciled> {
    return this.#command('reconcile', (run, subscriber) => {
      this.#wait('reconcile', subscriber);
      run.full.request('request', (summary) => give(subscriber, summary));
    });
  }

  plan(): Observable<Plan<K>> {
    return this.#command('plan', (run, subscriber) => {
      this.#wait('plan', subscriber);
      run.full.plan((read) => {
        if ('plan' in read) give(subscriber, read.plan);
        else subscriber.error(read.error);
      });
    });
  }

  #command<T>(name: string, give: (run: Run<K, V>, subscriber: Subscriber<T>) => void): Observable<T> {
    return new Observable((subscriber) => {
      this.#slots.mailbox.post(() => {
        const run = this.#run();
        // A stop joins a shutdown; nothing else makes sense during one.
        if (run === undefined || (!this.#slots.open && name !== 'stop')) subscriber.error(new NotRunningError(name));
        else give(run, subscriber);
      });
    });
  }

  /** Reads the row, starts the process with it, and waits until it runs. */
  #launch(run: Run<K, V>, key: K, wish: Wish, subscriber: Subscriber<unknown>): void {
    const { byKey, hub } = this.#slots;
    /** Events of incarnations up to this one are about the process before. */
    let before = Infinity;
    this.#wait(wish.restart ? 'restart' : 'start', subscriber, hub.keyed.of(key), (event) => {
      if (before === Infinity) return;
      const own = event.incarnation > before;
      if (event.type === 'running' && own) give(subscriber, byKey.get(key)?.live?.process);
      else if (event.type === 'failed' && own) subscriber.error(event.error);
      else if (event.type === 'stuck') subscriber.error(new ProcessStuckError(key));
      else if (event.type === 'removed') subscriber.error(new ProcessNotFoundError(key, 'its row was removed'));
      else if (event.type === 'held') {
        subscriber.error(new ProcessNotRunningError(key, 'stopped before it was ready'));
      }
    });
    const stopped = run.stops
      .of(key)
      .pipe(take(1))
      // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
      .subscribe(() => subscriber.error(new ProcessNotRunningError(key, 'stopped before it was ready')));
    run.look(key, (found, apply) => {
      const slot = byKey.get(key);
      if (stopped.closed) {
        apply();
        return;
      }
      stopped.unsubscribe();
      if (found.kind === 'row' && (wish.restart || slot?.exists !== true)) {
        before = slot === undefined ? -1 : slot.state === 'queued' ? slot.incarnation - 1 : slot.incarnation;
        apply(wish);
        return;
      }
      if (found.kind !== 'absent' || !wish.restart || slot?.abandon() !== true) apply();
      if (found.kind === 'absent') subscriber.error(new ProcessNotFoundError(key, 'the table has no such row'));
      else if (found.kind === 'row') subscriber.error(new ProcessExistsError(key, slot?.state ?? 'starting'));
      else subscriber.error(found.error);
    });
  }

  /** No command outlives its run. */
  #wait(
    name: string,
    subscriber: Subscriber<never>,
    events: Observable<LifecycleEvent<K, V>> = this.#slots.hub.events,
    each: (event: ProcessEvent<K, V>) => void = () => undefined,
  ): void {
    subscriber.add(
      // eslint-disable-next-line rxjs-x/no-ignored-error -- the hub never errors
      events.subscribe((event) => {
        if (event.type === 'down') subscriber.error(new NotRunningError(name));
        else if (isProcessEvent(event)) each(event);
      }),
    );
  }
}

function give<T>(subscriber: Subscriber<T>, value: T): void {
  subscriber.next(value);
  subscriber.complete();
}
