import { messageOf } from './postgres-table-error.ts';

/**
 * Nothing is told of changes any more, or yet: the error of `changes`. The supervisor subscribes again, with backoff, and
 * reads everything then; until that the interval goes on.
 */
export class PostgresListenError extends Error {
  override readonly name = 'PostgresListenError';
  readonly code = 'POSTGRES_LISTEN';

  constructor(
    readonly channel: string,
    found: string,
    cause?: unknown,
  ) {
    const reason = cause === undefined ? '' : `: ${messageOf(cause)}`;
    super(`Changes on the channel ${JSON.stringify(channel)} aren't heard: ${found}${reason}.`, { cause });
  }
}
