import type { Subscription } from 'rxjs';
import { Subject, tap } from 'rxjs';
import type { Key, LifecycleEvent, Process, ProcessContext, ProcessOptions, Table } from '../index.ts';
import { isProcessEvent, MemoryTable, Supervisor } from '../index.ts';
import { Agreement } from './agreement.ts';
import { Census } from './census.ts';
import { show } from './contract-error.ts';
import { EventRules } from './event-rules.ts';
import { SimulatedRows } from './simulated-rows.ts';
import { SimulationCommands } from './simulation-commands.ts';
import type { Ending, SimulatedAction, SimulatedStep } from './simulation-step.ts';
import { UnsteadyTable } from './unsteady-table.ts';

/** A table that a simulation reads and writes to. */
export interface SimulatedTable<K extends Key, V> {
  readonly table: Table<K, V>;
  set(key: K, value: V): unknown;
  delete(key: K): unknown;
}

/** What rules of your own may look at. */
export interface SimulationState<K extends Key, V> {
  readonly supervisor: Supervisor<K, V, Process>;
  /** What the table holds. */
  readonly rows: ReadonlyMap<K, V>;
  /** All events so far. */
  readonly events: readonly LifecycleEvent<K, V>[];
}

/** What is simulated: how rows become processes, with any options of a supervisor. Made anew for each history. */
export interface SimulationSubject<K extends Key, V> extends ProcessOptions<K, V, Process> {
  /** The table; a `MemoryTable` by default. */
  readonly table?: SimulatedTable<K, V>;
  /** Looks after each event and each step whether a rule of your own is kept. What it throws is what is reported. */
  readonly always?: (state: SimulationState<K, V>) => void;
  /** The same, only when nothing has happened from outside for a while and the table was read completely. */
  readonly whenQuiet?: (state: SimulationState<K, V>) => void;
}

/** A rule was broken. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

/** How long a run may take to end: ms. Virtual time costs nothing. */
const PATIENCE = 600_000;

/** Plays one history. */
export class Simulation<K extends Key, V> {
  readonly events: LifecycleEvent<K, V>[] = [];
  readonly #keys: readonly K[];
  readonly #quiet: number;
  readonly #subject: SimulationSubject<K, V>;
  readonly #source: SimulatedTable<K, V>;
  readonly #table: UnsteadyTable<K, V>;
  readonly #supervisor: Supervisor<K, V, Process>;
  readonly #rules: EventRules<K, V>;
  readonly #census: Census<K>;
  readonly #commands: SimulationCommands<K>;
  readonly #agreement: Agreement<K, V>;
  readonly #rows = new SimulatedRows<K, V>();
  readonly #state: SimulationState<K, V>;
  readonly #reactions: { readonly event: string; readonly then: SimulatedAction<V> }[] = [];
  /** Keys that were stopped when everything about them was known, and that nothing may start since. */
  readonly #stopped = new Set<K>();
  /** When each process was started. */
  readonly #startedAt = new Map<K, number>();
  #broken: BrokenRule | undefined = undefined;
  #moment = 0;
  /** When everything was last known to agree. */
  #agreedAt = -1;
  #run:
    | { readonly subscription: Subscription; readonly stop$: Subject<never>; readonly force: AbortController }
    | undefined;

