import { Observable } from 'rxjs';

/** What a benchmark's processes are made with: a counter that proves how many really ran, and how many live. */
export class Processes {
  live = 0;
  started = 0;

  /**
   * A process has been started; `fail` makes it fail. A contender whose processes aren't Observables calls this, and
   * `closed`, itself.
   */
  opened(_fail?: (error: unknown) => void): void {
    this.live++;
    this.started++;
  }

  /** A process has ended. */
  closed(): void {
    this.live--;
  }

  /** An Observable with a teardown, ready at once, that lives until it is unsubscribed. */
  plain(): Observable<never> {
    return new Observable(() => {
      this.opened();
      return () => this.closed();
    });
  }

  /** Throws where not as many live, or were started in all, as should have been. */
  expect(live: number, started: number): void {
    if (this.live !== live) throw new Error(`${live} processes should live, but ${this.live} do.`);
    if (this.started !== started) throw new Error(`${started} processes should have started, but ${this.started} did.`);
  }
}

/** Processes that can be made to fail, all at once. */
export class FailingProcesses extends Processes {
  #failures: ((error: unknown) => void)[] = [];

  override opened(fail?: (error: unknown) => void): void {
    super.opened();
    if (fail !== undefined) this.#failures.push(fail);
  }

  override plain(): Observable<never> {
    return new Observable((subscriber) => {
      this.opened((error) => subscriber.error(error));
      return () => this.closed();
    });
  }

  /** Fails all that live, each once; what starts meanwhile lives on. */
  failAll(error: unknown): void {
    const failures = this.#failures;
    this.#failures = [];
    for (const fail of failures) fail(error);
  }
}
