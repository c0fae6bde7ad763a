import { Observable } from 'rxjs';
import type { Runnable } from 'rxjs-supervisor';
import { PermanentError } from 'rxjs-supervisor';

/** A row of the board. */
export interface Feed {
  readonly name: string;
  readonly signal: string;
  /** ms between two values. */
  readonly every: number;
  /** ms that its server takes to close it. */
  readonly closing: number;
  /** Where it stands on the board. */
  readonly position: number;
}

/** WebSocket's own code for "you may not", which no other try would change. */
const POLICY_VIOLATION = 1008;

/**
 * A feed is a WebSocket: ready when it is open. When it is asked to stop it says `bye`, and has ended when the server has
 * closed it. Forced, it doesn't wait for that.
 */
export function openFeed({ signal, every, closing }: Feed): Runnable<number> {
  const address = new URL(
    `/feed?${new URLSearchParams({ signal, every: `${every}`, closing: `${closing}` })}`,
    location.href,
  );
  address.protocol = address.protocol.replace('http', 'ws');
  return {
    run: (running) =>
      new Observable<number>((subscriber) => {
        const socket = new WebSocket(address);
        let asked = false;
        socket.onopen = () => {
          const bye = () => {
            asked = true;
            socket.send('bye');
          };
          subscriber.add(running.subscribe({ complete: bye }));
        };
        socket.onmessage = ({ data }) => subscriber.next(Number(data));
        socket.onclose = ({ code, reason }) => {
          if (asked) subscriber.complete();
          else if (code === POLICY_VIOLATION) subscriber.error(new PermanentError(reason));
          else subscriber.error(new Error(reason || 'the connection was lost'));
        };
        return () => socket.close();
      }),
  };
}
