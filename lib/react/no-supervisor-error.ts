/** A hook was used where there is no supervisor to read. */
export class NoSupervisorError extends Error {
  override readonly name = 'NoSupervisorError';
  readonly code = 'NO_SUPERVISOR';

  constructor(
    /** The hook that was called. */
    readonly hook: string,
  ) {
    super(
      `${hook} needs a supervisor, but it was given none and no SupervisorProvider is above this component: ` +
        'give it one, or put <SupervisorProvider supervisor={…}> around it.',
    );
  }
}
