/**
 * How many may be starting at once. The rest wait in the order in which they came, those of changed rows before the
 * initial backlog.
 */
export class Gate<S> {
  readonly #limit: number;
  #starting = 0;
  readonly #ahead = new Set<S>();
  readonly #backlog = new Set<S>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Nothing starts, and nothing waits to start. */
  get idle(): boolean {
    return this.#starting === 0 && !this.waits;
  }

  /** Somebody waits. */
  get waits(): boolean {
    return this.#ahead.size > 0 || this.#backlog.size > 0;
  }

  /** Whether it may start now; otherwise it waits. */
  enter(slot: S, initial: boolean): boolean {
    const others = initial ? this.waits : this.#ahead.size > 0;
    if (this.#starting < this.#limit && !others) {
      this.#starting++;
      return true;
    }
    (initial ? this.#backlog : this.#ahead).add(slot);
    return false;
  }

  /** Its row has changed: it goes before the backlog. */
  advance(slot: S): void {
    if (this.#backlog.delete(slot)) this.#ahead.add(slot);
  }

  /** One that was starting no longer is. */
  leave(): void {
    this.#starting--;
  }

  /** One that waits doesn't want to start any more. */
  withdraw(slot: S): void {
    if (!this.#ahead.delete(slot)) this.#backlog.delete(slot);
  }

  /** The next one that may start now. */
  admit(): S | undefined {
    if (this.#starting >= this.#limit) return undefined;
    const waiting = this.#ahead.size > 0 ? this.#ahead : this.#backlog;
    for (const slot of waiting) {
      waiting.delete(slot);
      this.#starting++;
      return slot;
    }
    return undefined;
  }
}
