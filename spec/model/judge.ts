import type { Key, LifecycleEvent, ProcessEvent, ProcessStatus, Supervisor } from '../../lib/index.ts';
import { applyEvent } from '../../lib/index.ts';
import type { KeyState } from '../../lib/testing/grammar.ts';
import { mayFollow } from '../../lib/testing/grammar.ts';
import { statusDifference } from '../../lib/testing/status-difference.ts';
import { showKey } from './show.ts';
import type { Value, World } from './world.ts';

type Event = LifecycleEvent<Key, Value>;
/** One key, as its events tell it. */
export interface Line {
  state: KeyState;
  incarnation: number;
  value: Value | undefined;
  /** What its policy is of. */
  startedWith: Value | undefined;
  attempt: number;
  cause: string;
  /** When it came into its state. */
  since: number;
  /** What had been worked then, all in all: ms. */
  workedBefore: number;
  startedAt: number;
  ranAt: number | undefined;
  until: number;
  /** The moment of its last end, and of its last start. */
  endMoment: number;
  startMoment: number;
  /** The moment when it was queued, or started without that. */
  begunMoment: number;
  /** How it last ended. */
  end: 'stopped' | 'failed' | 'completed' | undefined;
  error: unknown;
  /** Not to be started before, since it ended by itself: ms. */
  notBefore: number;
  stopCause: string;
  /** It ended between two runs. */
  between: boolean;
  /** What the last read had told when it began: a row that goes and comes back unseen hasn't changed. */
  restContent: number | undefined;
  /** In which phase it failed. */
  phase: string;
  /** When its rest or its hold began. */
  restMoment: number;
}

/** Hears every event, and holds it against the rules. */
export class Judge {
  readonly lines = new Map<Key, Line>();
  readonly events: Event[] = [];
  /** Keys that a command has stopped, top-level, with nothing since that could start them; and the rows they had then. */
  readonly holds = new Map<Key, readonly (number | undefined)[]>();
  /** `shutdown` was heard, and no `down` yet. */
  closing = false;
  /** The run was unsubscribed. */
  cut = false;
  open = false;
  downs = 0;
  readies = 0;
  runAt = 0;
  runMoment = 0;
  /** What had been worked when the run began, all in all: ms. */
  runWorked = 0;
  #lastAt = 0;
  readonly #fold = new Map<Key, ProcessStatus<Key, Value>>();

  constructor(
    private readonly world: World,
    private readonly supervisor: Supervisor<Key, Value, unknown>,
    /** There is a run that hasn't ended. */
    private readonly hasRun: () => boolean,
  ) {}

  line(key: Key): Line {
    let line = this.lines.get(key);
    if (line === undefined) {
      line = {
        state: 'none',
        incarnation: 0,
        value: undefined,
        startedWith: undefined,
        attempt: 0,
        cause: '',
        since: 0,
        workedBefore: 0,
        startedAt: -1,
        ranAt: undefined,
        until: 0,
        endMoment: 0,
        startMoment: 0,
        begunMoment: 0,
        end: undefined,
        error: undefined,
        notBefore: 0,
        stopCause: '',
        between: false,
        phase: '',
        restMoment: 0,
        restContent: undefined,
      };
      this.lines.set(key, line);
    }
    return line;
  }

  /** A run has begun, if there is one that could. */
  begin(): void {
    if (!this.hasRun()) return;
    this.open = true;
    this.readies = 0;
    this.runAt = this.world.clock.now;
    this.runMoment = this.world.moment;
    this.runWorked = this.world.worked;
  }

