/**
 * One thing at a time: what comes while something is being done waits for its turn. So whatever a handler of an event
 * does to the supervisor or to the table takes effect after the event has reached everyone.
 */
export class Mailbox {
  #busy = false;
  #waiting: (() => void)[] = [];

  /** Does it now, or in its turn. */
  post(task: () => void): void {
    if (this.#busy) {
      this.#waiting.push(task);
      return;
    }
    this.#busy = true;
    try {
      task();
      // A plain loop: a turn may add further ones, and a chain of them must not grow the stack.
      for (let i = 0; i < this.#waiting.length; i++) {
        this.#waiting[i]?.();
        if (i === 1_023) {
          this.#waiting.splice(0, i + 1);
          i = -1;
        }
      }
    } finally {
      this.#waiting.length = 0;
      this.#busy = false;
    }
  }
}
