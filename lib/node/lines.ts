import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Observable } from 'rxjs';
import { LineSplitter } from './line-splitter.ts';

/** Characters after which a line is split, if nothing else is said: output with no end of line fills no memory. */
export const LONGEST_LINE = 65_536;

/**
 * The lines of a stream, without their ends, split right where a chunk ends inside a line or inside a character. A last
 * line without an end is one too; one of more than `max` characters comes in parts. Completes when the stream has ended
 * or closed; never errors.
 *
 * Nothing is queued: it reads one chunk a turn of the event loop, and only when every line of the one before was taken.
 * So one who never stops writing waits for its reader, and holds up nobody else.
 */
export function lines(stream: Readable, max = LONGEST_LINE): Observable<string> {
  return new Observable((subscriber) => {
    const decoder = new StringDecoder('utf8');
    const splitter = new LineSplitter(max, (line) => subscriber.next(line));
    let next: NodeJS.Immediate | undefined;
    const read = (chunk: Buffer): void => {
      stream.pause();
      next = setImmediate(() => stream.resume());
      splitter.write(decoder.write(chunk));
    };
    const end = (): void => {
      splitter.write(decoder.end());
      splitter.end();
      subscriber.complete();
    };
    stream.on('data', read).once('end', end).once('close', end).once('error', end);
    return () => {
      clearImmediate(next);
      stream.off('data', read).off('end', end).off('close', end);
    };
  });
}
