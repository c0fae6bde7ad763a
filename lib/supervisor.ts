import { distinctUntilChanged, filter, firstValueFrom, map, NEVER, Observable, startWith } from 'rxjs';
import type { ForceSignal } from './abort.ts';
import type { StopReport } from './commands.ts';
import { Commands } from './commands.ts';
import { ProcessNotFoundError, ProcessNotRunningError } from './errors.ts';
import type { LifecycleEvent, Reconciled } from './events.ts';
import type { Explanation } from './explain.ts';
import { explain } from './explain.ts';
import type { Hub } from './hub.ts';
import { patient } from './patient.ts';
import type { Plan } from './plan.ts';
import { endNow, Run } from './run.ts';
import type { OutputOf, Process, Runnable } from './runnable.ts';
import type { ProcessOptions, SupervisorOptions } from './settings.ts';
import { resolveSettings } from './settings.ts';
import { Slots } from './slots.ts';
import type { ProcessStatus } from './status.ts';
import type { Key, Table } from './table.ts';

/**
 * Keeps one live process for every row of a table: `K` are the keys, `V` the rows, `P` the processes, `T` what they emit.
 *
 * Commands are cold: subscribing gives the command, unsubscribing only stops waiting for it. `start`, `stop`, `restart`,
 * `reconcile` and `plan` error with a NotRunningError when no run is active, also when the run ends while they wait.
 */
export interface Supervisor<K extends Key, V, P, T = OutputOf<P>>
  extends Runnable<LifecycleEvent<K, V>>, AsyncDisposing {
  /**
   * Cold: subscribing starts. Emits the lifecycle events of this run and completes after `down`. When `running`
   * completes everything is stopped gracefully; when it errors too, and the error is passed on. When `force` aborts
   * everything is forced. Unsubscribing ends everything now. A second run waits for the first to end.
   */
  run(running?: Observable<never>, context?: { readonly force?: ForceSignal }): Observable<LifecycleEvent<K, V>>;
  /**
   * Starts the process of a key that has none, or that waits or rests. Emits the process once it is running. Errors with
   * a ProcessExistsError, a ProcessNotFoundError when the table has no such row, or what the process failed with before
   * it was ready (the restart policy goes on as usual). `within`: ms, a `startTimeout` for this start.
   */
  start(key: K, options?: { readonly within?: number }): Observable<P>;
  /**
   * Stops a process, and holds the key until its row changes or a command starts it. Emits a report when it is gone.
   * Errors with a ProcessNotFoundError, with the error that the process ends with, or with a ProcessStuckError. A
   * second stop joins the first. `within`: ms instead of `stopTimeout`; 0 is force.
   */
  stop(key: K, options?: { readonly within?: number }): Observable<StopReport<K>>;
  /** Stop and start as one step. Also ends any wait or rest, and abandons what is stuck. Emits the new process. */
  restart(key: K): Observable<P>;
  /** Reads everything now. Emits the summary of that pass; `complete` says whether it was read to its end. */
  reconcile(): Observable<Reconciled>;
  /** Reads everything and does nothing. Emits what a reconciliation would do. Errors when the read fails. */
  plan(): Observable<Plan<K>>;
  /** The running process object. Throws a ProcessNotFoundError or a ProcessNotRunningError. */
  get(key: K): P;
  /** How a key is now; `undefined` when there is nothing of it. */
  status(key: K): ProcessStatus<K, V> | undefined;
  /** How all keys are: a live view of immutable values, the fold of the events delivered so far. */
  statuses(): ReadonlyMap<K, ProcessStatus<K, V>>;
  /** How a key is now, then each change. Never ends. */
  watch(key: K): Observable<ProcessStatus<K, V> | undefined>;
  /** Hot: what the process of one key emits, over all its incarnations. Never ends. */
  output(key: K): Observable<T>;
  /** Hot: what processes emit, with their keys. Never ends. */
  readonly outputs: Observable<readonly [K, T]>;
  /** Hot: the lifecycle events of all runs, and what happens between them. Never ends. */
  readonly events: Observable<LifecycleEvent<K, V>>;
  /** Why this key is as it is and what happens next. */
  explain(key: K): Explanation;
  /** Ends the run gracefully; resolves when it is down, at once if there is none. */
  close(): Promise<void>;
}

/** `await using` for those who have it. */
type AsyncDisposing = typeof Symbol extends { readonly asyncDispose: infer D extends symbol }
  ? { [S in D]: () => Promise<void> }
  : object;

