import { Observable, Subject } from 'rxjs';
import type { Key, LifecycleEvent, ProcessContext, ProcessPolicy, ProcessStatus } from '../../lib/index.ts';
import { applyEvent, Supervisor } from '../../lib/index.ts';
import type { Action, History, PolicySpec, Step } from './history.ts';
import type { Line } from './judge.ts';
import { compareStatuses, Judge } from './judge.ts';
import { Processes } from './processes.ts';
import { showKey } from './show.ts';
import { ModelTable } from './table.ts';
import type { Value } from './world.ts';
import { Mishap, Violation, World } from './world.ts';

type Event = LifecycleEvent<Key, Value>;

interface Command {
  readonly name: string;
  readonly key: Key | undefined;
  readonly given: number;
  readonly moment: number;
  /** What had been worked when it was given, all in all: ms. */
  readonly workedBefore: number;
  outcome: 'none' | 'value' | 'error';
  ended: boolean;
  error: unknown;
  abandoned: boolean;
}

interface RunRecord {
  readonly stop: Subject<never>;
  readonly force: AbortController;
  readonly log: Event[];
  cut: () => void;
  begun: number;
  ended: boolean;
  error: unknown;
  unsubscribed: boolean;
  failure: unknown;
}

interface Reaction {
  readonly event: string;
  readonly who: number;
  readonly then: Action;
}

/** Plays a history; throws the first violation. What settles in a microtask has no place in it: see `playSlowly`. */
export function play(history: History, verbose = false, log: string[] = []): void {
  const player = new Player(history, verbose, log);
  const playing = player.play();
  player.guard(() => {
    while (playing.next().done !== true);
  });
}

/** The same; after each thing that happens all microtasks run, so that real Promises settle in virtual time. */
export async function playSlowly(history: History, verbose = false, log: string[] = []): Promise<void> {
  const player = new Player(history, verbose, log);
  const playing = player.play();
  const next = (): boolean => player.guard(() => playing.next().done !== true);
  while (next()) await new Promise((resolve) => setImmediate(resolve));
}

/** Pauses wherever microtasks may run. */
type Play = Generator<void, void>;

class Player {
  readonly world: World;
  readonly table: ModelTable;
  readonly supervisor: Supervisor<Key, Value, unknown>;
  readonly judge: Judge;
  readonly #ticks = new Subject<void>();
  readonly commands: Command[] = [];
  readonly runs: RunRecord[] = [];
  readonly reactions: Reaction[] = [];
  /** What the second subscriber has heard, from when it subscribed. */
  readonly second: Event[] = [];
  #secondFrom = -1;
  #openRunning = 0;
  #depth = 0;
  /** The history is over. */
  #calm = false;

