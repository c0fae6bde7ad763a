/**
 * A process that has this property takes the time it needs to stop, since what it keeps has timeouts of its own: for it
 * `stopTimeout` and `killTimeout` default to `Infinity`. A Supervisor has it.
 */
export const patient: unique symbol = Symbol.for('rxjs-supervisor/patient') as never;

export function isPatient(process: unknown): boolean {
  return (process as { [patient]?: boolean } | null | undefined)?.[patient] === true;
}