/** The two ways to make a Supervisor: of each row, or with rows that are processes themselves. */
interface SupervisorConstructor {
  new <K extends Key, V, P extends Process>(table: Table<K, V>, options: ProcessOptions<K, V, P>): Supervisor<K, V, P>;
  new <K extends Key, P extends Process>(table: Table<K, P>, options?: SupervisorOptions<K, P>): Supervisor<K, P, P>;
}

class TableSupervisor<K extends Key, V> {
  readonly #table: Table<K, V>;
  readonly #hub: Hub<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #commands: Commands<K, V>;
  /** What begins each of the runs that wait for their turn. */
  readonly #waiting = new Set<() => void>();
  #run: Run<K, V> | undefined = undefined;

  readonly events: Observable<LifecycleEvent<K, V>>;
  readonly outputs: Observable<readonly [K, unknown]>;
  readonly [patient] = true;

  constructor(table: Table<K, V>, options: SupervisorOptions<K, V> & Partial<ProcessOptions<K, V, Process>> = {}) {
    this.#table = table;
    this.#slots = new Slots(resolveSettings(options));
    this.#hub = this.#slots.hub;
    this.events = this.#hub.events;
    this.outputs = this.#hub.outputs.asObservable();
    this.#commands = new Commands(this.#slots, () => this.#run);
  }

  run(
    running: Observable<never> = NEVER,
    context: { readonly force?: ForceSignal } = {},
  ): Observable<LifecycleEvent<K, V>> {
    return new Observable((subscriber) => {
      let run: Run<K, V> | undefined;
      const begin = (): void => {
        run = this.#run = new Run(this.#table, this.#slots, running, (failure) => {
          run = this.#run = undefined;
          if (failure === undefined) subscriber.complete();
          else subscriber.error(failure.error);
          this.#slots.mailbox.post(() => this.#beginNext());
        });
        // The subscriber itself: one call less for each event.
        this.#hub.events.subscribe(subscriber);
        run.begin(context.force);
      };
      this.#waiting.add(begin);
      subscriber.add(() => {
        this.#waiting.delete(begin);
        if (run !== undefined) endNow(run, this.#slots);
      });
      this.#slots.mailbox.post(() => this.#beginNext());
    });
  }

  start(key: K, { within }: { readonly within?: number } = {}): Observable<unknown> {
    return this.#commands.start(key, within);
  }

  stop(key: K, { within }: { readonly within?: number } = {}): Observable<StopReport<K>> {
    return this.#commands.stop(key, within);
  }

  restart(key: K): Observable<unknown> {
    return this.#commands.restart(key);
  }

  reconcile(): Observable<Reconciled> {
    return this.#commands.reconcile();
  }

  plan(): Observable<Plan<K>> {
    return this.#commands.plan();
  }

  get(key: K): unknown {
    const slot = this.#slots.byKey.get(key);
    if (slot?.state === undefined) throw new ProcessNotFoundError(key, 'there is none');
    if (slot.state !== 'running' || slot.live === undefined)
      throw new ProcessNotRunningError(key, slot.state, slot.live?.process);
    return slot.live.process;
  }

  status(key: K): ProcessStatus<K, V> | undefined {
    return this.statuses().get(key);
  }

  statuses(): ReadonlyMap<K, ProcessStatus<K, V>> {
    return this.#hub.statuses;
  }

  watch(key: K): Observable<ProcessStatus<K, V> | undefined> {
    return this.#hub.keyed.of(key).pipe(
      startWith(undefined),
      map(() => this.status(key)),
      distinctUntilChanged(),
    );
  }

  output(key: K): Observable<unknown> {
    return this.#hub.keyedOutputs.of(key);
  }

  explain(key: K): Explanation {
    return explain(key, this.status(key), {
      now: this.#slots.settings.scheduler.now(),
      open: this.#slots.open,
      slot: this.#slots.byKey.get(key),
    });
  }

  async close(): Promise<void> {
    const run = this.#run;
    if (this.#slots.run === undefined) return;
    const down = firstValueFrom(this.events.pipe(filter((event) => event.type === 'down')), {
      defaultValue: undefined,
    });
    this.#slots.mailbox.post(() => run?.shutDown());
    await down;
  }

  /** Where the platform has no such symbol, nobody has this one. */
  [(Symbol as { readonly asyncDispose?: symbol }).asyncDispose ?? Symbol()](): Promise<void> {
    return this.close();
  }

  /** One run at a time. */
  #beginNext(): void {
    if (this.#run !== undefined) return;
    for (const begin of this.#waiting) {
      this.#waiting.delete(begin);
      begin();
      return;
    }
  }
}

/** See the interface of the same name. */
export const Supervisor = TableSupervisor as unknown as SupervisorConstructor;
