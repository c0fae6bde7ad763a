import type { LifecycleEvent } from './events.ts';
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
  switch (event.type) {
    case 'queued':
    case 'starting':
      statuses.set(event.key, status(event.type, event, event.at, statuses.get(event.key)?.error));
      break;
    case 'running':
    case 'stopping':
    case 'completed':
    case 'held':
    case 'stuck':
    case 'given-up':
    case 'backoff':
      enter(statuses, event);
      break;
    case 'updated':
    case 'failed': {
      const was = statuses.get(event.key);
      if (was === undefined) break;
      const facts = event.type === 'updated' ? { ...was, value: event.value } : was;
      const error = event.type === 'failed' ? event.error : was.error;
      statuses.set(event.key, status(was.state, facts, was.since, error, was.until));
      break;
    }
    case 'stopped':
      // At a shutdown an end is followed by nothing.
      if (event.cause === 'shutdown') statuses.delete(event.key);
      break;
    case 'removed':
      statuses.delete(event.key);
      break;
    case 'down':
      keepOnly(statuses, new Set(event.keys));
      break;
    default: // about the supervisor
  }
  return statuses;
}

type Entering<K extends Key, V> = Extract<
  LifecycleEvent<K, V>,
  { type: 'running' | 'stopping' | 'completed' | 'held' | 'stuck' | 'given-up' | 'backoff' }
>;

/** The error of the last failure stays until the process runs again. */
function enter<K extends Key, V>(statuses: Map<K, ProcessStatus<K, V>>, event: Entering<K, V>): void {
  const was = statuses.get(event.key);
  if (was === undefined) return;
  const error = event.type === 'running' ? undefined : event.type === 'given-up' ? event.error : was.error;
  const until = event.type === 'backoff' ? event.until : undefined;
  statuses.set(event.key, status(event.type, was, event.at, error, until));
}

/** Field by field: of the many ways to copy an object, a spread is the slowest by far, and this is done for each event. */
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

function keepOnly<K extends Key, V>(statuses: Map<K, ProcessStatus<K, V>>, keys: ReadonlySet<K>): void {
  for (const key of statuses.keys()) if (!keys.has(key)) statuses.delete(key);
}
