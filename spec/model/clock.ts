import type { Unsubscribable } from 'rxjs';
import type { Scheduler } from '../../lib/index.ts';

interface Task {
  readonly due: number;
  readonly work: () => void;
  /** Counts it while it is armed. */
  readonly timers: Timers | undefined;
}

/** How many timers are armed. */
export interface Timers {
  armed: number;
}

/** Virtual time: what is due at the same moment is done in the order in which it was asked for. */
export class Clock {
  #now = 0;
  #began = 0;
  readonly #tasks: Task[] = [];
  #done = 0;

  /** What a supervisor gets: its timers are counted. */
  scheduler(timers: Timers): Scheduler {
    return { now: () => this.#now, schedule: (work, delay = 0) => this.#add(work, delay, timers) };
  }

  get now(): number {
    return this.#now;
  }

  /** When what is being done began: later than `now` says nothing happens, earlier than this neither. */
  get began(): number {
    return this.#began;
  }

  /** Time passes while something is being done: what is due meanwhile is late. */
  work(ms: number): void {
    this.#now += ms;
  }

  /** A timer of the world around the library. */
  after(delay: number, work: () => void): Unsubscribable {
    return this.#add(work, delay, undefined);
  }

  /** Does the next task that is due until then, if there is one; else it is then. */
  next(end: number): boolean {
    const task = this.#tasks[0];
    const begins = task === undefined || task.due > end ? end : task.due;
    this.#began = this.#now = Math.max(this.#now, begins);
    if (task === undefined || task.due > end) return false;
    this.#tasks.shift();
    if (task.timers !== undefined) task.timers.armed--;
    if (++this.#done > 100_000) throw new Error('time does not pass: more than 100 000 timers in one history');
    task.work();
    return true;
  }

  #add(work: () => void, delay: number, timers: Timers | undefined): Unsubscribable {
    if (!(delay >= 0 && delay < Infinity)) throw new Error(`a timer of ${String(delay)} ms`);
    const task = { due: this.#now + delay, work, timers };
    let at = this.#tasks.length;
    while (at > 0 && (this.#tasks[at - 1] as Task).due > task.due) at--;
    this.#tasks.splice(at, 0, task);
    if (timers !== undefined) timers.armed++;
    return {
      unsubscribe: () => {
        const index = this.#tasks.indexOf(task);
        if (index < 0) return;
        this.#tasks.splice(index, 1);
        if (timers !== undefined) timers.armed--;
      },
    };
  }
}
