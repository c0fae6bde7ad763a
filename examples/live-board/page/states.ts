import type { ProcessState } from 'rxjs-supervisor';

/** What people read, and what is drawn besides a colour. */
export const states: Readonly<Record<ProcessState, { readonly label: string; readonly icon: string }>> = {
  queued: { label: 'Queued', icon: '…' },
  starting: { label: 'Starting', icon: '▸' },
  running: { label: 'Live', icon: '●' },
  stopping: { label: 'Closing', icon: '◐' },
  backoff: { label: 'Waiting', icon: '↻' },
  completed: { label: 'Ended', icon: '✓' },
  'given-up': { label: 'Given up', icon: '✕' },
  held: { label: 'Stopped', icon: '■' },
  stuck: { label: 'Stuck', icon: '!' },
};

/** The events that a state is named after. */
export function isState(type: string): type is ProcessState {
  return type in states;
}
