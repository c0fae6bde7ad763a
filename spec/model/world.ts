import type { Key } from '../../lib/index.ts';
import type { Timers } from './clock.ts';
import { Clock } from './clock.ts';
import type { Action, Config, Life, PolicySpec, RowSpec } from './history.ts';

/** A rule was broken. */
export class Violation extends Error {
  constructor(
    readonly rule: string,
    what: string,
  ) {
    super(`${rule}: ${what}`);
  }
}

/** An error that a history makes on purpose. */
export class Mishap extends Error {
  override readonly name = 'Mishap';
}

/** What a row of the table holds: `content` tells contents apart. */
export interface Value extends RowSpec {
  readonly content: number;
}

export interface StoredRow {
  readonly value: Value;
  readonly version: number;
  readonly bad: boolean;
}

/** One process that lives: what the world knows of it, whatever the library thinks. */
export interface Alive {
  readonly key: Key;
  readonly incarnation: number;
  readonly life: Life;
  /** The newest row that it was given. */
  value: Value;
  /** It was stuck, and a restart gave it up. */
  abandoned: boolean;
  /** The keys of what lives within it. */
  readonly inner: readonly Key[];
  /** It stays, whatever is done to it. */
  calmDown: () => void;
  /** Ends it from outside. */
  release: () => void;
}

/** All that is around the supervisor: time, the table's rows, the processes that live, and what went wrong. */
export class World {
  readonly clock = new Clock();
  /** Those of the supervisor under test. */
  readonly timers: Timers = { armed: 0 };
  readonly rows = new Map<Key, StoredRow>();
  readonly previous = new Map<Key, Value>();
  /** Counts all that happens. */
  moment = 0;
  /** When the content of a key's row was last changed, in moments. */
  readonly mutated = new Map<Key, number>();
  /** When a read by key last told that there is no such row, in moments. */
  readonly toldAbsent = new Map<Key, number>();
  /** What content of a key's row a read has last told. */
  readonly told = new Map<Key, number>();
  /** The same, also of answers that come late. */
  readonly served = new Map<Key, number>();
  /** What reads have told of a key and when each began, in moments; `undefined` for no row. Cleared where it isn't certain. */
  readonly answers = new Map<Key, { readonly began: number; readonly content: number | undefined }[]>();
  /** When a read last told of a key, in moments. */
  readonly readAt = new Map<Key, number>();
  /** When a complete full read was last without a key, in moments. */
  readonly fullWithout = new Map<Key, number>();
  /** When there was last a reason to read a key by itself, in moments. */
  readonly hinted = new Map<Key, number>();
  /** Reads that are under way, but for those that are just answering. */
  open = 0;
  /** Of each read that is just answering the keys that it hasn't told of. */
  readonly untold = new Set<ReadonlySet<Key>>();
  /** ms of work, all in all: what is due meanwhile is as late as that. */
  worked = 0;
  /** When the work of a key's process has last ended: ms. What it does after that is no earlier. */
  readonly workedUntil = new Map<Key, number>();
  /**
   * Plans that may still read, an abandoned one among them: what is read meanwhile may be theirs, of which the supervisor
   * learns nothing. What only excuses (that a key was read, or was absent) is taken for told all the same.
   */
  readonly plans = new Set<object>();
  /** The newest full read, if it is no plan's, can't be complete. */
  failing = false;
  /** When a read last had a fault, in moments. */
  faulted = -1;
  /** When reads have failed or will, in ms. */
  readonly faults: number[] = [];
  /** When a read last told that a key's row is bad, in moments: whoever asked for a start hears an error. */
  readonly toldBad = new Map<Key, number>();
  readonly alive = new Map<Key, Set<Alive>>();
  /** The newest process of each key. */
  readonly built = new Map<Key, unknown>();
  /** From now on whatever starts does it at once and stays; reads answer at once. */
  calm = false;
  readonly violations: Violation[] = [];
  verbose = false;
  perform: (action: Action) => void = () => undefined;
  #contents = 0;
  #versions = 0;

  constructor(
    readonly config: Config,
    /** Lines for the replay. */
    readonly log: string[],
  ) {}

