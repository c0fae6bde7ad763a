import type { Alarm } from './alarms.ts';
import type { StartCause } from './events.ts';

/** One for all, since few policies have a limit. */
const NONE: readonly number[] = [];

/** What a slot has to remember while it isn't just running. */
export class Errand {
  /** Why it was, or is to be, started. */
  cause: StartCause = 'initial';
  /** ms that this start may take; `undefined`: what the policy says. */
  within: number | undefined = undefined;
  /** What the last failure was: part of the status. */
  error: unknown = undefined;
  /** When the next try is due: ms; part of the status. */
  until: number | undefined = undefined;
  /** What ends a wait, or a start or stop that takes too long. */
  alarm: Alarm | undefined = undefined;
  /** A stop was asked for by a command, and nothing since wants it started again. */
  hold = false;
  /** Why it is to be started again once this stop, or this wait, is over. */
  again: StartCause | undefined = undefined;
  /** A command asked for that start. */
  commanded = false;
  /** The wait for the next try is over; what is left is to read the row. */
  due = false;
  /** A changed row isn't tried before: ms. */
  notBefore = 0;
  /** Which try the last end was; 1 if that ran long enough. */
  attempt = 1;
  /** The last end was a failure. */
  failed = false;
  /** When earlier restarts were: ms; kept where there is a limit. */
  restarts: readonly number[] = NONE;
}
