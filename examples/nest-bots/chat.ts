import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** ms from one message to the next. */
const EVERY = 1_000;

/** A messenger for bots to try, on a port of its own: like many, it refuses a second poll of a bot's token. */
export class Chat {
  /** The polls that wait for a message, by their tokens. */
  readonly polls = new Map<string, ServerResponse>();
  /** Polls that were refused, since there was one already. */
  conflicts = 0;

  readonly #server = createServer((request, response) => {
    const [, token = '', method] = (request.url ?? '').split('/');
    if (!token.startsWith('token-')) response.writeHead(401).end('no such bot');
    else if (method === 'me') response.end(`bot of ${token}`);
    else if (method === 'close') this.#close(token, response);
    else void this.#poll(token, response);
  });

  get url(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async open(): Promise<this> {
    await once(this.#server.listen(0, 'localhost'), 'listening');
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #poll(token: string, response: ServerResponse): Promise<void> {
    if (this.polls.has(token)) {
      this.conflicts++;
      response.writeHead(409).end('somebody else polls this bot');
      return;
    }
    this.polls.set(token, response);
    response.once('close', () => this.polls.delete(token));
    await setTimeout(EVERY);
    if (!response.writableEnded) response.end(`hello, ${token}`);
  }

  /** Answers once nobody polls this bot any more. */
  #close(token: string, response: ServerResponse): void {
    const poll = this.polls.get(token);
    if (poll === undefined) response.end();
    else poll.once('close', () => response.end()).end();
  }
}