  get keys(): readonly Key[] {
    return this.config.keys;
  }

  keyAt(index: number): Key {
    return this.keys[index % this.keys.length] as Key;
  }

  broken(rule: string, what: string): void {
    this.violations.push(new Violation(rule, `${what} (at ${String(this.clock.now)} ms)`));
  }

  note(line: () => string): void {
    if (this.verbose) this.log.push(`${String(this.clock.now).padStart(6)}  ${line()}`);
  }

  policyOf(value: Value): PolicySpec {
    const { policy } = this.config;
    if (value.policy === undefined) return policy;
    return value.policy.limit === undefined ? { ...value.policy, limit: policy.limit } : value.policy;
  }

  /** The reaction to a changed row, as the options say. */
  reaction(next: Value): 'restart' | 'ignore' | 'update' {
    const { onChange } = this.policyOf(next);
    if (onChange === 'by number') return (['restart', 'ignore', 'update'] as const)[next.content % 3] as 'restart';
    return onChange === 'throws' ? 'ignore' : onChange;
  }

  set(key: Key, row: RowSpec): void {
    this.#put(key, { lives: row.lives, policy: row.policy, content: ++this.#contents });
  }

  rewrite(key: Key): void {
    const row = this.rows.get(key);
    if (row !== undefined) this.rows.set(key, { ...row, value: { ...row.value }, version: ++this.#versions });
  }

  revert(key: Key): void {
    const previous = this.previous.get(key);
    if (previous !== undefined) this.#put(key, previous);
  }

  delete(key: Key): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.previous.set(key, row.value);
    this.rows.delete(key);
    this.mutated.set(key, ++this.moment);
  }

  /** The row is there, and can't be read. */
  spoil(key: Key): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.rows.set(key, { ...row, bad: true, version: ++this.#versions });
    this.mutated.set(key, ++this.moment);
  }

  begin(alive: Alive): void {
    const others = this.alive.get(alive.key) ?? new Set();
    for (const other of others) {
      if (!other.abandoned) {
        this.broken(
          '1',
          `incarnation ${String(alive.incarnation)} of ${String(alive.key)} begins while ${String(other.incarnation)} lives`,
        );
      }
      if (other.incarnation >= alive.incarnation)
        this.broken('1', `incarnation ${String(alive.incarnation)} after ${String(other.incarnation)}`);
    }
    others.add(alive);
    this.alive.set(alive.key, others);
  }

  /** A key's process works. */
  work(key: Key, ms: number): void {
    if (ms === 0 || this.calm) return;
    this.clock.work(ms);
    this.worked += ms;
    this.workedUntil.set(key, this.clock.now);
    this.note(() => `         ${String(key)} works for ${String(ms)} ms`);
  }

  end(alive: Alive): void {
    const all = this.alive.get(alive.key);
    if (all?.delete(alive) === true)
      this.note(() => `         ${String(alive.key)}#${String(alive.incarnation)} is no more`);
    if (all?.size === 0) this.alive.delete(alive.key);
  }

  /** An answer is given: `began` is when its read did. */
  answer(key: Key, began: number, content: number | undefined, certain: boolean): void {
    if (!certain) {
      this.answers.delete(key);
      return;
    }
    const answers = this.answers.get(key) ?? [];
    if (answers.length > 20) answers.shift();
    answers.push({ began, content });
    this.answers.set(key, answers);
  }

  /** What lives of a key is given up, with all within it. */
  abandon(key: Key): void {
    for (const alive of this.living(key)) {
      alive.abandoned = true;
      for (const inner of alive.inner) this.abandon(inner);
    }
  }

  /** The one process of a key that lives and counts. */
  living(key: Key): Alive[] {
    return [...(this.alive.get(key) ?? [])].filter((alive) => !alive.abandoned);
  }

  #put(key: Key, value: Value): void {
    const row = this.rows.get(key);
    if (row !== undefined) this.previous.set(key, row.value);
    this.rows.set(key, { value, version: ++this.#versions, bad: false });
    if (row?.value.content !== value.content || row.bad) this.mutated.set(key, ++this.moment);
  }
}