  hear(event: Event): void {
    const { world } = this;
    world.note(() => showEvent(event));
    world.moment++;
    this.events.push(event);
    const ofStuck =
      'incarnation' in event &&
      this.line(event.key).state === 'stuck' &&
      (event.type === 'stopped' || event.type === 'failed');
    if (!this.open && !this.closing && !ofStuck) this.begin();
    const { began, now } = world.clock;
    const earliest = Math.max(began, this.#lastAt, 'key' in event ? (world.workedUntil.get(event.key) ?? 0) : 0);
    if (event.at < earliest || event.at > now) {
      world.broken('4', `${event.type} says it is at ${String(event.at)}, and it is ${String(now)}`);
    }
    this.#lastAt = event.at;
    applyEvent(this.#fold, event);
    compareStatuses(world, this.#fold, this.supervisor, event.type);
    if ('incarnation' in event) this.#process(event);
    else this.#general(event);
  }

  #general(event: Exclude<Event, ProcessEvent<Key, Value>>): void {
    const { world } = this;
    switch (event.type) {
      case 'ready':
        this.readies++;
        if (!this.open || this.readies > 1) world.broken('4', 'ready out of turn');
        if (event.at > this.runAt + world.config.initialWait + world.worked - this.runWorked)
          world.broken('4', 'ready is late');
        break;
      case 'shutdown':
        if (!this.open) world.broken('4', 'shutdown without a run');
        this.open = false;
        this.closing = true;
        this.holds.clear();
        break;
      case 'down':
        if (!this.closing) world.broken('4', 'down without shutdown');
        this.closing = false;
        this.cut = false;
        world.plans.clear();
        this.downs++;
        for (const [key, line] of this.lines) {
          if (line.state === 'stuck') continue;
          if (['starting', 'running', 'stopping'].includes(line.state)) {
            world.broken('3', `${showKey(key)} is ${line.state} at down: its start has no end`);
          }
          line.state = 'none';
          line.notBefore = 0;
        }
        {
          const stuck = [...this.lines].filter(([, line]) => line.state === 'stuck').map(([key]) => key);
          if (stuck.length !== event.keys.length || stuck.some((key) => !event.keys.includes(key))) {
            world.broken(
              '3',
              `down names ${event.keys.map(showKey).join()}, and stuck are ${stuck.map(showKey).join()}`,
            );
          }
        }
        break;
      case 'reconciled':
      case 'table-failed':
      case 'row-failed':
      case 'changes-lost':
        if (!this.open) world.broken('3', `${event.type} without a run`);
        if (event.type === 'reconciled' && event.complete && world.failing)
          world.broken('5', 'a read that failed is said to be complete');
    }
  }

  #process(event: ProcessEvent<Key, Value>): void {
    const { world } = this;
    const { key, type } = event;
    const line = this.line(key);
    const name = `${showKey(key)}#${String(event.incarnation)}`;
    const ended = line.state === 'stopped' || line.state === 'failed';
    if (!mayFollow(line.state, type, this.open ? 'open' : this.closing ? 'closing' : 'down')) {
      world.broken(
        this.open ? '4' : '3',
        `${name}: ${type} after ${line.state}${this.open ? '' : this.closing ? ' during shutdown' : ' without a run'}`,
      );
    }
    if (type === 'queued' || type === 'starting') {
      const fresh = line.state !== 'queued';
      if (fresh ? event.incarnation <= line.incarnation : event.incarnation !== line.incarnation) {
        world.broken('1', `${name}: ${type} after incarnation ${String(line.incarnation)}`);
      }
      if (fresh) this.#begins(line, event);
    } else if (event.incarnation !== line.incarnation) {
      world.broken('4', `${name}: ${type} of another incarnation than ${String(line.incarnation)}`);
    }
    if (ended && this.open && type !== 'removed' && type !== 'held') this.#next(line, event);
    this.#enter(line, event);
  }

  /** A key is started: may it be? */
  #begins(line: Line, event: Extract<ProcessEvent<Key, Value>, { type: 'queued' | 'starting' }>): void {
    const { world } = this;
    const { key, at, cause } = event;
    const name = `${showKey(key)}#${String(event.incarnation)}`;
    line.begunMoment = world.moment;
    if (this.holds.get(key)?.includes(event.value.content) === true)
      world.broken('6', `${name} is started though it was stopped by a command`);
    if (cause !== 'request' && at < line.notBefore) {
      world.broken(
        '6',
        `${name} is started at ${String(at)}, ${String(line.notBefore - at)} ms too soon after it ended by itself`,
      );
    }
    if (cause === 'restart' && (world.readAt.get(key) ?? 0) < line.endMoment) {
      world.broken('2', `${name} is restarted, and its row wasn't read since the last one ended`);
    }
    if (line.state === 'stuck') world.abandon(key);
    if (line.state === 'stuck' && cause !== 'request') world.broken('1', `${name} is started though it is stuck`);
  }

