import type { Key } from './table.ts';

/**
 * The errors of this library: each has a literal `name`, a `code` to compare by (the ESM and the CJS copy of a class are
 * two classes), the facts as fields, and a message that says what was expected, what was found, and what to do.
 */
abstract class CodedError extends Error {
  abstract override readonly name: string;
  abstract readonly code: string;
}

/** `NOT_RUNNING` of `NotRunningError`; a type says which, so that it isn't in the bundle a second time. */
function codeOf(name: string): never {
  const words = name.slice(0, -5).replace(/\B[A-Z]/g, '_$&');
  return words.toUpperCase() as never;
}

/** A key as messages show it: `"a"`, `1`, `1n`, `true`, `Symbol(a)`. */
export function showKey(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'bigint' ? `${key}n` : String(key);
}

/** What something is, as messages say it: `a string "x"`, `an object of class Foo`, `undefined`. */
export function describe(found: unknown): string {
  if (found === null || found === undefined) return String(found);
  if (typeof found === 'function') return `a function ${found.name}`.trimEnd();
  if (typeof found !== 'object') return `a ${typeof found} ${showKey(found)}`;
  if (Array.isArray(found)) return `an array of ${found.length}`;
  const name = (found.constructor as { name?: string } | undefined)?.name;
  return name === undefined || name === 'Object' ? 'a plain object' : `an object of class ${name}`;
}

/** A command was given while no run is active. Counterpart of Go's `ErrNotRunning`. */
export class NotRunningError extends CodedError {
  override readonly name = 'NotRunningError';
  readonly code: 'NOT_RUNNING' = codeOf(this.name);
  constructor(readonly command: string) {
    super(`${command} needs a supervisor that runs: subscribe to run() first.`);
  }
}

/** There is no process, or no row to start one from. Counterpart of Go's `ErrProcessNotFound`. */
export class ProcessNotFoundError extends CodedError {
  override readonly name = 'ProcessNotFoundError';
  readonly code: 'PROCESS_NOT_FOUND' = codeOf(this.name);
  constructor(
    readonly key: Key,
    found: string,
  ) {
    super(`No process of key ${showKey(key)}: ${found}.`);
  }
}

/** The process exists but doesn't run (yet, or any more). Counterpart of Go's `ErrProcessNotRunning`. */
export class ProcessNotRunningError extends CodedError {
  override readonly name = 'ProcessNotRunningError';
  readonly code: 'PROCESS_NOT_RUNNING' = codeOf(this.name);
  constructor(
    readonly key: Key,
    /** The state in which the key was found. */
    readonly state: string,
    /** The process object, if there is one. */
    readonly process?: unknown,
  ) {
    super(
      `The process of key ${showKey(key)} was expected to run, but it is ${state}: watch(key) tells when that changes.`,
    );
  }
}

/** The key has a process already. Counterpart of Go's `ErrProcessExists`. */
export class ProcessExistsError extends CodedError {
  override readonly name = 'ProcessExistsError';
  readonly code: 'PROCESS_EXISTS' = codeOf(this.name);
  constructor(
    readonly key: Key,
    readonly state: string,
  ) {
    super(`Key ${showKey(key)} can't be started: it has a process, which is ${state}. restart(key) makes a new one.`);
  }
}

/** Thrown by a process (or anywhere in its error's chain of causes): no retry until its row changes. */
export class PermanentError extends CodedError {
  override readonly name = 'PermanentError';
  readonly code: 'PERMANENT' = codeOf(this.name);
}

/** The process wasn't ready within `startTimeout`. */
export class StartTimeoutError extends CodedError {
  override readonly name = 'StartTimeoutError';
  readonly code: 'START_TIMEOUT' = codeOf(this.name);
  constructor(
    readonly key: Key,
    /** ms */
    readonly startTimeout: number,
  ) {
    super(
      `The process of key ${showKey(key)} was expected to be ready within ${startTimeout} ms, but hasn't ` +
        `subscribed to \`running\`: do so once everything is open, or raise startTimeout.`,
    );
  }
}

