/** A process ended by itself, and not with exit code 0; or before it was ready. */
export class ProcessExitError extends Error {
  override readonly name = 'ProcessExitError';
  readonly code = 'PROCESS_EXIT';

  constructor(
    readonly command: string,
    /** The code it exited with; null if a signal killed it. */
    readonly exitCode: number | null,
    /** The signal that killed it, or null. */
    readonly signal: NodeJS.Signals | null,
    /** The last lines that it wrote to stderr: ten, each cut where it is very long. */
    readonly stderr: readonly string[],
    /** Whether it had been ready. */
    readonly ready: boolean,
  ) {
    const end = signal === null ? `exited with code ${String(exitCode)}` : `was killed by ${signal}`;
    const expected = ready ? 'a stop, or exit code 0,' : 'that it becomes ready';
    const words = stderr.length === 0 ? '' : `\nThe last lines of its stderr:\n${stderr.join('\n')}`;
    super(`"${command}" ${end}, where ${expected} was expected.${words}`);
  }
}
