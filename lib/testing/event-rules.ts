import type { Key, LifecycleEvent, ProcessEvent, ProcessStatus, Supervisor } from '../index.ts';
import { applyEvent, isProcessEvent } from '../index.ts';
import { show } from './contract-error.ts';
import type { KeyState, RunPhase } from './grammar.ts';
import { mayFollow, stateAfter } from './grammar.ts';
import { statusDifference } from './status-difference.ts';

/** What the events of one key have told. */
interface Told {
  state: KeyState;
  incarnation: number;
}

/**
 * Hears every event of a supervisor, from its first run on, and holds it against the rules for events: each key's follow
 * the grammar, incarnations only grow, folding them gives `statuses()`, nothing starts once a shutdown has begun, and
 * every start has one end.
 */
export class EventRules<K extends Key, V> {
  phase: RunPhase = 'down';
  readonly #keys = new Map<K, Told>();
  readonly #fold = new Map<K, ProcessStatus<K, V>>();
  readonly #supervisor: Pick<Supervisor<K, V, unknown>, 'statuses'>;
  readonly #broken: (what: string) => void;

  /** `broken` is told of each rule that an event breaks. */
  constructor(supervisor: Pick<Supervisor<K, V, unknown>, 'statuses'>, broken: (what: string) => void) {
    this.#supervisor = supervisor;
    this.#broken = broken;
  }

  stateOf(key: K): KeyState {
    return this.#keys.get(key)?.state ?? 'none';
  }

  hear(event: LifecycleEvent<K, V>): void {
    applyEvent(this.#fold, event);
    const difference = statusDifference(this.#fold, this.#supervisor.statuses());
    if (difference !== undefined)
      this.#broken(`folding the events gives statuses(), but after ${event.type} ${difference}`);
    if (isProcessEvent(event)) this.#process(event);
    else this.#general(event);
  }

  #general(event: Exclude<LifecycleEvent<K, V>, ProcessEvent<K, V>>): void {
    if (event.type === 'shutdown') {
      this.phase = 'closing';
    } else if (event.type !== 'down') {
      if (this.phase === 'closing')
        this.#broken(`nothing is done once a shutdown has begun, but there is a ${event.type}`);
      else this.phase = 'open';
    } else {
      this.phase = 'down';
      for (const [key, { state }] of this.#keys) {
        if (['starting', 'running', 'stopping'].includes(state)) {
          this.#broken(`every start has an end, but at down ${show(key)} is ${state}`);
        }
        if ((state === 'stuck') !== event.keys.includes(key)) {
          this.#broken(`down names what is stuck, but ${show(key)} is ${state}`);
        }
        if (state !== 'stuck') this.#keys.set(key, { ...this.#of(key), state: 'none' });
      }
    }
  }

  #process({ key, type, incarnation }: ProcessEvent<K, V>): void {
    const told = this.#of(key);
    const begins = type === 'queued' || type === 'starting';
    // What is stuck may end where no run is on; anything else is of a run that has begun.
    const ends = told.state === 'stuck' && (type === 'stopped' || type === 'failed');
    if (this.phase === 'down' && !ends) this.phase = 'open';
    if (!mayFollow(told.state, type, this.phase)) {
      const when = this.phase === 'open' ? '' : this.phase === 'closing' ? ' during a shutdown' : ' between two runs';
      this.#broken(`events follow the grammar, but ${show(key)} has ${type} after ${told.state}${when}`);
    }
    const fresh = begins && told.state !== 'queued';
    if (fresh ? incarnation <= told.incarnation : incarnation !== told.incarnation) {
      this.#broken(`incarnations only grow, but ${show(key)} has ${type} of ${incarnation} after ${told.incarnation}`);
    }
    const gone = this.phase === 'closing' && type !== 'stopping' && type !== 'stuck';
    this.#keys.set(key, { state: gone ? 'none' : stateAfter(told.state, type), incarnation });
  }

  #of(key: K): Told {
    return this.#keys.get(key) ?? { state: 'none', incarnation: 0 };
  }
}
