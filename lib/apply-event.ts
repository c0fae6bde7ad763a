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
    case 'starting': {
      const { type: state, key, value, incarnation, attempt, at } = event;
      const error = statuses.get(key)?.error;
      const status = { state, key, value, incarnation, attempt, since: at };
      statuses.set(key, error === undefined ? status : { ...status, error });
      break;
    }
    case 'running': {
      const was = statuses.get(event.key);
      if (was !== undefined) {
        const { key, value, incarnation, attempt } = was;
        statuses.set(key, { state: 'running', key, value, incarnation, attempt, since: event.at });
      }
      break;
    }
    case 'updated':
      change(statuses, event.key, { value: event.value });
      break;
    case 'failed':
      change(statuses, event.key, { error: event.error });
      break;
    case 'given-up':
      enter(statuses, event, 'given-up', { error: event.error });
      break;
    case 'backoff':
      enter(statuses, event, 'backoff', { until: event.until, attempt: event.attempt });
      break;
    case 'stopping':
    case 'completed':
    case 'held':
    case 'stuck':
      enter(statuses, event, event.type);
      break;
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

type Statuses<K extends Key, V> = Map<K, ProcessStatus<K, V>>;

function enter<K extends Key, V>(
  statuses: Statuses<K, V>,
  { key, at }: { readonly key: K; readonly at: number },
  state: ProcessState,
  facts?: Partial<ProcessStatus<K, V>>,
): void {
  const was = statuses.get(key);
  if (was === undefined) return;
  const { until: _, ...rest } = was;
  statuses.set(key, { ...rest, state, since: at, ...facts });
}

function change<K extends Key, V>(statuses: Statuses<K, V>, key: K, facts: Partial<ProcessStatus<K, V>>): void {
  const was = statuses.get(key);
  if (was !== undefined) statuses.set(key, { ...was, ...facts });
}

function keepOnly<K extends Key, V>(statuses: Statuses<K, V>, keys: ReadonlySet<K>): void {
  for (const key of statuses.keys()) if (!keys.has(key)) statuses.delete(key);
}
