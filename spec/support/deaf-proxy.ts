import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** Stands between clients and a server, and can swallow whatever they send each other, as a cut cable does. */
export class DeafProxy {
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #deaf = false;

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(target: number): Promise<DeafProxy> {
    const proxy = new DeafProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing gets through, no farewell either, and nobody is told. */
  cut(): void {
    this.#deaf = true;
  }

  /** New connections get through; those that something was lost of stay deaf. */
  mend(): void {
    this.#deaf = false;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    let deaf = false;
    const passes = (): boolean => !(deaf ||= this.#deaf);
    const pass = (from: Socket, to: Socket): void => {
      this.#sockets.add(from);
      from.on('data', (data) => {
        if (passes()) to.write(data);
      });
      from.on('error', () => undefined);
      from.once('close', () => {
        if (passes()) to.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
  }
}
