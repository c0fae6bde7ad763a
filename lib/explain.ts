import type { Errand } from './errand.ts';
import { describe, showKey } from './errors.ts';
import type { ProcessState, ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/** Why a key is as it is, and what happens next. As a string it is one sentence. */
export interface Explanation {
  readonly key: Key;
  readonly state: ProcessState | 'none';
  readonly why: string;
  readonly next: string;
  toString(): string;
}

/** What a slot knows beyond its status. */
export interface Outlook {
  /** The key has a row, as far as is known. */
  readonly present: boolean;
  /** What it remembers, if it isn't just running. */
  readonly errandIfAny: Pick<Errand, 'again' | 'hold' | 'due'> | undefined;
  /** When the next step is due: ms, or `Infinity`. */
  readonly deadline: number;
}

/** What the supervisor knows of a key. */
export interface Circumstances {
  readonly slot: Outlook | undefined;
  readonly now: number;
  /** A run is on, and isn't shutting down. */
  readonly open: boolean;
}

/** Puts one key's situation into words that a person can act on. */
export function explain(key: Key, status: ProcessStatus | undefined, circumstances: Circumstances): Explanation {
  const [why, next] =
    status === undefined
      ? [
          'has no process',
          circumstances.open ? 'one starts when the table has a row for it' : 'no run is active: run() starts it',
        ]
      : words(key, status, circumstances);
  const { state } = status ?? { state: 'none' as const };
  return { key, state, why, next, toString: () => `${showKey(key)} ${why}; ${next}.` };
}

function words(key: Key, status: ProcessStatus, { now, open, slot }: Circumstances): [string, string] {
  const { present, errandIfAny: errand, deadline = Infinity } = slot ?? {};
  const { attempt, error, incarnation, since, until = Infinity } = status;
  const forTime = `for ${now - since} ms`;
  const failed =
    error === undefined ? 'ended' : `failed with ${error instanceof Error ? String(error) : describe(error)}`;
  const within = (what: string): string => (deadline === Infinity ? what : `${what} in ${deadline - now} ms`);
  const changed = `only a change of its row, start(${showKey(key)}) or restart(${showKey(key)}) starts it again`;
  const afterStop = !open
    ? 'then the run ends'
    : !present
      ? 'its row is gone, so nothing follows'
      : errand?.hold
        ? 'then it is held until its row changes'
        : errand?.again
          ? 'then it starts again with the newest row'
          : 'then its restart policy decides';
  const nextTry = errand?.due
    ? 'the next try comes once its row has been read again'
    : until === Infinity
      ? 'it is not tried again by itself'
      : `the next try is in ${Math.max(0, until - now)} ms`;
  switch (status.state) {
    case 'queued':
      return [`waits ${forTime} to be started`, 'it starts when startConcurrency allows it'];
    case 'starting':
      return [`has been starting ${forTime}, try ${attempt}`, within('it fails unless it is ready')];
    case 'running':
      return [
        `has been running ${forTime}, incarnation ${incarnation}`,
        'it runs until it ends, or its row goes or changes',
      ];
    case 'stopping':
      return [`has been stopping ${forTime}`, `${within('it is forced, or reported stuck,')}, ${afterStop}`];
    case 'backoff':
      return [
        `${failed} on try ${attempt}`,
        `${nextTry}, ${until === Infinity && !errand?.due ? 'only' : 'or at once'} by start(${showKey(key)})`,
      ];
    case 'completed':
      return ['completed', changed];
    case 'given-up':
      return [`${failed} and is not tried again`, changed];
    case 'held':
      return ['was stopped by a command', changed];
    case 'stuck':
      return [
        `was asked to stop and forced, and hasn't ended ${forTime}`,
        `it is left alone until it does; restart(${showKey(key)}) abandons it`,
      ];
  }
}