  /** What follows the end of a process, in the same turn. */
  #next(line: Line, event: ProcessEvent<Key, Value>): void {
    if (line.state !== 'failed') return;
    const { world } = this;
    const policy = line.startedWith === undefined ? world.config.policy : world.policyOf(line.startedWith);
    const permanent = [line.error, (line.error as Error | undefined)?.cause].some(
      (e) => (e as Error | undefined)?.name === 'PermanentError',
    );
    const name = `${showKey(event.key)}#${String(event.incarnation)}`;
    if (event.type === 'given-up' && policy.when !== 'never' && !permanent && policy.limit === undefined) {
      world.broken('2', `${name} is given up for no reason`);
    }
    const changed =
      (world.mutated.get(event.key) ?? 0) > line.startMoment ||
      world.rows.get(event.key)?.value.content !== line.startedWith?.content;
    if (event.type === 'backoff' && (policy.when === 'never' || permanent) && !changed) {
      world.broken('2', `${name} is tried again though it was to be given up`);
    }
  }

  #enter(line: Line, event: ProcessEvent<Key, Value>): void {
    const { world } = this;
    const { key, at } = event;
    const name = `${showKey(key)}#${String(event.incarnation)}`;
    line.since = at;
    line.workedBefore = world.worked - (world.clock.now - at);
    switch (event.type) {
      case 'queued':
      case 'starting':
        line.state = event.type;
        line.incarnation = event.incarnation;
        line.value = event.value;
        line.startedWith = event.value;
        line.attempt = event.attempt;
        line.cause = event.cause;
        line.ranAt = undefined;
        line.startedAt = at;
        line.startMoment = world.moment;
        this.#isNewest(event);
        if (event.type === 'starting') {
          const starting = [...this.lines.values()].filter(({ state }) => state === 'starting').length;
          if (starting > world.config.startConcurrency) world.broken('2', `${String(starting)} start at once`);
        }
        break;
      case 'running':
        line.state = 'running';
        line.ranAt = at;
        if (event.took !== at - line.startedAt) world.broken('4', `${name} took ${String(event.took)}`);
        break;
      case 'updated':
        line.value = event.value;
        this.#isNewest(event);
        break;
      case 'stopping':
        line.state = 'stopping';
        line.stopCause = event.cause;
        if (event.cause === 'removed') this.#wasAbsent(line, event);
        break;
      case 'stopped':
      case 'failed':
      case 'completed':
        this.#ends(line, event);
        break;
      case 'backoff':
        if (event.until !== at + event.delay) world.broken('4', `${name}: backoff until ${String(event.until)}`);
        if (line.state === 'backoff' && event.until >= line.until)
          world.broken('4', `${name}: backoff is longer than before`);
        line.state = 'backoff';
        line.until = event.until;
        break;
      case 'given-up':
      case 'held':
        line.state = event.type;
        line.restMoment = world.moment;
        line.restContent = world.served.get(key);
        if (event.type === 'held') line.notBefore = 0; // whoever stops a key is no storm
        break;
      case 'stuck':
        line.state = 'stuck';
        if (world.living(key).length !== 1)
          world.broken('3', `${name} is stuck, and ${String(world.living(key).length)} live`);
        break;
      case 'removed':
        // Abandoned by a restart that found no row.
        if (line.state === 'stuck') world.abandon(key);
        this.#wasAbsent(line, event);
        if (world.living(key).length > 0) world.broken('1', `${name} is removed while it lives`);
        line.state = 'none';
        line.notBefore = 0;
        this.holds.delete(key);
    }
  }

  #ends(line: Line, event: Extract<ProcessEvent<Key, Value>, { type: 'stopped' | 'failed' | 'completed' }>): void {
    const { world } = this;
    const { key, at, type } = event;
    const name = `${showKey(key)}#${String(event.incarnation)}`;
    const living = world.living(key);
    if (living.length > 0) world.broken('1', `${name} has ${type}, and lives`);
    if (type === 'stopped') {
      const uptime = line.ranAt === undefined ? 0 : at - line.ranAt;
      if (event.uptime !== uptime) world.broken('4', `${name}: uptime ${String(event.uptime)}, not ${String(uptime)}`);
    } else if (line.state === 'stopping' || line.state === 'stuck') {
      if (line.stopCause !== 'timeout')
        world.broken('4', `${name}: ${type} though it was asked to stop (${line.stopCause})`);
    }
    // Whether the next run has begun when something stuck ends can't be heard: it may go on, or be gone.
    line.between = !this.open && !this.closing && this.hasRun();
    line.state = this.open || line.between ? type : 'none';
    line.end = type;
    line.phase = event.type === 'failed' ? event.phase : 'running';
    line.error = event.type === 'completed' ? undefined : event.error;
    line.endMoment = world.moment;
    world.hinted.set(key, world.moment); // what ended by itself is read again
    line.restMoment = world.moment;
    line.restContent = world.served.get(key);
    line.notBefore = 0;
    if (type === 'completed') line.notBefore = line.startedAt + 1;
    if (type === 'failed' && line.startedWith !== undefined) {
      const { delay, resetAfter } = world.policyOf(line.startedWith);
      if (line.ranAt !== undefined && at - line.ranAt >= resetAfter) line.attempt = 1;
      line.notBefore =
        at + Math.min(1_000, Math.max(1, typeof delay === 'number' ? delay : delay === 'grows' ? line.attempt * 3 : 1));
    }
  }

  /** No read that began after the one that told this row has told another. */
  #isNewest({
    key,
    value,
    incarnation,
    type,
  }: Extract<ProcessEvent<Key, Value>, { type: 'queued' | 'starting' | 'updated' }>): void {
    const { world } = this;
    if (world.open > 0) return;
    const answers = world.answers.get(key) ?? [];
    const told = Math.max(-1, ...answers.filter(({ content }) => content === value.content).map(({ began }) => began));
    // An answer whose key was touched meanwhile is left aside for the next read, which may be between two batches, or
    // have failed since.
    if ([...world.untold].some((keys) => keys.has(key))) return;
    const newer = answers.find(
      ({ began, content }) => began > Math.max(told, world.faulted) && content !== value.content,
    );
    if (told >= 0 && newer !== undefined) {
      world.broken(
        '2',
        `${showKey(key)}#${String(incarnation)}: ${type} with row ${String(value.content)}, and a later read has told ${String(newer.content)}`,
      );
    }
  }

  /** Only a read by key that was complete says that a row is gone. */
  #wasAbsent(line: Line, { key, type, incarnation }: ProcessEvent<Key, Value>): void {
    // What was stuck when the run began has no row until one is read.
    if (line.startMoment < this.runMoment) return;
    const { world } = this;
    const hinted = (world.hinted.get(key) ?? 0) > this.runMoment;
    if (!hinted && (world.fullWithout.get(key) ?? 0) <= line.begunMoment) {
      world.broken(
        '5',
        `${showKey(key)}#${String(incarnation)}: ${type}, and only a read that was not complete was without it`,
      );
    }
    if ((this.world.toldAbsent.get(key) ?? 0) <= line.startMoment) {
      this.world.broken(
        '5',
        `${showKey(key)}#${String(incarnation)}: ${type}, but no read by key has said that it is absent`,
      );
    }
  }
}

