import type { Unsubscribable } from 'rxjs';
import type { Next } from './after-end.ts';
import { afterEnd, SOONEST } from './after-end.ts';
import { backoff } from './backoff.ts';
import { CallbackError, InvalidOptionError, StartTimeoutError } from './errors.ts';
import type { ProcessEvent, StartCause, StopCause } from './events.ts';
import type { Gate } from './gate.ts';
import type { Hub } from './hub.ts';
import type { Sighting, Verdict } from './judge.ts';
import { judge } from './judge.ts';
import type { LiveOwner } from './live.ts';
import { Live } from './live.ts';
import type { Mailbox } from './mailbox.ts';
import { isPatient } from './patient.ts';
import type { ChangeReaction, Policy } from './policy.ts';
import { reaction } from './policy.ts';
import { after } from './scheduler.ts';
import type { Settings } from './settings.ts';
import type { ProcessState } from './status.ts';
import type { Key, Version } from './table.ts';

/** What a slot needs of the supervisor that keeps it. */
export interface SlotHost<K extends Key, V> {
  readonly settings: Settings<K, V>;
  readonly hub: Hub<K, V>;
  readonly mailbox: Mailbox;
  readonly gate: Gate<Slot<K, V>>;
  /** Processes may start: there is a run, and it isn't shutting down. */
  readonly open: boolean;
  /** The run was unsubscribed: everything is about to be ended. */
  readonly cut: boolean;
  /** Reads the row again. */
  look(key: K): void;
  /** A start has ended, one way or the other, or is no longer waited for. */
  leftGate(): void;
  /** Nothing is left of the key. */
  drop(slot: Slot<K, V>): void;
  /** It is stuck: a shutdown doesn't wait for it. */
  wontWait(slot: Slot<K, V>): void;
}

/** What a command wants of a key whose row was just read. */
export interface Wish {
  /** To have a new one also if there is one. */
  readonly restart: boolean;
  /** ms that replace `startTimeout` for this start. */
  readonly within: number | undefined;
}

/**
 * One key's state machine: one incarnation at a time. It decides with `judge` and `afterEnd`, which are pure, and acts
 * through one `Live`. All of its methods are called in the mailbox's turn, but for the two of `LiveOwner`.
 */
export class Slot<K extends Key, V> implements LiveOwner {
  state: ProcessState = 'queued';
  incarnation: number;
  attempt = 0;
  /** The row that its process has. */
  value: V;
  /** The newest row, as far as it was read. */
  row: V;
  version: Version | undefined;
  /** The row is there, as far as is known. */
  present = true;
  /** The full read that saw it last. */
  seen = 0;
  /** A shutdown waits for its end. */
  awaited = false;
  /** The process, until it has ended. */
  live: Live | undefined = undefined;
  /** A stop was asked for by a command, and nothing since wants it started again. */
  #hold = false;
  /** Why it is to be started again once this stop, or this wait, is over. */
  #again: StartCause | undefined = undefined;
  /** The wait for the next try is over; what's left is to read the row. */
  #due = false;
  #cause: StartCause = 'initial';
  #stopCause: StopCause = 'removed';
  /** ms that this start may take; `undefined`: what the policy says. */
  #within: number | undefined = undefined;
  #startedAt = 0;
  /** When it became ready; -1 before. */
  #ranAt = -1;
  /** A changed row isn't tried before. */
  #notBefore = 0;
  /** The last end was a failure. */
  #failed = false;
  #restarts: number[] = [];
  #policy: Policy<K, V>;
  #deadline = 0;
  #timer: Unsubscribable | undefined = undefined;
  /** This slot is calling into its process, and looks at it afterwards. */
  #acting = false;

  constructor(
    private readonly host: SlotHost<K, V>,
    readonly key: K,
    row: V,
    version: Version | undefined,
    /** Incarnations up to this one are taken. */
    taken: number,
  ) {
    this.value = row;
    this.row = row;
    this.version = version;
    this.incarnation = taken;
    this.#policy = host.settings.policy;
  }

  /** A process exists: it is to start, starts, runs, stops, or doesn't end. */
  get exists(): boolean {
    return this.live !== undefined || this.state === 'queued';
  }

