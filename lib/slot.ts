import { afterEnd, isSpent, recent } from './after-end.ts';
import type { StartCause } from './events.ts';
import type { Sighting, Verdict } from './judge.ts';
import { judge } from './judge.ts';
import type { ProcessEnd } from './slot-process.ts';
import { SlotProcess } from './slot-process.ts';
import type { Key, RowError, Version } from './table.ts';

/** A row that changed is tried at once, though no sooner than this many ms after a failure. */
const SOONEST = 1_000;

/** What a command wants of a key whose row was just read. */
export interface Wish {
  /** To have a new one also if there is one. */
  readonly restart: boolean;
  /** ms that replace `startTimeout` for this start. */
  readonly within?: number | undefined;
}

/**
 * One key's state machine. This side decides, with `judge` and `afterEnd`, which are pure: from what was read of the row,
 * from a command, or from the end of a process, to what is done next. All of it happens in the mailbox's turn.
 */
export class Slot<K extends Key, V> extends SlotProcess<K, V> {
  /** A process exists: it is to start, starts, runs, stops, or doesn't end. */
  get exists(): boolean {
    return this.live !== undefined || this.state === 'queued';
  }

  /** There is something to stop. */
  get stoppable(): boolean {
    return this.live !== undefined || (this.host.open && (this.state === 'queued' || this.state === 'backoff'));
  }

  /** Starts it, or lets it wait for its turn to start. */
  begin(cause: StartCause, attempt: number, within?: number): void {
    this.disarm();
    this.#forgetWishes();
    const errand = this.errandIfAny;
    if (errand !== undefined) {
      errand.due = false;
      errand.within = within;
    } else if (within !== undefined) {
      this.errand.within = within;
    }
    if (this.host.gate.enter(this, cause === 'initial')) this.start(cause, attempt);
    else this.queue(cause, attempt);
  }

  /** The very row that is known, of a key that waits for nothing. */
  keeps(row: V | RowError, version: Version | undefined): boolean {
    return this.errandIfAny === undefined && this.present && Object.is(row, this.row) && version === this.version;
  }

  /** A row was read. `trigger` is why, and `wish` what a command wants of it. */
  saw(row: V, version: Version | undefined, trigger: StartCause, wish?: Wish): Verdict {
    const cameBack = !this.present;
    this.present = true;
    if (wish !== undefined) return this.#grant(wish, row, version);
    const comparison = this.#compare(row, version);
    const due = this.errandIfAny?.due === true;
    this.version = version;
    if (comparison === 'same' && !cameBack && !due) return 'keep';
    if (comparison !== 'same') this.row = comparison === 'changed' ? row : this.given;
    if (due) return this.#retry(comparison === 'changed');
    return this.#act(this.#judge(comparison), trigger);
  }

  /** The row is there, but can't be read: the process keeps the last good one. */
  sawBadRow(): Verdict {
    const cameBack = !this.present;
    this.present = true;
    if (this.errandIfAny?.due === true) return this.#retry(false);
    if (cameBack) this.#wantAgain('change');
    return 'keep';
  }

  /** A read found no row. */
  absent(): Verdict {
    const verdict = this.#judge('absent');
    this.#forgetWishes();
    this.#lose();
    return verdict === 'note' ? verdict : this.#act(verdict, 'change');
  }

  /** What would follow from a row, or from its absence. */
  plan(row?: V, version?: Version): Verdict {
    return row === undefined ? this.#judge('absent') : this.#judge(this.#compare(row, version), row);
  }

  /** A stop by a command. The key is held if its row is still there when its process has ended. */
  hold(within?: number): void {
    this.#forgetWishes();
    this.errand.hold = true;
    if (this.ending) return;
    if (this.up) this.stop('request', within);
    else if (this.state === 'stopping') this.hasten(within);
    else if (this.state !== 'stuck') this.#rest();
  }

  /** At a shutdown: what waits or rests goes without an event, and what lives is no longer to be started again. */
  shutDown(): void {
    this.#forgetWishes();
    this.stopCause = 'shutdown';
    if (this.live === undefined) this.disarm();
  }

  /** A run begins, and this process has been stuck since an earlier one: that one's shutdown is over. */
  adopt(): void {
    this.stopCause = 'removed';
  }

  /** The run is over, and the process is stuck: what a next run reads decides what becomes of the key. */
  forget(): void {
    this.#lose();
    this.errand.restarts = [];
  }

  /** What is stuck is given up for good, and with it a key that has no row: true if it was. */
  abandon(): boolean {
    if (this.state !== 'stuck') return false;
    this.live = undefined;
    this.#remove();
    return true;
  }

  protected afterEnd(end: ProcessEnd<V>): void {
    if (!this.host.open) {
      this.host.drop(this);
      return;
    }
    if (!this.present) {
      this.#remove();
      return;
    }
    const { how, phase, error, attempt, had, now } = end;
    const { errand, key, policy } = this;
    const { callbacks, hub } = this.host;
    if (phase === 'starting' && !Object.is(had, this.row)) this.#miss(had);
    errand.failed = how === 'failed';
    errand.attempt = attempt;
    let next = afterEnd(end, errand, policy.when);
    // The policy is asked only where there is to be another one.
    const delay = next === 'back-off' || next === 'start-soon' ? callbacks.delay(key, policy, attempt, error) : SOONEST;
    if (next === 'back-off' && isSpent(policy.limit, errand.restarts, now + delay)) next = 'give-up';
    const soonest = next === 'give-up' ? SOONEST : Math.min(delay, SOONEST);
    errand.notBefore = how === 'stopped' ? 0 : now + (how === 'failed' ? soonest : 1);
    const cause = errand.again ?? 'change';
    switch (next) {
      case 'hold':
        this.#rest();
        break;
      case 'rest':
        break;
      case 'give-up':
        hub.say(this, { type: 'given-up', at: now, key, incarnation: this.incarnation, error });
        break;
      case 'start':
        this.begin(cause, 1);
        break;
      case 'start-soon':
        this.#startSoon(cause);
        break;
      case 'back-off':
        this.#backOff(delay, now);
    }
  }

