import type { Readable } from 'node:stream';
import { Observable } from 'rxjs';

/** What Node has on this side of a pipe. */
export type Pipe = Readable & { readonly bytesRead: number };

/** Turns of the event loop without a byte, after which there is none: each of them asks the system for what there is. */
const QUIET = 3;
/** More bytes than a pipe holds: what comes after them was written later. */
const CAPACITY = 2 ** 20;

/**
 * Completes when all that was written to a pipe so far has been read by whoever reads it, also when somebody goes on
 * writing, or when it is closed. Not by the clock: on a busy machine that would lose what waits to be read.
 */
export function drained(pipe: Pipe): Observable<never> {
  return new Observable((subscriber) => {
    const end = pipe.bytesRead + CAPACITY;
    let quiet = 0;
    let seen = pipe.bytesRead;
    let turn: NodeJS.Immediate | undefined;
    const look = (): void => {
      quiet = pipe.bytesRead === seen && pipe.readableLength === 0 ? quiet + 1 : 0;
      seen = pipe.bytesRead;
      if (quiet > QUIET || seen > end || pipe.closed) subscriber.complete();
      else turn = setImmediate(look);
    };
    look();
    return () => clearImmediate(turn);
  });
}