  constructor(
    private readonly history: History,
    verbose: boolean,
    log: string[],
  ) {
    const { config } = history;
    const world = new World(config, log);
    this.world = world;
    world.verbose = verbose;
    world.perform = (action) => this.#nested(action);
    this.table = new ModelTable(world);
    const processes = new Processes(world);
    this.supervisor = new Supervisor<Key, Value, never>(this.table, {
      ...this.#policy(config.policy),
      policy: (value) => (value.policy === undefined ? {} : this.#policy(value.policy)),
      process: (value, context) => processes.build(value, context as unknown as ProcessContext<never, Value>) as never,
      interval: config.interval === 'ticks' ? this.#ticks : config.interval,
      readTimeout: config.readTimeout,
      initialWait: config.initialWait,
      startConcurrency: config.startConcurrency,
      scheduler: world.clock.scheduler(world.timers),
    });
    this.judge = new Judge(world, this.supervisor, () => this.#active !== undefined);
  }

  *play(): Play {
    const { world, history } = this;
    history.rows.slice(0, world.keys.length).forEach((row, index) => world.set(world.keyAt(index), row));
    this.supervisor.events.subscribe((event) => {
      this.judge.hear(event);
      this.#react(event, 0);
    });
    yield* this.#do({ do: 'run' });
    for (const step of history.steps) yield* this.#step(step);
    yield* this.#finish();
  }

  /** A rule that was broken before is told, rather than what came of it. */
  guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof Violation || this.world.violations.length === 0) throw error;
      throw this.world.violations[0] as Violation;
    }
  }

  #policy({
    when,
    delay,
    resetAfter,
    limit,
    onChange,
    startTimeout,
    stopTimeout,
    killTimeout,
  }: PolicySpec): ProcessPolicy<Key, Value> {
    return {
      restart: {
        when,
        resetAfter,
        ...(limit && { limit }),
        delay:
          delay === 'grows'
            ? (attempt) => attempt * 3
            : delay === 'throws'
              ? () => {
                  throw new Mishap('delay');
                }
              : delay,
      },
      onChange:
        onChange === 'by number'
          ? (_previous, next) => (['restart', 'ignore', 'update'] as const)[next.content % 3] as 'restart'
          : onChange === 'throws'
            ? () => {
                throw new Mishap('onChange');
              }
            : onChange,
      startTimeout,
      stopTimeout,
      killTimeout,
    };
  }

  *#step(step: Step): Play {
    if (step.wait > 0) yield* this.#advance(step.wait);
    if (step.do === 'settle') yield* this.#settle();
    else if (step.do === 'on') this.reactions.push({ event: step.event, who: step.who, then: step.then });
    else yield* this.#do(step);
  }

  /** At top level: whatever it leads to has happened when this returns. */
  *#do(action: Action): Play {
    this.world.note(
      () =>
        `>>> ${JSON.stringify(action, (_, value: unknown) => (typeof value === 'object' && value !== null && 'lives' in value ? '…' : value))}`,
    );
    this.#perform(action);
    yield;
    this.#check();
  }

  #nested(action: Action): void {
    this.world.note(() => `>>> nested ${action.do}`);
    this.#depth++;
    this.#perform(action);
    this.#depth--;
  }

  #react(event: Event, who: number): void {
    for (let i = 0; i < this.reactions.length; i++) {
      const reaction = this.reactions[i] as Reaction;
      if (reaction.event !== event.type || reaction.who !== who) continue;
      this.reactions.splice(i, 1);
      this.#nested(reaction.then);
      return;
    }
  }

  #perform(action: Action): void {
    const { world } = this;
    world.moment++;
    switch (action.do) {
      case 'set':
      case 'revert':
      case 'rewrite':
      case 'delete':
      case 'spoil': {
        const key = world.keyAt(action.key);
        if (action.announced === 'before') this.table.announce([key]);
        if (action.do === 'set') world.set(key, action.row);
        else world[action.do](key);
        if (world.mutated.get(key) === world.moment) this.judge.holds.delete(key);
        switch (action.announced) {
          case 'now':
            this.table.announce([key]);
            break;
          case 'twice':
            this.table.announce([key, key]);
            this.table.announce([key]);
            break;
          case 'as all':
            this.table.announce('all');
            break;
          case 'late':
            world.clock.after(4, () => this.table.announce([key]));
            break;
          default:
        }
        break;
      }
      case 'announce':
        this.table.announce(action.key === 'all' ? 'all' : [world.keyAt(action.key)]);
        break;
      case 'lose changes':
        this.table.lose();
        break;
      case 'tick':
        this.#ticks.next();
        break;
      case 'reads':
        for (let i = 0; i < action.times; i++) this.table.next.push(action.reading);
        break;
      case 'start': {
        const key = world.keyAt(action.key);
        this.judge.holds.delete(key);
        this.#command(
          'start',
          key,
          action.patience,
          this.supervisor.start(key, action.within === undefined ? {} : { within: action.within }),
        );
        break;
      }
      case 'restart': {
        const key = world.keyAt(action.key);
        this.judge.holds.delete(key);
        this.#command('restart', key, action.patience, this.supervisor.restart(key));
        break;
      }
      case 'stop': {
        const key = world.keyAt(action.key);
        const { state } = this.judge.line(key);
        // Given from inside a handler, what it finds in its turn can't be known here: it holds once it has been done.
        const accepted =
          this.#depth === 0 &&
          this.judge.open &&
          ['queued', 'starting', 'running', 'stopping', 'backoff'].includes(state);
        if (accepted && !this.#wasAbsent(key)) this.judge.holds.set(key, [this.#known(key)]);
        this.#command(
          'stop',
          key,
          action.patience,
          this.supervisor.stop(key, action.within === undefined ? {} : { within: action.within }),
        );
        break;
      }
      case 'reconcile':
        this.#command('reconcile', undefined, action.patience, this.supervisor.reconcile());
        break;
      case 'plan':
        this.#command('plan', undefined, action.patience, this.supervisor.plan());
        break;
      case 'run':
        if (this.runs.filter((run) => !run.ended && !run.unsubscribed).length < 2) this.#run();
        break;
      case 'end':
        this.#end(action.how);
    }
  }

  /**
   * A stop that was given inside a handler has been carried out: it holds, if nothing was done to the key since, and no
   * change of its row from before, of which nobody had been told, was read only then.
   */
  #holds(key: Key, given: number, known: number | undefined): void {
    const { world, judge } = this;
    const touched =
      Math.max(world.mutated.get(key) ?? 0, world.toldAbsent.get(key) ?? 0) > given || this.#wasAbsent(key);
    const wanted = this.commands.some(
      (command) => Object.is(command.key, key) && command.name !== 'stop' && command.moment > given,
    );
    if (judge.open && !touched && !wanted && known === this.#known(key)) judge.holds.set(key, [known]);
  }

  /** A stop is about the process that there was, and not about one that was started later. */
  #isOfItsOwn({ name, key, given, workedBefore }: Command): void {
    const { world, judge } = this;
    if (name === 'stop' && key !== undefined && judge.line(key).startedAt > given + world.worked - workedBefore)
      world.broken('6', `${name} ${showKey(key)} is answered by a process that was started after it was given`);
  }

  /** A row that was seen absent since its process started: coming back, it starts the key, also against a stop. */
  #wasAbsent(key: Key): boolean {
    return (this.world.toldAbsent.get(key) ?? 0) > this.judge.line(key).startMoment;
  }

  #command(name: string, key: Key | undefined, patience: number, command$: Observable<unknown>): void {
    const { world } = this;
    if (key !== undefined) world.hinted.set(key, ++world.moment);
    const command: Command = {
      name,
      key,
      given: world.clock.now,
      moment: world.moment,
      workedBefore: world.worked,
      outcome: 'none',
      ended: false,
      error: undefined,
      abandoned: false,
    };
    const label = `${name}${key === undefined ? '' : ` ${showKey(key)}`}`;
    const nested = this.#depth > 0;
    const known = key === undefined ? undefined : this.#known(key);
    this.commands.push(command);
    if (name === 'plan') world.plans.add(command);
    const end = (): void => {
      command.ended = true;
      world.plans.delete(command);
    };
    const subscription = command$.subscribe({
      next: (value) => {
        world.note(() => `         ${label} → a value`);
        if (command.outcome !== 'none') world.broken('6', `${label} has two values`);
        command.outcome = 'value';
        if ((name === 'start' || name === 'restart') && key !== undefined) {
          if (value !== world.built.get(key)) world.broken('6', `${label} gives another process than the newest`);
          if (this.judge.line(key).state !== 'running')
            world.broken('6', `${label} gives a process that is ${this.judge.line(key).state}`);
        }
        if (
          name === 'stop' &&
          key !== undefined &&
          (value as { incarnation: number }).incarnation !== this.judge.line(key).incarnation
        ) {
          world.broken('6', `${label} reports another incarnation`);
        }
        this.#isOfItsOwn(command);
        if (name === 'stop' && key !== undefined && nested) this.#holds(key, command.moment, known);
      },
      error: (error: unknown) => {
        world.note(() => `         ${label} → ${String(error)}`);
        command.outcome = 'error';
        command.error = error;
        if (key !== undefined && error === this.judge.line(key).error) this.#isOfItsOwn(command);
        end();
        if (error instanceof TypeError || error instanceof RangeError)
          world.broken('8', `${label} errors with ${String(error.stack)}`);
      },
      complete: () => {
        if (command.outcome === 'none') world.broken('6', `${label} completes without a value`);
        end();
      },
    });
    if (command.ended || patience === Infinity) return;
    const abandon = (): void => {
      if (command.ended) return;
      command.abandoned = true;
      subscription.unsubscribe();
    };
    if (patience === 0) abandon();
    else world.clock.after(patience, abandon);
  }

  #run(): void {
    const { world } = this;
    const stop = new Subject<never>();
    const run: RunRecord = {
      stop,
      force: new AbortController(),
      log: [],
      cut: () => undefined,
      begun: -1,
      ended: false,
      error: undefined,
      unsubscribed: false,
      failure: undefined,
    };
    const running = new Observable<never>((subscriber) => {
      this.#openRunning++;
      subscriber.add(() => this.#openRunning--);
      if (run.failure !== undefined) subscriber.error(run.failure);
      return stop.subscribe(subscriber);
    });
    this.runs.push(run);
    new Observable<Event>((subscriber) => {
      run.cut = () => subscriber.unsubscribe();
      return this.supervisor.run(running, { force: run.force.signal }).subscribe(subscriber);
    }).subscribe({
      next: (event) => {
        if (run.log.length === 0) run.begun = this.judge.events.length - 1;
        run.log.push(event);
      },
      error: (error: unknown) => {
        run.ended = true;
        run.error = error;
      },
      complete: () => {
        run.ended = true;
      },
    });
    world.note(() => 'run subscribed');
  }

  get #active(): RunRecord | undefined {
    return this.runs.find((run) => !run.ended && !run.unsubscribed);
  }

  #end(how: History['end']): void {
    const run = this.#active;
    if (run === undefined) return;
    switch (how) {
      case 'gracefully':
        run.stop.complete();
        break;
      case 'with an error':
        run.failure = new Mishap('running');
        run.stop.error(run.failure);
        break;
      case 'by force':
        run.force.abort();
        break;
      case 'by unsubscribing':
        run.unsubscribed = true;
        this.judge.cut = true;
        run.cut();
        break;
      case 'by close':
        void this.supervisor.close();
    }
  }

  *#advance(ms: number, goesOn = (): boolean => true): Play {
    const { clock } = this.world;
    const end = clock.now + ms;
    while (goesOn() && clock.next(end)) {
      yield;
      this.#check();
    }
    this.#check();
  }

  /** After whatever happened at top level. */
  #check(): void {
    const { world, judge } = this;
    if (this.#secondFrom < 0) {
      // The second subscriber comes after the run's first frame.
      this.#secondFrom = judge.events.length;
      const fold = new Map<Key, ProcessStatus<Key, Value>>(this.supervisor.statuses());
      this.supervisor.events.subscribe((event) => {
        this.second.push(event);
        applyEvent(fold, event);
        compareStatuses(world, fold, this.supervisor, `${event.type}, second subscriber`);
        this.#react(event, 1);
      });
    }
    if (judge.events.length !== this.#secondFrom + this.second.length)
      world.broken('4', 'the second subscriber has heard other events');
    const last = this.second.length - 1;
    if (last >= 0 && this.second[last] !== judge.events[this.#secondFrom + last])
      world.broken('4', 'the second subscriber has another order');
    if (!judge.open && !judge.closing) judge.begin();
    for (const [key, line] of judge.lines) {
      if (line.between && (line.state === 'stopped' || line.state === 'failed')) line.state = 'none';
      this.#inTime(key, line);
    }
    const active = judge.open || judge.closing;
    if (!active && judge.downs > 0) this.#atRest();
    if (world.violations.length > 0) throw world.violations[0] as Violation;
  }

  /** No state lasts longer than it may, and every state has the processes that it says. */
  #inTime(key: Key, line: Line): void {
    const { world, judge } = this;
    // What is due while something works is late.
    const now = world.clock.now - (world.worked - line.workedBefore);
    const policy = line.startedWith === undefined ? world.config.policy : world.policyOf(line.startedWith);
    const living = world.living(key).length;
    if (line.state === 'stopped' || line.state === 'failed')
      world.broken('4', `nothing follows the end of ${showKey(key)}`);
    if (living > 0 && !['starting', 'running', 'stopping', 'stuck'].includes(line.state))
      world.broken('1', `${showKey(key)} is ${line.state}, and lives`);
    if (living === 0 && ['running', 'stopping', 'stuck'].includes(line.state))
      world.broken('2', `${showKey(key)} is ${line.state}, and nothing of it lives`);
    if (line.state === 'starting' && now > line.since + policy.startTimeout && now > line.since + 8) {
      world.broken('2', `${showKey(key)} has been starting since ${String(line.since)}`);
    }
    // The read that it waits for may fail, and is tried again after at most a second and a half.
    if (line.state === 'backoff' && judge.open && world.faults.length < 2 && world.open === 0) {
      const since = Math.max(line.until, ...world.faults);
      if (now > since + 1_600)
        world.broken('2', `${showKey(key)} waits, and was to be tried again at ${String(line.until)}`);
    }
    if (line.state === 'stopping' && now > line.since + Math.max(policy.stopTimeout, 8) + policy.killTimeout) {
      world.broken('2', `${showKey(key)} has been stopping since ${String(line.since)}`);
    }
  }

  /** Between runs nothing is subscribed and no timer is armed. */
  #atRest(): void {
    const { world, judge, table } = this;
    if (this.runs.some((run) => !run.ended && !run.unsubscribed)) return;
    const left = [
      [world.timers.armed, 'timers are armed'],
      [world.open, 'reads are under way'],
      [table.listeners.size, 'subscriptions to changes are left'],
      [this.#ticks.observed ? 1 : 0, 'subscriptions to the interval are left'],
      [this.#openRunning, 'subscriptions to running are left'],
    ] as const;
    for (const [count, what] of left) if (count > 0) world.broken('3', `${String(count)} ${what} after down`);
    for (const key of world.keys) {
      const living = world.living(key).length;
      if (living > 0 && judge.line(key).state !== 'stuck') world.broken('3', `${showKey(key)} lives after down`);
    }
    for (const command of this.commands) {
      if (!command.ended && !command.abandoned) world.broken('6', `${command.name} has not ended by down`);
    }
  }

  /** Nothing fails or is slow any more: then, after one complete read, what lives is what should. */
  *#settle(): Play {
    const { world, judge } = this;
    if (!this.#isOpen()) return;
    world.note(() => '--- settle');
    world.calm = true;
    this.reactions.length = 0;
    this.table.next.length = 0;
    for (const all of world.alive.values()) for (const alive of all) alive.calmDown();
    yield;
    this.#check();
    const read = { complete: false, failed: false };
    const ended = (): boolean => read.complete || read.failed;
    this.supervisor
      .reconcile()
      .subscribe({ next: (summary) => (read.complete = summary.complete), error: () => (read.failed = true) });
    yield;
    this.#check();
    // A read by key that failed is tried again after at most a minute and a half.
    for (let i = 0; i < 20 && !ended(); i++) {
      yield* this.#advance(10_000, () => !ended());
      if (i === 0 && !ended()) {
        this.supervisor
          .reconcile()
          .subscribe({ next: (summary) => (read.complete ||= summary.complete), error: () => (read.failed = true) });
      }
    }
    if (read.failed) {
      // The run has ended; another one may have begun.
      world.calm = this.#calm;
      if (this.#isOpen()) yield* this.#settle();
      return;
    }
    if (!read.complete) world.broken('2', 'no complete read in 200 s');
    yield* this.#advance(3_200);
    // The default backoff is what a delay function that throws leads to.
    for (const { state, until } of judge.lines.values()) {
      if (state === 'backoff' && until > world.clock.now) yield* this.#advance(until - world.clock.now + 100);
    }
    if (this.#isOpen()) {
      world.note(() => '--- settled');
      for (const key of world.keys) this.#agrees(key);
      if (judge.readies !== 1) world.broken('4', `${String(judge.readies)} times ready`);
    }
    for (const command of this.commands) {
      if (!command.ended && !command.abandoned) {
        world.broken(
          '6',
          `${command.name}${command.key === undefined ? '' : ` ${showKey(command.key)}`}, given at ${String(command.given)}, has not ended`,
        );
      }
    }
    world.plans.clear();
    world.calm = this.#calm;
    this.#check();
  }

  /** The content that the library has read of a row, where that is certain. */
  #known(key: Key): number | undefined {
    const { world } = this;
    const { value, startMoment } = this.judge.line(key);
    if ((world.mutated.get(key) ?? 0) < startMoment) return value?.content;
    return world.told.get(key);
  }

  #isOpen(): boolean {
    return this.judge.open;
  }

  /** Quiet means agreement: for this row, this process, or a reason why there is none. */
  #agrees(key: Key): void {
    const { world, judge } = this;
    const line = judge.line(key);
    const row = world.rows.get(key);
    const living = world.living(key);
    const name = showKey(key);
    const wrong = (what: string): void => world.broken('2', `${name}: ${what}`);
    if (living.length !== (line.state === 'running' || line.state === 'stuck' ? 1 : 0))
      wrong(`${line.state}, and ${String(living.length)} live`);
    if (row === undefined) {
      if (line.state !== 'none' && line.state !== 'stuck') wrong(`${line.state}, and there is no row`);
      return;
    }
    if (row.bad) {
      if (['starting', 'stopping', 'queued'].includes(line.state))
        wrong(`${line.state} is no rest, and its row is bad`);
      return;
    }
    const content = line.value?.content;
    const current = content === row.value.content;
    const mutated = world.mutated.get(key) ?? 0;
    const ignored = line.value !== undefined && world.reaction(row.value) === 'ignore';
    const policy = line.startedWith === undefined ? world.config.policy : world.policyOf(line.startedWith);
    /** A command was given after its end that wants it started. */
    const wanted = this.commands.some(
      (command) =>
        Object.is(command.key, key) &&
        (command.name === 'start' || command.name === 'restart') &&
        command.outcome !== 'error' &&
        command.moment > line.restMoment &&
        !(command.abandoned && Math.max(world.faulted, world.toldBad.get(key) ?? 0) >= command.moment),
    );
    switch (line.state) {
      case 'none':
        wrong('has a row, and no process');
        break;
      case 'running':
        if (!current && !ignored)
          wrong(`runs with row ${String(content)}, and the table has ${String(row.value.content)}`);
        if (living[0]?.life.listens === true && living[0].value.content !== content)
          wrong('was not given the newest row');
        if (judge.holds.get(key)?.includes(content) === true)
          world.broken('6', `${name} runs though it was stopped by a command`);
        break;
      case 'completed':
      case 'given-up':
        if (
          !current &&
          !(ignored && (mutated < line.restMoment || [undefined, row.value.content].includes(line.restContent)))
        )
          wrong(`${line.state} with row ${String(content)}, and the table has ${String(row.value.content)}`);
        if (line.state === 'completed' && policy.when === 'always') wrong('completed, and is not started again');
        if (wanted) world.broken('6', `${name} is ${line.state} though a command has started it`);
        break;
      case 'held':
        if (
          !this.commands.some(
            (command) =>
              command.name === 'stop' && Object.is(command.key, key) && command.moment > line.startMoment - 1e9,
          )
        )
          wrong('is held, and no command has stopped it');
        if (!current && mutated > line.restMoment && ![undefined, row.value.content].includes(line.restContent))
          wrong(`held with row ${String(content)}, and the table has ${String(row.value.content)}`);
        if (wanted) world.broken('6', `${name} is held though a command has started it`);
        break;
      case 'stuck':
        if (living[0]?.life.dies !== Infinity && (living[0]?.life.dies ?? 0) < 3_000)
          wrong('stuck, and should have ended');
        break;
      default:
        wrong(`${line.state} is no rest`);
    }
  }

  *#finish(): Play {
    const { world, judge } = this;
    this.#calm = true;
    world.calm = true;
    for (let i = 0; i < 4 && this.#active !== undefined; i++) {
      if (judge.closing) yield* this.#advance(4_000);
      yield* this.#settle();
      yield* this.#do({ do: 'end', how: i > 1 ? 'by unsubscribing' : this.history.end });
      // A run whose `running` isn't subscribed yet ends once it is ready.
      yield* this.#advance(5_000);
    }
    if (this.#active !== undefined || judge.open || judge.closing) world.broken('3', 'the run does not end');
    this.#check();
    for (const run of this.runs) this.#log(run);
    this.reactions.length = 0;
    // What is stuck ends at last, and nothing is left.
    for (const all of [...world.alive.values()]) for (const alive of [...all]) alive.release();
    yield;
    this.#check();
    for (const [key, all] of world.alive) if (all.size > 0) world.broken('3', `${showKey(key)} lives on`);
    if (this.supervisor.statuses().size > 0)
      world.broken('4', `statuses are left: ${[...this.supervisor.statuses().keys()].map(showKey).join()}`);
    this.#check();
  }

  /** What the run's own subscriber heard is a piece of what everyone heard. */
  #log({ log, begun, ended }: RunRecord): void {
    const events = this.judge.events.slice(begun, begun + log.length);
    if (log.some((event, index) => event !== events[index]))
      this.world.broken('4', "the run's own subscriber has another order");
    if (ended && log.length > 0 && log.at(-1)?.type !== 'down')
      this.world.broken('4', `the run ends with ${String(log.at(-1)?.type)}`);
  }
}
