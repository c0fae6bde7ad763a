import type { Unsubscribable } from 'rxjs';
import type { Scheduler } from '../../lib/index.ts';

interface Task {
  readonly due: number;
  readonly work: () => void;
  readonly mine: boolean;
}

/** Virtual time: what is due at the same moment is done in the order in which it was asked for. */
export class Clock {
  #now = 0;
  readonly #tasks: Task[] = [];
  #done = 0;
  /** Timers that the library has armed. */
  armed = 0;

  /** What the library gets: its timers are counted. */
  readonly scheduler: Scheduler = {
    now: () => this.#now,
    schedule: (work, delay = 0) => this.#add(work, delay, false),
  };

  get now(): number {
    return this.#now;
  }

  /** A timer of the world around the library. */
  after(delay: number, work: () => void): Unsubscribable {
    return this.#add(work, delay, true);
  }

  /** Does all that is due within `ms`, calling `each` after each task; it ends early when that says so. */
  advance(ms: number, each: () => boolean): void {
    const end = this.#now + ms;
    for (;;) {
      const task = this.#tasks[0];
      if (task === undefined || task.due > end) break;
      this.#tasks.shift();
      if (!task.mine) this.armed--;
      this.#now = task.due;
      if (++this.#done > 100_000) throw new Error('time does not pass: more than 100 000 timers in one history');
      task.work();
      if (!each()) return;
    }
    this.#now = end;
  }

  #add(work: () => void, delay: number, mine: boolean): Unsubscribable {
    if (!(delay >= 0 && delay < Infinity)) throw new Error(`a timer of ${String(delay)} ms`);
    const task = { due: this.#now + delay, work, mine };
    let at = this.#tasks.length;
    while (at > 0 && (this.#tasks[at - 1] as Task).due > task.due) at--;
    this.#tasks.splice(at, 0, task);
    if (!mine) this.armed++;
    return {
      unsubscribe: () => {
        const index = this.#tasks.indexOf(task);
        if (index < 0) return;
        this.#tasks.splice(index, 1);
        if (!mine) this.armed--;
      },
    };
  }
}