/** The library's statuses and the fold of what was heard are the same. */
export function compareStatuses(
  world: World,
  fold: ReadonlyMap<Key, ProcessStatus<Key, Value>>,
  supervisor: Supervisor<Key, Value, unknown>,
  when: string,
): void {
  const difference = statusDifference(fold, supervisor.statuses());
  if (difference !== undefined) world.broken('4', `${difference}, after ${when}`);
}

export function showEvent(event: Event): string {
  const { type } = event;
  const parts: string[] = [type.padEnd(12)];
  if ('key' in event)
    parts.push(`${showKey(event.key)}${'incarnation' in event ? `#${String(event.incarnation)}` : ''}`);
  if ('cause' in event) parts.push(event.cause);
  if ('value' in event) parts.push(`row ${String(event.value.content)}`);
  if ('attempt' in event) parts.push(`attempt ${String(event.attempt)}`);
  if ('delay' in event) parts.push(`${String(event.delay)} ms`);
  if ('trigger' in event) parts.push(event.trigger);
  if ('complete' in event) parts.push(event.complete ? 'complete' : 'incomplete');
  if ('operation' in event) parts.push(event.operation);
  if ('keys' in event) parts.push(`stuck: ${event.keys.map(showKey).join(', ') || 'none'}`);
  if ('error' in event) parts.push(String(event.error));
  return parts.join(' ');
}
