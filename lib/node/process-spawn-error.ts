import { statSync } from 'node:fs';

/** A process could not be started; Node's error is the `cause`, unless it tells a value, which may be a secret. */
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
    super(
      `"${command}" can't be started: ${explain(code, cwd) ?? withoutValue(message)}`,
      tellsValue(code) ? undefined : { cause },
    );
    this.reason = code;
  }
}

/** Node says ENOENT of the command as well when it is the directory that is missing. */
function explain(code: string | undefined, cwd: string | undefined): string | undefined {
  if (typeof cwd === 'string' && !isDirectory(cwd)) return `its directory "${cwd}" doesn't exist, or is none.`;
  switch (code) {
    case 'ENOENT':
      return 'there is no such command. Give its path, or the name of one that is found on the PATH.';
    case 'EACCES':
      return `it is not allowed to be executed${where(cwd)}. Give the path of a program, and see the permissions.`;
    case 'EAGAIN':
      return 'the system has no room for another process now (EAGAIN).';
    default:
      return undefined;
  }
}

/** Node says EACCES of the command as well when it is the directory that must not be entered. */
function where(cwd: string | undefined): string {
  return typeof cwd === 'string' ? `, or not in "${cwd}"` : '';
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    // One that can't be seen may be there.
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

/** Node's errors about an argument say what it has received, a variable of the environment for example. */
const tellsValue = (code: string | undefined): boolean => code?.startsWith('ERR_INVALID_ARG') ?? false;
const withoutValue = (message: string): string => message.replace(/\.? Received [^]*$/, '.');
