import { connect } from 'node:net';
import type { ObservableInput } from 'rxjs';
import { defer, filter, from, ignoreElements, Observable, retry, take } from 'rxjs';

/** A line that a process wrote, without its end. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** A process that was spawned and isn't ready yet. */
export interface StartingChild {
  readonly pid: number;
  /** Hot: the lines that it writes, from the first one on. */
  readonly output$: Observable<OutputLine>;
  /** Hot: the messages that it sends. */
  readonly message$: Observable<unknown>;
}

/**
 * When a process of the operating system is ready: `'spawn'`: once it is there. A RegExp: once it has written a line, to
 * stdout or stderr, that matches. `'message'`: once it has sent the message `'ready'`. `{ port, host }`: once somebody
 * accepts connections there (`host` is by default `localhost`). A function: once what it returns has emitted or completed;
 * when that errors, the start has failed.
 */
export type Readiness =
  | 'spawn'
  | 'message'
  | RegExp
  | { readonly port: number; readonly host?: string }
  | ((child: StartingChild) => ObservableInput<unknown>);

/** ms between two tries to connect. */
const TRY = 50;

/** Completes when a process that was spawned is ready. Errors when it can't become so. */
export function becomesReady(ready: Readiness, child: StartingChild): Observable<never> {
  return defer(() => signOf(ready, child)).pipe(take(1), ignoreElements());
}

function signOf(ready: Readiness, child: StartingChild): Observable<unknown> {
  if (ready === 'spawn') return from([0]);
  if (ready === 'message') return child.message$.pipe(filter((message) => message === 'ready'));
  if (typeof ready === 'function') return from(ready(child));
  // `search`, since `test` of a global pattern begins where it was the last time.
  if (ready instanceof RegExp) return child.output$.pipe(filter(({ line }) => line.search(ready) !== -1));
  return accepts(ready.port, ready.host ?? 'localhost').pipe(retry({ delay: TRY }));
}

/** Emits when a connection was accepted, errors when it was refused. */
function accepts(port: number, host: string): Observable<unknown> {
  return new Observable((subscriber) => {
    const socket = connect({ port, host });
    socket.on('connect', () => subscriber.next(port)).on('error', (error) => subscriber.error(error));
    return () => socket.destroy();
  });
}
