import type { Waiting } from './alarms.ts';
import type { StatusRecord } from './apply-event.ts';
import { Errand } from './errand.ts';
import { StartTimeoutError } from './errors.ts';
import type { StartCause, StopCause } from './events.ts';
import type { LiveOwner } from './live.ts';
import { Live } from './live.ts';
import { isPatient } from './patient.ts';
import type { Policy } from './policy.ts';
import type { SlotHost } from './slot-host.ts';
import type { ProcessState } from './status.ts';
import type { Key, Version } from './table.ts';

/** How a process has ended, as the slot's decisions need it. */
export interface ProcessEnd<V> {
  readonly how: 'completed' | 'failed' | 'stopped';
  readonly phase: 'starting' | 'running';
  readonly error: unknown;
  /** Which try it was; 1 if it ran long enough. */
  readonly attempt: number;
  /** The row that it had. */
  readonly had: V;
  readonly now: number;
}

/**
 * The side of a slot that acts on its process: starts it, asks it, forces it, times it, and says so. One incarnation at
 * a time; what comes after an end is decided in `Slot`.
 */
export abstract class SlotProcess<K extends Key, V> implements LiveOwner, StatusRecord<K, V>, Waiting {
  // First what a full read looks at, so that it comes with the same cache line.
  /** The full read that saw it last. */
  seen = 0;
  /** The row is there, as far as is known. */
  present = true;
  /** The newest row, as far as it was read. */
  row: V;
  version: Version | undefined;
  #errand: Errand | undefined = undefined;
  // The status: only the events write it.
  state: ProcessState | undefined = undefined;
  value: V;
  incarnation: number;
  attempt = 1;
  since = 0;
  /** The process, until it has ended. */
  live: Live | undefined = undefined;
  protected stopCause: StopCause = 'removed';
  protected policy: Policy<K, V>;
  /** When the process that is being stopped became ready: ms; `undefined` if it never was. */
  #ranAt: number | undefined = undefined;

  constructor(
    protected readonly host: SlotHost<K, V>,
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
    this.policy = host.settings.policy;
  }

  /** Decides what comes after an end. */
  protected abstract afterEnd(end: ProcessEnd<V>): void;
  /** The process is ready; the row may have changed since it was started. */
  protected abstract afterReady(): void;
  /** The wait for the next try is over. */
  protected abstract afterWait(): void;

  /** It has a process that still has to be told to stop. */
  get up(): boolean {
    return this.live !== undefined && (this.state === 'starting' || this.state === 'running');
  }

  /** Its process has told its end, or been torn down, and this slot hasn't seen to it yet: a teardown may be on the stack. */
  get ending(): boolean {
    return this.live?.closed === true;
  }

  /** The row that its process has; without one, the newest. */
  get given(): V {
    return this.live === undefined ? this.row : (this.live.value as V);
  }

  // What few slots have is kept in the errand.
  get error(): unknown {
    return this.#errand?.error;
  }

  set error(error: unknown) {
    if (error !== this.error) this.errand.error = error;
  }

  get until(): number | undefined {
    return this.#errand?.until;
  }

  set until(until: number | undefined) {
    if (until !== this.until) this.errand.until = until;
  }

  /** When the next step is due: ms. `Infinity` if nothing is armed. */
  get deadline(): number {
    return this.#errand?.alarm?.dueAt ?? Infinity;
  }

