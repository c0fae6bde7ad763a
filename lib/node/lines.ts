import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { Observable } from 'rxjs';

/** A line that is longer is split, so that output with no end of line fills no memory. In characters. */
const LONGEST_LINE = 65_536;

/**
 * The lines of a stream, without their ends, split right where a chunk ends inside a line or inside a character. A last
 * line without an end is one too. Completes when the stream has ended or closed; never errors.
 *
 * Reads one chunk a turn of the event loop, so that one who never stops writing doesn't hold up everybody else.
 */
export function lines(stream: Readable): Observable<string> {
  return new Observable((subscriber) => {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    const emit = (line: string): void => subscriber.next(line.endsWith('\r') ? line.slice(0, -1) : line);
    let next: NodeJS.Immediate | undefined;
    const read = (chunk: Buffer): void => {
      stream.pause();
      next = setImmediate(() => stream.resume());
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(emit);
      for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) subscriber.next(rest.slice(0, LONGEST_LINE));
    };
    const end = (): void => {
      rest += decoder.end();
      if (rest !== '') emit(rest);
      subscriber.complete();
    };
    stream.on('data', read).once('end', end).once('close', end).once('error', end);
    return () => {
      clearImmediate(next);
      stream.off('data', read).off('end', end).off('close', end);
    };
  });
}