  /** It has a process that still has to be told to stop. */
  get up(): boolean {
    return this.state === 'starting' || this.state === 'running';
  }

  /** It is to start again once this stop, or this wait, is over. */
  get again(): boolean {
    return this.#again !== undefined;
  }

  /** When the next step is due: ms. `Infinity` if nothing is armed. */
  get deadline(): number {
    return this.#timer === undefined ? Infinity : this.#deadline;
  }

  /** A row was read. `trigger` is why, and `wish` what a command wants of it. */
  saw(row: V, version: Version | undefined, trigger: StartCause, wish?: Wish): Verdict {
    const cameBack = !this.present;
    this.present = true;
    if (wish !== undefined) return this.#grant(wish, row, version);
    const sighting = this.#compare(row, version);
    // The one that there are a million of: a look-up, a comparison, nothing else.
    if (sighting === 'same' && !cameBack && !this.#due) {
      this.version = version;
      return 'keep';
    }
    if (sighting !== 'same') this.row = sighting === 'reverted' ? this.value : row;
    this.version = version;
    if (this.#due) return this.#retry(sighting === 'changed');
    const verdict = this.#judge(sighting, row);
    if (verdict === 'note' && cameBack) this.#wantAgain(trigger);
    else this.#act(verdict, trigger);
    return verdict;
  }

  /** The row is there, but can't be read: the process keeps the last good one. */
  sawBadRow(): Verdict {
    const cameBack = !this.present;
    this.present = true;
    if (this.#due) return this.#retry(false);
    if (cameBack) this.#wantAgain('change');
    return 'keep';
  }

  /** A read found no row. */
  absent(): Verdict {
    const verdict = this.#judge('absent', this.row);
    this.present = false;
    this.#hold = false;
    this.#again = undefined;
    if (verdict !== 'note') this.#act(verdict, 'change');
    return verdict;
  }

  /** What would follow from a row, or from its absence. */
  plan(row?: V, version?: Version): Verdict {
    return row === undefined ? this.#judge('absent', this.row) : this.#judge(this.#compare(row, version), row);
  }

  /** Starts a new key. */
  begin(cause: StartCause, within?: number): void {
    this.#begin(cause, 1, within);
  }

  /** The gate has let it through: starts the process, with the newest row. */
  start(): void {
    const { settings, hub } = this.host;
    const live = new Live(this, this.key, this.incarnation, this.row);
    let invalid: unknown;
    this.value = this.row;
    this.live = live;
    this.state = 'starting';
    this.#startedAt = settings.scheduler.now();
    this.#ranAt = -1;
    try {
      this.#policy = settings.policyOf(this.row, this.key);
    } catch (error) {
      invalid = error;
    }
    hub.emit({
      type: 'starting',
      at: this.#startedAt,
      key: this.key,
      incarnation: this.incarnation,
      value: this.row,
      cause: this.#cause,
      attempt: this.attempt,
    });
    // A handler of this event may have ended the run; what ends it finds this slot starting, with nothing subscribed.
    if (!this.host.open || this.host.cut) return;
    this.#acting = true;
    live.connect(invalid === undefined ? settings.process : () => rethrow(invalid));
    this.#acting = false;
    if (!live.ready && !live.ended) this.#arm(this.#startLimit);
    this.settle();
  }

  /** Ends a process that is up. */
  stop(cause: StopCause, within?: number): void {
    this.announceStop(cause);
    this.carryOutStop(within);
  }

  /** The first half of a stop. A shutdown says it of all before it does it to one. */
  announceStop(cause: StopCause): void {
    this.#leaveGate();
    this.state = 'stopping';
    this.#stopCause = cause;
    this.#disarm();
    this.#say({ type: 'stopping', cause });
  }

  /** The second half: what runs is asked, what is still starting is forced. */
  carryOutStop(within = this.#policy.stopTimeout ?? this.#patientOr(5_000)): void {
    const { live } = this;
    if (live === undefined) return;
    this.#acting = true;
    live.ask();
    if (!live.ready || within <= 0) live.kill();
    this.#acting = false;
    this.#awaitEnd(live, within);
  }

  /** Forces a process that is being stopped. */
  kill(): void {
    const { live } = this;
    if (live === undefined || live.forced) return;
    this.#acting = true;
    live.kill();
    this.#acting = false;
    this.#awaitEnd(live, 0);
  }

  /** A stop by a command. The key is held if its row is still there when its process has ended. */
  hold(within?: number): void {
    this.#hold = true;
    this.#again = undefined;
    if (this.up) this.stop('request', within);
    else if (this.state === 'stopping') this.#hasten(within);
    else if (this.state !== 'stuck') {
      this.#leaveGate();
      this.#rest('held');
    }
  }

  /** At a shutdown: what waits or rests goes without an event, and what lives is waited for, unless it is stuck. */
  shutDown(): void {
    this.#again = undefined;
    this.#hold = false;
    this.#stopCause = 'shutdown';
    this.awaited = this.live !== undefined && this.state !== 'stuck';
    if (this.live !== undefined) return;
    this.#disarm();
    this.host.drop(this);
  }

  /** At the end of a run: whatever hasn't ended by now is stuck. */
  markStuck(): void {
    this.#disarm();
    this.state = 'stuck';
    this.#say({ type: 'stuck' });
    this.host.wontWait(this);
  }

  /** The run is over, and the process is stuck: what a next run reads decides what becomes of the key. */
  forget(): void {
    this.present = false;
    this.seen = 0;
    this.#restarts = [];
  }

  changed(live: Live): void {
    if (live === this.live && !this.#acting) this.host.mailbox.post(() => this.settle());
  }

  emitted(live: Live, value: unknown): void {
    if (live !== this.live) return;
    if (live.connecting && live.ready) this.settle();
    if (this.host.cut) live.kill();
    else this.host.hub.output(this.key, value);
  }

  /** Looks at the process: has it become ready, has it ended? */
  settle(): void {
    const { live } = this;
    if (live === undefined) return;
    if (this.state === 'starting' && live.ready) this.#run();
    if (live.ended && live === this.live) this.#ended(live);
  }

  #run(): void {
    const at = this.host.settings.scheduler.now();
    this.#leaveGate();
    this.state = 'running';
    this.#ranAt = at;
    this.#disarm();
    this.host.hub.emit({
      type: 'running',
      at,
      key: this.key,
      incarnation: this.incarnation,
      took: at - this.#startedAt,
    });
    // A row that changed while it started is delivered, or makes it restart, now.
    if (this.row !== this.value && this.host.open) this.#act(this.#judge('changed', this.row), 'update');
  }

  #ended(live: Live): void {
    const { settings } = this.host;
    const now = settings.scheduler.now();
    const asked = this.state === 'stopping' || this.state === 'stuck';
    const how = asked && this.#stopCause !== 'timeout' ? 'stopped' : live.failed || asked ? 'failed' : 'completed';
    const phase = this.#ranAt < 0 ? 'starting' : 'running';
    const uptime = this.#ranAt < 0 ? 0 : now - this.#ranAt;
    const error = asked && how === 'failed' ? this.#startTimeout(live) : live.failure;
    this.live = undefined;
    this.#disarm();
    this.#leaveGate();
    this.#failed = how === 'failed';
    if (how === 'stopped') {
      const facts = { cause: this.#stopCause, uptime, forced: live.forced };
      this.#say({ type: 'stopped', ...facts, ...(live.failed && { error }) });
    } else {
      if (how === 'completed') this.state = 'completed';
      this.#say(how === 'failed' ? { type: 'failed', error, phase } : { type: 'completed' });
      if (uptime >= this.#policy.resetAfter) this.attempt = 1;
    }
    const { limit } = this.#policy;
    const delay = how === 'stopped' ? 0 : this.#delay(error);
    this.#notBefore = how === 'stopped' ? 0 : how === 'failed' ? now + Math.min(delay, SOONEST) : this.#startedAt + 1;
    const { open } = this.host;
    const next = afterEnd({
      how,
      error,
      open,
      present: this.present,
      hold: this.#hold,
      again: this.#again,
      policy: this.#policy,
      delay,
      restarts: this.#restarts,
      now,
    });
    if (limit !== undefined) this.#restarts = this.#restarts.filter((at) => at > now - limit.within);
    this.#perform(next, now, error);
  }

  #perform(next: Next, now: number, error: unknown): void {
    switch (next.do) {
      case 'drop':
        this.host.drop(this);
        break;
      case 'remove':
        this.#remove();
        break;
      case 'hold':
        this.#rest('held');
        break;
      case 'rest':
        break;
      case 'give-up':
        this.state = 'given-up';
        this.#say({ type: 'given-up', error });
        break;
      case 'start':
        this.#begin(next.cause, 1);
        break;
      case 'back-off':
        if (this.#policy.limit !== undefined) this.#restarts.push(now);
        this.#backOff(next.delay, now);
    }
  }

  #begin(cause: StartCause, attempt: number, within?: number): void {
    this.#disarm();
    this.#again = undefined;
    this.#hold = false;
    this.#due = false;
    this.incarnation++;
    this.attempt = attempt;
    this.#cause = cause;
    this.#within = within;
    if (this.host.gate.enter(this, cause === 'initial')) {
      this.start();
    } else {
      this.state = 'queued';
      this.#say({ type: 'queued', value: this.row, cause, attempt });
    }
  }

  /** A row that changed ends a wait or a rest, though not too soon after a failure. */
  #startSoon(cause: StartCause): void {
    const now = this.host.settings.scheduler.now();
    if (now >= this.#notBefore) {
      this.#begin(cause, this.#failed ? this.attempt + 1 : 1);
    } else {
      this.#again ??= cause;
      if (this.state !== 'backoff' || this.#deadline > this.#notBefore) this.#backOff(this.#notBefore - now, now);
    }
  }

  #backOff(delay: number, now: number): void {
    this.state = 'backoff';
    this.#due = false;
    this.#say({ type: 'backoff', delay, attempt: this.attempt, until: now + delay });
    this.#arm(delay);
  }

  #rest(state: 'held'): void {
    this.#disarm();
    this.#hold = false;
    this.#due = false;
    this.state = state;
    this.#say({ type: state });
  }