  /** A row that changed while the process started is delivered, or makes it restart, now. */
  protected afterReady(): void {
    if (!this.host.open || Object.is(this.row, this.given)) return;
    if (this.ending) this.#miss(this.given);
    else this.#act(this.#judge('changed'), 'update');
  }

  protected afterWait(): void {
    this.errand.due = true;
    this.host.look(this.key);
  }

  /** A row that changed, and waited until the process was ready, was never delivered: the next process is for it. */
  #miss(had: V): void {
    const { errand, key, row } = this;
    if (!this.present || errand.hold || errand.again !== undefined) return;
    if (this.host.callbacks.onChange(key, had, row) !== 'ignore') errand.again = 'update';
  }

  /** The wait is over and the row was read again. */
  #retry(changed: boolean): Verdict {
    const { again, failed, restarts, attempt } = this.errand;
    const { limit } = this.policy;
    const unasked = again === undefined && !changed;
    if (limit !== undefined && unasked) this.errand.restarts = [...recent(restarts, limit.within, this.now), this.now];
    this.begin(again ?? 'restart', failed || unasked ? attempt + 1 : 1);
    return 'start';
  }

  /** Does what was judged, and returns what came of it: a start may have to wait. */
  #act(verdict: Verdict, trigger: StartCause): Verdict {
    switch (verdict) {
      case 'start':
        return this.#startSoon(trigger) ? 'start' : 'note';
      case 'stop':
        this.stop('removed');
        break;
      case 'restart':
        this.errand.again = 'update';
        this.stop('update');
        break;
      case 'update':
        this.deliver();
        break;
      case 'remove':
        this.#remove();
        break;
      case 'note':
        if (this.state === 'queued') this.host.gate.advance(this);
        else if (!this.up || this.ending) this.#wantAgain(trigger);
        break;
      case 'keep':
    }
    return verdict;
  }

  /** A row that changed ends a wait or a rest, though not too soon after a failure: true if it starts now. */
  #startSoon(cause: StartCause): boolean {
    const { now, errand } = this;
    const { notBefore } = errand;
    if (now >= notBefore) {
      this.begin(cause, errand.failed ? errand.attempt + 1 : 1);
      return true;
    }
    errand.again ??= cause;
    if (this.state !== 'backoff' || this.deadline > notBefore) this.#backOff(notBefore - now, now);
    return false;
  }

  /** Its row is gone: whatever comes back is another one, also with the same version. */
  #lose(): void {
    this.present = false;
    this.version = undefined;
  }

  #backOff(delay: number, now: number): void {
    const { key, incarnation } = this;
    const { attempt } = this.errand;
    this.host.hub.say(this, { type: 'backoff', at: now, key, incarnation, delay, attempt, until: now + delay });
    this.arm(delay);
  }

  #rest(): void {
    this.disarm();
    if (this.state === 'queued') this.leaveGate();
    this.#forgetWishes();
    this.errand.due = false;
    this.say('held');
  }

  #remove(): void {
    this.disarm();
    if (this.state === 'queued') this.leaveGate();
    this.host.drop(this);
    this.say('removed');
  }

  #grant(wish: Wish, row: V, version: Version | undefined): Verdict {
    this.row = row;
    this.version = version;
    if (this.state === 'queued' || (this.live !== undefined && !wish.restart)) return 'keep';
    this.errand.restarts = [];
    if (this.live === undefined || this.state === 'stuck') {
      this.live = undefined; // what is stuck is abandoned
      this.begin('request', 1, wish.within);
      return 'start';
    }
    this.errand.hold = false;
    this.errand.again = 'request';
    this.errand.commanded = true;
    if (!this.up || this.ending) return 'note';
    this.stop('request');
    return 'restart';
  }

  /** While it stops: the row changed, or came back. */
  #wantAgain(cause: StartCause): void {
    this.errand.hold = false;
    this.errand.again ??= cause;
  }

  #forgetWishes(): void {
    const errand = this.errandIfAny;
    if (errand === undefined) return;
    errand.hold = false;
    errand.again = undefined;
    errand.commanded = false;
  }

  #judge(comparison: Comparison | 'absent', row = this.row): Verdict {
    const { live, host, key } = this;
    const sighting: Sighting = comparison === 'reverted' ? 'same' : comparison;
    const react = () => host.callbacks.onChange(key, this.given, row);
    return judge(this.ending ? 'stopping' : this.state, sighting, react, live?.listensToRows === true);
  }

  /**
   * With the newest row; and, while a change of it was ignored or isn't delivered yet, with the one that the process
   * has, to which it may have gone back.
   */
  #compare(row: V, version: Version | undefined): Comparison {
    if ((version !== undefined && version === this.version) || Object.is(row, this.row)) return 'same';
    const { key, given } = this;
    const { callbacks } = this.host;
    if (callbacks.equals(key, this.row, row)) return 'same';
    return !Object.is(given, this.row) && callbacks.equals(key, given, row) ? 'reverted' : 'changed';
  }
}

type Comparison = Exclude<Sighting, 'absent'> | 'reverted';