/** A stop was asked for and then forced, and the process still hasn't ended. */
export class ProcessStuckError extends CodedError {
  override readonly name = 'ProcessStuckError';
  readonly code: 'PROCESS_STUCK' = codeOf(this.name);
  constructor(readonly key: Key) {
    super(
      `The process of key ${showKey(key)} was asked to stop and forced, and hasn't ended. ` +
        `It is left alone until it does; restart(key) abandons it.`,
    );
  }
}

/** A read of the table took longer than `readTimeout`. */
export class ReadTimeoutError extends CodedError {
  override readonly name = 'ReadTimeoutError';
  readonly code: 'READ_TIMEOUT' = codeOf(this.name);
  constructor(
    readonly operation: string,
    /** ms */
    readonly readTimeout: number,
  ) {
    super(
      `The table's ${operation} was expected to end within ${readTimeout} ms, but hasn't: ` +
        `mend the table, or raise readTimeout.`,
    );
  }
}

/** A table gave something that isn't a row (or a batch of rows, or a change). */
export class InvalidRowError extends CodedError {
  override readonly name = 'InvalidRowError';
  readonly code: 'INVALID_ROW' = codeOf(this.name);
  constructor(
    readonly operation: string,
    expected: string,
    /** What the table gave. */
    readonly found: unknown,
  ) {
    super(`The table's ${operation} was expected to give ${expected}, but gave ${describe(found)}.`);
  }
}

/** A key came twice in one read; the first row counts. */
export class DuplicateKeyError extends CodedError {
  override readonly name = 'DuplicateKeyError';
  readonly code: 'DUPLICATE_KEY' = codeOf(this.name);
  constructor(readonly key: Key) {
    super(`Key ${showKey(key)} came twice in one read of the table. The first row counts: make keys unique.`);
  }
}

/** What was to be run isn't a process. */
export class InvalidProcessError extends CodedError {
  override readonly name = 'InvalidProcessError';
  readonly code: 'INVALID_PROCESS' = codeOf(this.name);
  constructor(readonly found: unknown) {
    super(
      `A process must be a Runnable, an Observable, a Promise or an iterable, but was ${describe(found)}. ` +
        `Return one of them from \`process\`, or let the row be one.`,
    );
  }
}

/** An option has a value it can't have. */
export class InvalidOptionError extends CodedError {
  override readonly name = 'InvalidOptionError';
  readonly code: 'INVALID_OPTION' = codeOf(this.name);
  constructor(
    readonly option: string,
    expected: string,
    readonly found: unknown,
  ) {
    super(`Option \`${option}\` must be ${expected}, but was ${describe(found)}.`);
  }
}

/** A function of the options (`equals`, `onChange`, `restart.delay`) threw; its error is the `cause`. */
export class CallbackError extends CodedError {
  override readonly name = 'CallbackError';
  readonly code: 'CALLBACK' = codeOf(this.name);
  constructor(
    readonly callback: string,
    readonly key: Key,
    consequence: string,
    cause: unknown,
  ) {
    super(`\`${callback}\` threw for key ${showKey(key)}: ${String(cause)}. ${consequence}`, { cause });
  }
}

/** An error of a process that has a name: the name in front, the original as `cause`. */
export class NamedError extends CodedError {
  override readonly name = 'NamedError';
  readonly code: 'NAMED' = codeOf(this.name);
  constructor(
    readonly process: string,
    cause: unknown,
  ) {
    super(`${process}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Whether `error`, or one of its causes, satisfies the predicate; a cycle of causes ends the search. */
export function someCause(error: unknown, predicate: (error: unknown) => boolean): boolean {
  let seen: Set<unknown> | undefined;
  for (let e = error; ;) {
    if (predicate(e)) return true;
    const cause = (e as { cause?: unknown } | null | undefined)?.cause;
    // Most have none, and need no Set.
    if (cause === undefined || (seen ??= new Set()).has(cause)) return false;
    seen.add(cause);
    e = cause;
  }
}