  /** Made when it is needed: a slot whose process came up at once has nothing to remember. */
  protected get errand(): Errand {
    return (this.#errand ??= new Errand());
  }

  get errandIfAny(): Errand | undefined {
    return this.#errand;
  }

  protected get now(): number {
    return this.host.mailbox.now;
  }

  /** The gate has let it through: starts the process, with the newest row. */
  start(cause = this.errand.cause, attempt = this.attempt): void {
    const { host, key, row, now: at } = this;
    const incarnation = this.state === 'queued' ? this.incarnation : this.incarnation + 1;
    const live = new Live(this, key, incarnation, row);
    let build = host.settings.process;
    try {
      this.policy = host.settings.policyOf(row, key);
    } catch (error) {
      build = () => {
        throw error;
      };
    }
    this.live = live;
    this.#ranAt = undefined;
    host.hub.say(this, { type: 'starting', at, key, incarnation, value: row, cause, attempt });
    // A handler of this event may have ended the run; what ends it finds this slot starting, with nothing subscribed.
    if (!host.open || host.cut) return;
    this.host.acting = this;
    live.connect(build);
    this.host.acting = undefined;
    host.mailbox.step(); // what the process did until now has taken its time
    if (!live.ready && !live.ended) this.arm(this.#startTimeout);
    this.settle();
  }

  /** `startConcurrency` makes it wait. */
  protected queue(cause: StartCause, attempt: number): void {
    const { now: at, key, row: value } = this;
    const incarnation = this.incarnation + 1;
    this.errand.cause = cause;
    this.host.hub.say(this, { type: 'queued', at, key, incarnation, value, cause, attempt });
  }

  /** Ends a process that is up. */
  stop(cause: StopCause, within?: number): void {
    this.announceStop(cause);
    this.carryOutStop(within);
  }

  /** The first half of a stop. A shutdown says it of all before it does it to one. */
  announceStop(cause: StopCause): void {
    const { now: at, key, incarnation } = this;
    this.stopCause = cause;
    this.#ranAt = this.state === 'running' ? this.since : undefined;
    this.leaveGate();
    this.disarm();
    this.host.hub.say(this, { type: 'stopping', at, key, incarnation, cause });
  }

  /** The second half: what runs is asked, what is still starting is forced. */
  carryOutStop(within = this.policy.stopTimeout ?? this.#patientOr(5_000)): void {
    const { live } = this;
    if (live === undefined) return;
    this.host.acting = this;
    live.ask();
    if (!live.ready || within <= 0) live.kill();
    this.host.acting = undefined;
    if (!live.ended) this.arm(live.forced ? (this.policy.killTimeout ?? this.#patientOr(2_000)) : within);
    this.settle();
  }

  /** Forces a process that is being stopped. */
  kill(): void {
    if (this.live?.forced === false) this.carryOutStop(0);
  }

  /** Whatever hasn't ended by now is left alone until it does. */
  markStuck(): void {
    this.disarm();
    this.say('stuck');
    this.host.ended();
  }

  changed(live: Live): void {
    if (live === this.live && this.host.acting !== this) this.host.mailbox.post(() => this.settle());
  }

  emitted(live: Live, value: unknown): void {
    if (live !== this.live) return;
    if (live.connecting && live.ready) {
      this.host.mailbox.step(); // as in `start`
      this.settle();
    }
    // One that emits without end while it starts, or in the turn of whoever unsubscribes, can't be told any later.
    if (this.host.cut && this.up) live.kill();
    else this.host.hub.output(this.key, value);
  }

  /** What was armed is due. */
  timeIsUp(): void {
    this.errand.alarm = undefined;
    if (this.ending) return;
    if (this.state === 'starting') this.stop('timeout');
    else if (this.state === 'backoff') this.afterWait();
    else if (this.live?.forced === true) this.markStuck();
    else this.kill();
  }

  /** Looks at the process: has it become ready, has it ended? */
  settle(): void {
    const { live } = this;
    // What was cut is told to stop first; it is looked at after that.
    if (live === undefined || (this.host.cut && this.up)) return;
    if (this.state === 'starting' && live.ready) this.#run();
    if (live.ended && live === this.live) this.#end(live);
  }

  /** A stop that is more urgent than the one that is under way shortens its time. */
  protected hasten(within: number | undefined): void {
    if (within === undefined || this.live?.forced !== false) return;
    if (within <= 0) this.kill();
    else if (this.now + within < this.deadline) this.arm(within);
  }

  /** Delivers the newest row to the running process. */
  protected deliver(): void {
    const { now: at, key, incarnation, row: value } = this;
    this.host.hub.say(this, { type: 'updated', at, key, incarnation, value });
    this.host.acting = this;
    this.live?.deliver(this.row);
    this.host.acting = undefined;
    this.host.mailbox.step(); // as in `start`
    this.settle();
  }

  /** Says what there is no more to say about. */
  protected say(type: 'completed' | 'held' | 'stuck' | 'removed'): void {
    this.host.hub.say(this, { type, at: this.now, key: this.key, incarnation: this.incarnation });
  }

  protected arm(delay: number): void {
    this.disarm();
    this.errand.alarm = this.host.alarms.set(delay, this);
  }

  protected disarm(): void {
    const errand = this.#errand;
    if (errand?.alarm === undefined) return;
    errand.alarm.unsubscribe();
    errand.alarm = undefined;
  }

  protected leaveGate(): void {
    const { gate } = this.host;
    if (this.state === 'starting') gate.leave();
    else if (this.state === 'queued') gate.withdraw(this);
    else return;
    this.host.leftGate();
  }

  #run(): void {
    const { now: at, since, key, incarnation } = this;
    this.leaveGate();
    this.disarm();
    // Not while it ends: what was asked for meanwhile is for what comes next.
    if (!this.ending && this.#errand?.restarts.length === 0) this.#errand = undefined;
    this.host.hub.say(this, { type: 'running', at, key, incarnation, took: at - since });
    this.afterReady();
  }

  #end(live: Live): void {
    const { state, key, incarnation, host, stopCause } = this;
    const at = this.now;
    const ranAt = state === 'running' ? this.since : this.#ranAt;
    const phase = ranAt === undefined ? 'starting' : 'running';
    const asked = state === 'stopping' || state === 'stuck';
    const timedOut = asked && stopCause === 'timeout';
    const how = asked && !timedOut ? 'stopped' : live.failed || timedOut ? 'failed' : 'completed';
    const error = timedOut ? new StartTimeoutError(this.key, this.#startTimeout) : live.failure;
    if (timedOut && live.failed) (error as StartTimeoutError).cause = live.failure;
    this.leaveGate();
    this.disarm();
    this.live = undefined;
    if (how === 'stopped') {
      const uptime = ranAt === undefined ? 0 : at - ranAt;
      const { forced } = live;
      const stopped = { type: 'stopped', at, key, incarnation, cause: stopCause, uptime, forced } as const;
      host.hub.say(this, live.failed ? { ...stopped, error } : stopped);
    } else if (how === 'completed') {
      this.say('completed');
    } else {
      host.hub.say(this, { type: 'failed', at, key, incarnation, error, phase });
    }
    // Running long enough sets `attempt` back.
    const lasted = ranAt !== undefined && at - ranAt >= this.policy.resetAfter;
    const attempt = lasted ? 1 : this.attempt;
    this.afterEnd({ how, phase, error, attempt, had: live.value as V, now: at });
    if (state !== 'stuck') host.ended();
  }

  get #startTimeout(): number {
    return this.#errand?.within ?? this.policy.startTimeout;
  }

  #patientOr(timeout: number): number {
    return isPatient(this.live?.process) ? Infinity : timeout;
  }
}
