import type { LifecycleEvent, ProcessEvent } from './events.ts';
import { isProcessEvent } from './events.ts';
import type { ProcessState, ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/** A status while it is being written. A slot is its own: the status that others see is made when they ask for it. */
export interface StatusRecord<K extends Key, V> {
  readonly key: K;
  /** `undefined`: there is no status. */
  state: ProcessState | undefined;
  value: V;
  incarnation: number;
  attempt: number;
  since: number;
  error: unknown;
  until: number | undefined;
}

/**
 * Writes what an event says into the statuses, and returns them: the supervisor's own way and everybody else's, so
 * `events.reduce(applyEvent, new Map())` equals `statuses()`.
 */
export function applyEvent<K extends Key, V>(
  statuses: Map<K, ProcessStatus<K, V>>,
  event: LifecycleEvent<K, V>,
): Map<K, ProcessStatus<K, V>> {
  if (isProcessEvent(event)) {
    const was = statuses.get(event.key);
    // Whoever began to listen later hears of processes that it doesn't know.
    if (was === undefined && event.type !== 'queued' && event.type !== 'starting') return statuses;
    const record = { ...was, key: event.key } as StatusRecord<K, V>;
    writeStatus(record, event);
    keepStatus(statuses, record);
  } else if (event.type === 'down') {
    const stuck = new Set(event.keys);
    for (const key of statuses.keys()) if (!stuck.has(key)) statuses.delete(key);
  }
  return statuses;
}

/** The one place that says what an event means for a status. */
export function writeStatus<K extends Key, V>(record: StatusRecord<K, V>, event: ProcessEvent<K, V>): void {
  switch (event.type) {
    case 'queued':
    case 'starting':
      enter(record, event.type, event.at);
      record.value = event.value;
      record.incarnation = event.incarnation;
      record.attempt = event.attempt;
      break;
    case 'running':
      enter(record, 'running', event.at);
      record.error = undefined;
      break;
    case 'updated':
      record.value = event.value;
      break;
    case 'stopping':
    case 'completed':
    case 'held':
    case 'stuck':
      enter(record, event.type, event.at);
      break;
    case 'failed':
      record.error = event.error;
      break;
    case 'given-up':
      enter(record, 'given-up', event.at);
      record.error = event.error;
      break;
    case 'backoff':
      enter(record, 'backoff', event.at);
      record.attempt = event.attempt;
      record.until = event.until;
      break;
    case 'stopped':
      // At a shutdown an end is followed by nothing.
      if (event.cause === 'shutdown') record.state = undefined;
      break;
    case 'removed':
      record.state = undefined;
  }
}

/** Puts a record among the statuses as others see them. */
export function keepStatus<K extends Key, V>(statuses: Map<K, ProcessStatus<K, V>>, record: StatusRecord<K, V>): void {
  const { state, key, value, incarnation, attempt, since, error, until } = record;
  if (state === undefined) {
    statuses.delete(key);
    return;
  }
  const status: { error?: unknown; until?: number } & ProcessStatus<K, V> = {
    state,
    key,
    value,
    incarnation,
    attempt,
    since,
  };
  if (error !== undefined) status.error = error;
  if (until !== undefined) status.until = until;
  statuses.set(key, status);
}

function enter<K extends Key, V>(record: StatusRecord<K, V>, state: ProcessState, since: number): void {
  record.state = state;
  record.since = since;
  record.until = undefined;
}
