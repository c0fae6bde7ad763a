import type { LifecycleEvent, ProcessEvent } from './events.ts';
import { isProcessEvent } from './events.ts';
import type { ProcessState, ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/**
 * Writes what an event says into the statuses, and returns them: the supervisor's own way and everybody else's, so
 * `events.reduce(applyEvent, new Map())` equals `statuses()`.
 */
export function applyEvent<K extends Key, V>(
  statuses: Map<K, ProcessStatus<K, V>>,
  event: LifecycleEvent<K, V>,
): Map<K, ProcessStatus<K, V>> {
  if (isProcessEvent(event)) {
    const status = statusAfter(statuses.get(event.key), event);
    if (status === undefined) statuses.delete(event.key);
    else statuses.set(event.key, status);
  } else if (event.type === 'down') {
    const stuck = new Set(event.keys);
    for (const key of statuses.keys()) if (!stuck.has(key)) statuses.delete(key);
  }
  return statuses;
}

/** How a key is after an event, given how it was; `undefined` for no status. */
export function statusAfter<K extends Key, V>(
  was: ProcessStatus<K, V> | undefined,
  event: ProcessEvent<K, V>,
): ProcessStatus<K, V> | undefined {
  if (event.type === 'queued' || event.type === 'starting') return status(event.type, event, event.at, was?.error);
  if (was === undefined) return undefined;
  switch (event.type) {
    case 'running':
      return status('running', was, event.at, undefined);
    case 'updated':
      return status(was.state, { ...was, value: event.value }, was.since, was.error);
    case 'stopping':
    case 'completed':
    case 'held':
    case 'stuck':
      return status(event.type, was, event.at, was.error);
    case 'failed':
      return status(was.state, was, was.since, event.error);
    case 'given-up':
      return status('given-up', was, event.at, event.error);
    case 'backoff':
      return status('backoff', { ...was, attempt: event.attempt }, event.at, was.error, event.until);
    case 'stopped':
      // At a shutdown an end is followed by nothing.
      return event.cause === 'shutdown' ? undefined : was;
    case 'removed':
      return undefined;
  }
}

/**
 * The error of the last failure stays until the process runs again. Field by field: of the ways to copy an object a
 * spread is the slowest by far, and this is done for each event.
 */
function status<K extends Key, V>(
  state: ProcessState,
  { key, value, incarnation, attempt }: Pick<ProcessStatus<K, V>, 'key' | 'value' | 'incarnation' | 'attempt'>,
  since: number,
  error: unknown,
  until?: number,
): ProcessStatus<K, V> {
  if (error === undefined && until === undefined) return { state, key, value, incarnation, attempt, since };
  if (until === undefined) return { state, key, value, incarnation, attempt, since, error };
  if (error === undefined) return { state, key, value, incarnation, attempt, since, until };
  return { state, key, value, incarnation, attempt, since, error, until };
}