  #remove(): void {
    this.#disarm();
    this.#leaveGate();
    this.host.drop(this);
    this.#say({ type: 'removed' });
  }

  #grant(wish: Wish, row: V, version: Version | undefined): Verdict {
    this.row = row;
    this.version = version;
    if (this.state === 'queued') return 'note';
    if (this.live !== undefined && !wish.restart) return 'keep';
    if (this.live === undefined || this.state === 'stuck') {
      this.live = undefined; // what is stuck is abandoned
      this.#restarts = [];
      this.#begin('request', 1, wish.within);
      return 'start';
    }
    this.#hold = false;
    this.#again = 'request';
    if (!this.up) return 'note';
    this.stop('request');
    return 'restart';
  }

  #update(): void {
    this.value = this.row;
    this.#say({ type: 'updated', value: this.row });
    this.#acting = true;
    this.live?.deliver(this.row);
    this.#acting = false;
    this.settle();
  }

  /** The wait is over and the row was read again. */
  #retry(changed: boolean): Verdict {
    this.#begin(this.#again ?? 'restart', changed && !this.#failed ? 1 : this.attempt + 1);
    return 'start';
  }

  #act(verdict: Verdict, trigger: StartCause): void {
    switch (verdict) {
      case 'start':
        this.#startSoon(trigger);
        break;
      case 'stop':
        this.stop('removed');
        break;
      case 'restart':
        this.#again = 'update';
        this.stop('update');
        break;
      case 'update':
        this.#update();
        break;
      case 'remove':
        this.#remove();
        break;
      case 'note':
        if (this.state === 'queued') this.host.gate.advance(this);
        else if (!this.up) this.#wantAgain(trigger);
        break;
      case 'keep':
    }
  }

  /** While it stops: the row changed, or came back. */
  #wantAgain(cause: StartCause): void {
    this.#hold = false;
    this.#again ??= cause;
  }

  #judge(sighting: Comparison | 'absent', row: V): Verdict {
    return judge(
      this.state,
      sighting === 'reverted' ? 'same' : sighting,
      () => this.#react(row),
      this.live?.listensToRows === true,
    );
  }

  /** With the newest row, and with the one that its process has. What throws leaves things as they are. */
  #compare(row: V, version: Version | undefined): Comparison {
    if (version !== undefined && version === this.version) return 'same';
    const noted = this.row !== this.value && this.up; // a change that was ignored, or is not delivered yet
    if (row === this.row) return 'same';
    const { equals } = this.host.settings;
    try {
      if (noted && equals(this.value, row)) return 'reverted';
      return equals(this.row, row) ? 'same' : 'changed';
    } catch (error) {
      this.#callbackFailed('equals', 'The row counts as unchanged.', error);
      return 'same';
    }
  }

  #react(row: V): ChangeReaction {
    try {
      const { onChange } = this.host.settings.policyOf(row, this.key);
      return typeof onChange === 'function' ? reaction('onChange', onChange(this.value, row, this.key)) : onChange;
    } catch (error) {
      this.#callbackFailed('onChange', 'The process keeps its row.', error);
      return 'ignore';
    }
  }

  #delay(error: unknown): number {
    try {
      const delay: unknown = this.#policy.delay(this.attempt, error, this.key);
      if (typeof delay === 'number' && !Number.isNaN(delay)) return Math.max(1, delay);
      throw new InvalidOptionError('restart.delay', 'a function that returns ms', delay);
    } catch (thrown) {
      this.#callbackFailed('restart.delay', 'The default backoff is used.', thrown);
      return backoff()(this.attempt, error, this.key);
    }
  }

  #callbackFailed(callback: string, consequence: string, cause: unknown): void {
    this.host.hub.emit({
      type: 'row-failed',
      at: this.host.settings.scheduler.now(),
      key: this.key,
      error: new CallbackError(callback, this.key, consequence, cause),
    });
  }

  get #startLimit(): number {
    return this.#within ?? this.#policy.startTimeout;
  }

  #patientOr(timeout: number): number {
    return isPatient(this.live?.process) ? Infinity : timeout;
  }

  /** After `ask` or `kill`. */
  #awaitEnd(live: Live, within: number): void {
    if (!live.ended) this.#arm(live.forced ? (this.#policy.killTimeout ?? this.#patientOr(2_000)) : within);
    this.settle();
  }

  /** A second stop joins the first; one that is more urgent shortens its time. */
  #hasten(within: number | undefined): void {
    if (within === undefined || this.live?.forced !== false) return;
    if (within <= 0) this.kill();
    else if (this.host.settings.scheduler.now() + within < this.deadline) this.#arm(within);
  }

  #arm(delay: number): void {
    const {
      settings: { scheduler },
      mailbox,
    } = this.host;
    this.#disarm();
    this.#deadline = scheduler.now() + delay;
    this.#timer = after(scheduler, delay, () => mailbox.post(() => this.#timeIsUp()));
  }

  #disarm(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #timeIsUp(): void {
    this.#timer = undefined;
    if (this.state === 'starting') {
      this.stop('timeout');
    } else if (this.state === 'stopping') {
      if (this.live?.forced === true) this.markStuck();
      else this.kill();
    } else if (this.state === 'backoff') {
      this.#due = true;
      this.host.look(this.key);
    }
  }

  #leaveGate(): void {
    const { gate } = this.host;
    if (this.state === 'starting') gate.leave();
    else if (this.state === 'queued') gate.withdraw(this);
    else return;
    this.host.leftGate();
  }

  #startTimeout(live: Live): StartTimeoutError {
    const error = new StartTimeoutError(this.key, this.#startLimit);
    if (live.failed) error.cause = live.failure;
    return error;
  }

  #say(event: Said<K, V>): void {
    const at = this.host.settings.scheduler.now();
    this.host.hub.emit({ ...event, at, key: this.key, incarnation: this.incarnation });
  }
}

type Comparison = Exclude<Sighting, 'absent'> | 'reverted';

/** A process event without what all of them have. */
type Said<K extends Key, V> =
  ProcessEvent<K, V> extends infer E ? (E extends unknown ? Omit<E, 'at' | 'key' | 'incarnation'> : never) : never;

function rethrow(error: unknown): never {
  throw error;
}
