import type { Scheduler } from './scheduler.ts';

/**
 * One thing at a time: what comes while something is being done waits for its turn. So whatever a handler of an event
 * does to the supervisor or to the table takes effect after the event has reached everyone.
 */
export class Mailbox {
  readonly #scheduler: Pick<Scheduler, 'now'>;
  #busy = false;
  #waiting: (() => void)[] = [];
  #now: number | undefined = undefined;

  constructor(scheduler: Pick<Scheduler, 'now'>) {
    this.#scheduler = scheduler;
  }

  /**
   * The time of this step, in ms: what one step does, it does at one time. A look at the clock takes as long as telling
   * an event does, and there would be four for each row that changes.
   */
  get now(): number {
    return (this.#now ??= this.#scheduler.now());
  }

  /** The next step of a long turn begins, as each turn does: the next row of a read, or the next that rings. */
  step(): void {
    this.#now = undefined;
  }

  /** Does it now, or in its turn. What a task throws comes out of the `post` that had to wait for none, after all others. */
  post(task: () => void): void {
    if (this.#busy) {
      this.#waiting.push(task);
      return;
    }
    let thrown: { readonly error: unknown } | undefined;
    let tasks = [task];
    this.#busy = true;
    // A plain loop: a turn may add further ones, and a chain of them must not grow the stack.
    for (;;) {
      for (const next of tasks) {
        this.step();
        try {
          next();
        } catch (error) {
          thrown ??= { error };
        }
      }
      if (this.#waiting.length === 0) break;
      tasks = this.#waiting;
      this.#waiting = [];
    }
    this.#busy = false;
    if (thrown !== undefined) throw thrown.error;
  }
}
