import type { ProcessEvent, ProcessState } from '../index.ts';

/** How a key is by its events. `stopped` and `failed` last no longer than the turn in which something follows them. */
export type KeyState = 'none' | 'stopped' | 'failed' | ProcessState;

/** What the supervisor does by its events: `down` is before the first run, and between two. */
export type RunPhase = 'open' | 'closing' | 'down';

type Type = ProcessEvent['type'];

/** What may follow while a run is on. */
const grammar: Readonly<Record<KeyState, readonly Type[]>> = {
  none: ['queued', 'starting'],
  queued: ['starting', 'held', 'removed'],
  starting: ['running', 'failed', 'stopping'],
  running: ['updated', 'completed', 'failed', 'stopping'],
  stopping: ['stopped', 'failed', 'stuck'],
  stuck: ['stopped', 'failed', 'queued', 'starting', 'removed'],
  stopped: ['held', 'removed', 'queued', 'starting'],
  failed: ['backoff', 'given-up', 'held', 'removed', 'queued', 'starting'],
  completed: ['backoff', 'given-up', 'held', 'removed', 'queued', 'starting'],
  backoff: ['backoff', 'queued', 'starting', 'held', 'removed'],
  'given-up': ['queued', 'starting', 'removed', 'backoff'],
  held: ['queued', 'starting', 'removed', 'backoff'],
};

const atShutdown: readonly Type[] = ['stopping', 'stopped', 'failed', 'completed', 'stuck'];

/** Whether an event may come about a key that is as its events so far say. */
export function mayFollow(state: KeyState, type: Type, phase: RunPhase): boolean {
  if (phase === 'open') return grammar[state].includes(type);
  if (state === 'stuck') return type === 'stopped' || type === 'failed';
  return phase === 'closing' && grammar[state].includes(type) && atShutdown.includes(type);
}

/** How a key is after an event. */
export function stateAfter(state: KeyState, type: Type): KeyState {
  if (type === 'updated') return state;
  return type === 'removed' ? 'none' : type;
}
