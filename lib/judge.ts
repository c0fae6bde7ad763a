import type { ChangeReaction } from './policy.ts';
import type { ProcessState } from './status.ts';

/**
 * What follows from a look at a row: `keep` things as they are, `note` the row for later, or act. `remove` is the end
 * of a key that has no process.
 */
export type Verdict = 'keep' | 'note' | 'start' | 'stop' | 'restart' | 'update' | 'remove';

/** The row as a read found it, compared with the one that is known. */
export type Sighting = 'same' | 'changed' | 'absent';

/**
 * Judges one key: its state (`undefined` for none), what a read found, and, if a process has to react, how.
 *
 * | state                          | same   | changed                     | absent   |
 * |--------------------------------|--------|-----------------------------|----------|
 * | none                           |        | start                       | keep     |
 * | starting, running              | keep   | restart, note, update       | stop     |
 * | stopping, stuck                | note   | note                        | note     |
 * | queued                         | keep   | note                        | remove   |
 * | backoff, completed, given-up, held | keep | start                     | remove   |
 */
export function judge(
  state: ProcessState | undefined,
  sighting: Sighting,
  react: () => ChangeReaction,
  listensToRows: boolean,
): Verdict {
  switch (state) {
    case undefined:
      return sighting === 'absent' ? 'keep' : 'start';
    case 'stopping':
    case 'stuck':
      return 'note';
    case 'queued':
      return sighting === 'absent' ? 'remove' : sighting === 'changed' ? 'note' : 'keep';
    case 'backoff':
    case 'completed':
    case 'given-up':
    case 'held':
      return sighting === 'absent' ? 'remove' : sighting === 'changed' ? 'start' : 'keep';
    case 'starting':
    case 'running':
      if (sighting !== 'changed') return sighting === 'absent' ? 'stop' : 'keep';
      return toChange(state, react(), listensToRows);
  }
}

/** A row that changes while its process starts is delivered once that is ready: only then can it be seen who listens. */
function toChange(state: 'starting' | 'running', reaction: ChangeReaction, listensToRows: boolean): Verdict {
  if (reaction === 'ignore') return 'note';
  if (reaction === 'restart') return 'restart';
  if (state === 'starting') return 'note';
  return listensToRows ? 'update' : 'restart';
}
