/** A thread ended by itself without an error, and not with exit code 0; or before it was ready. */
export class WorkerExitError extends Error {
  override readonly name = 'WorkerExitError';
  readonly code = 'WORKER_EXIT';

  constructor(
    readonly url: string,
    readonly exitCode: number,
    /** Whether it had been ready. */
    readonly ready: boolean,
  ) {
    const expected = ready ? 'a stop, or exit code 0,' : 'that it becomes ready';
    super(`The thread of ${url} exited with code ${exitCode}, where ${expected} was expected.`);
  }
}
