/** A process ended by itself, and not with exit code 0. */
export class ProcessExitError extends Error {
  override readonly name = 'ProcessExitError';
  readonly code = 'PROCESS_EXIT';

  constructor(
    readonly command: string,
    /** The code it exited with; null if a signal killed it. */
    readonly exitCode: number | null,
    /** The signal that killed it, or null. */
    readonly signal: NodeJS.Signals | null,
    /** The last lines that it wrote to stderr. */
    readonly stderr: readonly string[],
  ) {
    const end = signal === null ? `exited with code ${String(exitCode)}` : `was killed by ${signal}`;
    const words = stderr.length === 0 ? '' : `\nThe last lines of its stderr:\n${stderr.join('\n')}`;
    super(`"${command}" ${end}, where a stop, or exit code 0, was expected.${words}`);
  }
}
