import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { signals } from './signals.ts';

/** ms that a flaky feed lives. */
const FLAKY = { least: 3_000, more: 5_000 };

/** The feeds: one for each WebSocket, as its address asks, `/feed?signal=tide&every=250&closing=2000`. */
export class Feeds {
  readonly #server = new WebSocketServer({ noServer: true });
  #on = true;

  get on(): boolean {
    return this.#on;
  }

  /** Off: every feed is cut, without a word, and none is let in. */
  set on(on: boolean) {
    this.#on = on;
    if (!on) for (const client of this.#server.clients) client.terminate();
  }

  open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(`http://localhost${request.url ?? '/'}`);
    if (!this.#on || pathname !== '/feed') {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => serve(client, searchParams));
  }
}

/** Sends numbers until it is told `bye`; then it takes its time to close. */
function serve(client: WebSocket, parameters: URLSearchParams): void {
  const signal = signals[parameters.get('signal') ?? ''];
  if (signal === undefined) {
    client.close(1008, 'no such signal');
    return;
  }
  const next = signal();
  const send = (): void => client.send(next(Date.now() / 1_000).toFixed(2));
  const values = setInterval(send, Math.max(50, Number(parameters.get('every'))));
  const timers: NodeJS.Timeout[] = [];
  if (parameters.get('signal') === 'flaky') {
    timers.push(setTimeout(() => client.close(1011, 'the sensor broke'), FLAKY.least + Math.random() * FLAKY.more));
  }
  send();
  client.on('message', () => {
    timers.push(setTimeout(() => client.close(1000), Math.min(10_000, Number(parameters.get('closing')))));
  });
  client.on('error', () => client.terminate());
  client.on('close', () => {
    clearInterval(values);
    timers.forEach(clearTimeout);
  });
}
