import { statSync } from 'node:fs';

/** A process could not be started; Node's error is the `cause`. */
export class ProcessSpawnError extends Error {
  override readonly name = 'ProcessSpawnError';
  readonly code = 'PROCESS_SPAWN';
  /** The operating system's code of the error, such as `ENOENT`. */
  readonly reason: string | undefined;

  constructor(
    readonly command: string,
    readonly cwd: string | undefined,
    cause: unknown,
  ) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`"${command}" can't be started: ${explain(code, cwd) ?? message}`, { cause });
    this.reason = code;
  }
}

/** Node says ENOENT of the command as well when it is the directory that is missing. */
function explain(code: string | undefined, cwd: string | undefined): string | undefined {
  if (cwd !== undefined && !isDirectory(cwd)) return `its directory "${cwd}" doesn't exist, or is none.`;
  switch (code) {
    case 'ENOENT':
      return 'there is no such command. Give its path, or the name of one that is found on the PATH.';
    case 'EACCES':
      return 'it is not allowed to be executed. Give the path of a program, and see its permissions.';
    case 'EAGAIN':
      return 'the system has no room for another process now (EAGAIN).';
    default:
      return undefined;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
