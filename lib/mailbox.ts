/**
 * One thing at a time: what comes while something is being done waits for its turn. So whatever a handler of an event
 * does to the supervisor or to the table takes effect after the event has reached everyone.
 */
export class Mailbox {
  #busy = false;
  #waiting: (() => void)[] = [];

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