  constructor(keys: readonly K[], quiet: number, subject: SimulationSubject<K, V>) {
    const { table, ...options } = subject;
    const broken = (what: string): void => this.#breaks(what);
    this.#keys = keys;
    this.#quiet = quiet;
    this.#subject = subject;
    this.#source = table ?? memory();
    this.#table = new UnsteadyTable(this.#source.table);
    this.#census = new Census(broken);
    this.#commands = new SimulationCommands(broken);
    this.#supervisor = new Supervisor<K, V, Process>(this.#table, {
      ...options,
      process: (value, context) =>
        this.#census.count(options.process(value, context), context as unknown as ProcessContext<K, never>),
    });
    this.#rules = new EventRules(this.#supervisor, broken);
    this.#agreement = new Agreement(options, this.#rows, this.#census, this.#commands, broken);
    this.#state = { supervisor: this.#supervisor, rows: this.#rows.now, events: this.events };
    // eslint-disable-next-line rxjs-x/no-ignored-subscription, rxjs-x/no-ignored-error -- it lives as long as the supervisor, whose events never error
    this.#supervisor.events.subscribe((event) => this.#hear(event));
  }

  /** Yields how many ms are to pass before it goes on. Throws when a rule is broken. */
  *play(steps: readonly SimulatedStep<V>[]): Generator<number, void> {
    yield* this.#begin();
    for (const { wait, ...step } of steps) {
      yield* this.#pass(wait);
      if (step.do === 'on') this.#reactions.push(step);
      else if (step.do === 'settle') yield* this.#settle();
      else if (step.do === 'end') {
        yield* this.#end(step.how);
        yield* this.#begin();
      } else {
        this.#do(step, true);
        yield* this.#pass(0);
      }
    }
    yield* this.#settle();
    yield* this.#end('gracefully');
  }

  /** `timers`: how many are armed when all is over. */
  conclude(timers: number): void {
    const stuck = [...this.#supervisor.statuses().keys()];
    // What is stuck may have timers of its own.
    if (stuck.length > 0 || timers === 0) return;
    throw new BrokenRule(`nothing is left after the end, but ${timers === 1 ? 'a timer is' : `${timers} timers are`}`);
  }

  close(): void {
    this.#commands.close();
    this.#run?.subscription.unsubscribe();
  }

  *#pass(ms: number): Generator<number, void> {
    yield ms;
    this.#look(this.#subject.always);
    if (this.#broken !== undefined) throw this.#broken;
  }

  *#begin(): Generator<number, void> {
    const stop$ = new Subject<never>();
    const force = new AbortController();
    const subscription = this.#supervisor.run(stop$, { force: force.signal }).subscribe();
    this.#run = { subscription, stop$, force };
    yield* this.#pass(0);
  }

  *#end(how: Ending): Generator<number, void> {
    this.#reactions.length = 0;
    this.#stopped.clear();
    const before = this.#downs();
    if (how === 'gracefully') this.#run?.stop$.complete();
    else if (how === 'by force') this.#run?.force.abort();
    else this.#run?.subscription.unsubscribe();
    for (let passed = 0; this.#downs() === before; passed += 1_000) {
      if (passed > PATIENCE) this.#breaks(`a run ends, but this one has not, ${PATIENCE} ms after it was to (${how})`);
      yield* this.#pass(passed === 0 ? 0 : 1_000);
    }
    this.#run = undefined;
    this.#commands.down();
    for (const key of this.#keys) {
      if (this.#census.living(key).size > 0 && !this.#supervisor.statuses().has(key)) {
        this.#breaks(`nothing lives after the end, but ${show(key)} does`);
      }
    }
    yield* this.#pass(0);
  }

  /** No more trouble from outside: after one complete read, and some time, everything must agree. */
  *#settle(): Generator<number, void> {
    const read = { complete: false };
    this.#reactions.length = 0;
    this.#table.steady();
    for (let tries = 0; !read.complete; tries++) {
      if (tries > 20) this.#breaks('a table without trouble can be read, but 20 reads were not complete');
      this.#commands.give(
        'reconcile',
        undefined,
        this.#moment,
        Infinity,
        this.#supervisor.reconcile().pipe(tap(({ complete }) => (read.complete = complete))),
      );
      yield* this.#pass(this.#quiet);
    }
    yield* this.#pass(this.#quiet);
    for (const key of this.#keys) this.#agreement.look(key, this.#supervisor.status(key));
    this.#look(this.#subject.whenQuiet);
    this.#agreedAt = ++this.#moment;
    yield* this.#pass(0);
  }

  #do(action: SimulatedAction<V>, fromOutside: boolean): void {
    const moment = ++this.#moment;
    const key = 'key' in action ? (this.#keys[action.key] as K) : undefined;
    if (key !== undefined && action.do !== 'stop') this.#stopped.delete(key);
    if (action.do === 'set' || action.do === 'delete') {
      if (action.do === 'delete' && !this.#rows.now.has(key as K)) return;
      this.#rows.write(key as K, action.do === 'set' ? action.value : undefined, moment);
      this.#table.told = action.told;
      if (action.do === 'set') this.#source.set(key as K, action.value);
      else this.#source.delete(key as K);
    } else if (action.do === 'trouble') {
      for (let i = 0; i < action.times; i++) this.#table.faults.push(action.fault);
    } else if (action.do === 'lose changes') {
      this.#table.loseChanges();
    } else if (action.do === 'reconcile') {
      this.#commands.give('reconcile', undefined, moment, action.patience, this.#supervisor.reconcile());
    } else if (key !== undefined && action.do !== 'settle' && action.do !== 'end') {
      // A row that changed since it was last read may start it again.
      const known = this.#rows.writtenAt(key) < this.#agreedAt;
      const up = ['queued', 'starting', 'running', 'stopping', 'backoff'].includes(this.#rules.stateOf(key));
      if (action.do === 'stop' && fromOutside && known && up) this.#stopped.add(key);
      this.#commands.give(action.do, key, moment, action.patience, this.#supervisor[action.do](key));
    }
  }

  #hear(event: LifecycleEvent<K, V>): void {
    this.events.push(event);
    this.#moment++;
    this.#rules.hear(event);
    if (isProcessEvent(event)) this.#hearOf(event);
    this.#look(this.#subject.always);
    const index = this.#reactions.findIndex((reaction) => reaction.event === event.type);
    const [reaction] = index < 0 ? [] : this.#reactions.splice(index, 1);
    if (reaction !== undefined) this.#do(reaction.then, false);
  }

  #hearOf(event: Extract<LifecycleEvent<K, V>, { readonly incarnation: number }>): void {
    const { key, type, incarnation } = event;
    const living = this.#census.living(key).has(incarnation);
    if (['stopped', 'failed', 'completed', 'removed'].includes(type) && living) {
      this.#breaks(`an end is told once it has come, but ${show(key)} has ${type} and lives`);
    }
    if (type === 'starting') {
      if (this.#stopped.has(key)) this.#breaks(`what a command has stopped stays stopped, but ${show(key)} is started`);
      this.#startedAt.set(key, this.#moment);
    }
    if (type === 'removed' || (type === 'stopping' && event.cause === 'removed')) {
      const seen = this.#rows.between(key, this.#startedAt.get(key) ?? 0, this.#moment);
      if (!seen.includes(undefined)) {
        this.#breaks(`only what has no row is removed, but ${show(key)} has had one all the time`);
      }
    }
    if (type === 'held' || type === 'completed' || type === 'given-up') this.#agreement.rests(key, this.#moment);
  }

  #look(rule: ((state: SimulationState<K, V>) => void) | undefined): void {
    try {
      rule?.(this.#state);
    } catch (error) {
      this.#broken ??= new BrokenRule(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #downs(): number {
    return this.events.filter(({ type }) => type === 'down').length;
  }

  #breaks(what: string): void {
    this.#broken ??= new BrokenRule(what);
  }
}

function memory<K extends Key, V>(): SimulatedTable<K, V> {
  const table = new MemoryTable<K, V>();
  return {
    table: table,
    set: (key, value) => table.set(key, value),
    delete: (key) => table.delete(key),
  };
}
