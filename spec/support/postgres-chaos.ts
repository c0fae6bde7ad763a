import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Subscription } from 'rxjs';
import { Observable, tap } from 'rxjs';
import type { LifecycleEvent } from 'rxjs-supervisor';
import { Supervisor } from 'rxjs-supervisor';
import { installNotifications, postgresTable } from 'rxjs-supervisor/postgres';
import { DeafProxy } from './deaf-proxy.ts';
import { PostgresServer } from './postgres-server.ts';

const SOURCE = { table: 'things', key: 'id' };
const ROWS = 10_000;
/** Nobody writes to the rows below: their processes are never to be stopped. */
const CALM = 8_000;
const WRITERS = 2;
/** ms that anything may take. */
const LIMIT = 60_000;

interface Thing {
  readonly id: number;
  readonly generation: number;
}

/**
 * A supervised table of 10 000 rows on a real server, with writers at work, and a ledger of the processes. Only `changes`
 * tells of anything: there is no interval that would make good what they lose.
 */
export class Chaos {
  readonly server: PostgresServer;
  readonly proxy: DeafProxy;
  /** Everything that must never happen. */
  readonly violations: string[] = [];
  /** How often `changes` was lost so far. */
  lost = 0;
  /** Statements that were committed, and those that failed. */
  written = 0;
  refused = 0;
  readonly #reads: pg.Pool;
  readonly #live = new Map<number, number>();
  readonly #supervisor: Supervisor<number, Thing, Observable<never>>;
  #run: Subscription | undefined;
  #ending = false;
  /** Changes are heard, and everything was read since that began. */
  #heard: 'nothing' | 'changes' | 'all' = 'nothing';
  #writing: AbortController | undefined;
  #writers: Promise<unknown> = Promise.resolve();

  private constructor(server: PostgresServer, proxy: DeafProxy) {
    this.server = server;
    this.proxy = proxy;
    const config = server.config(proxy.port);
    this.#reads = new pg.Pool({ ...config, max: 4, connectionTimeoutMillis: 3_000 });
    const table = postgresTable<number, Thing>(this.#reads, {
      ...SOURCE,
      notify: () => new pg.Client({ ...config, application_name: 'listener' }),
      heartbeat: 500,
      heartbeatTimeout: 3_000,
      decode: (row) => row as unknown as Thing,
    });
    const changes = table.changes?.pipe(
      tap((change) => {
        if (change === 'all' && this.#heard === 'nothing') this.#heard = 'changes';
      }),
    );
    this.#supervisor = new Supervisor<number, Thing, Observable<never>>(
      { ...table, ...(changes && { changes }) },
      {
        process: (thing) => this.#process(thing),
        interval: Infinity,
        readTimeout: 3_000,
      },
    );
  }

  static async start(): Promise<Chaos> {
    const server = await PostgresServer.start();
    await server.query(`create table things (id int primary key, generation int not null);
      insert into things select i, 0 from generate_series(1, ${ROWS}) i`);
    await server.connected((client) => installNotifications(client, SOURCE));
    const chaos = new Chaos(server, await DeafProxy.before(server.port));
    chaos.#run = chaos.#supervisor.run().subscribe((event) => chaos.#note(event));
    await chaos.until('changes to be heard', () => chaos.#heard === 'all');
    await chaos.agrees();
    return chaos;
  }

  /** Does something to the server while writers are at work, and waits until processes and rows agree. */
  async round(fault: (chaos: Chaos) => Promise<void>): Promise<{ readonly took: number; readonly reconnects: number }> {
    this.#write();
    await fault(this);
    const [healed, lost] = [performance.now(), this.lost];
    await this.until('changes to be heard again', () => this.#heard === 'all');
    await this.#stopWriting();
    await this.agrees();
    return { took: performance.now() - healed, reconnects: this.lost - lost };
  }

  /** Waits until processes and rows are the same. */
  async agrees(): Promise<void> {
    let difference = 'nothing was read';
    const same = async (): Promise<boolean> => {
      const { rows } = await this.server.query('select id, generation from things');
      const wanted = new Map((rows as unknown as Thing[]).map(({ id, generation }) => [id, generation]));
      const wrong = [...wanted].filter(([id, generation]) => this.#live.get(id) !== generation);
      const more = [...this.#live.keys()].filter((id) => !wanted.has(id));
      difference = `${wrong.length} rows have no or an older process (${wrong.slice(0, 5).join(' ')}), ${more.length} processes no row (${more.slice(0, 5).join()})`;
      return wrong.length + more.length === 0;
    };
    await this.until(() => `processes and rows to agree: ${difference}`, same);
  }

  async until(what: string | (() => string), reached: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + LIMIT;
    while (!(await reached())) {
      if (performance.now() > end) {
        throw new Error(`Waited ${LIMIT} ms in vain for ${typeof what === 'string' ? what : what()}`);
      }
      await pause(10);
    }
  }

  /** Waits until `changes` is lost once more than it was. */
  async loses(act: () => unknown): Promise<void> {
    const before = this.lost;
    await act();
    await this.until('changes to be lost', () => this.lost > before);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#run?.unsubscribe();
    await this.#stopWriting();
    await this.proxy.close();
    await this.#reads.end();
    await this.server.stop();
  }

  #note(event: LifecycleEvent<number, Thing>): void {
    if (event.type === 'changes-lost') {
      this.lost++;
      this.#heard = 'nothing';
    } else if (event.type === 'reconciled' && event.complete && this.#heard === 'changes') {
      this.#heard = 'all';
    } else if (event.type === 'failed' || event.type === 'stuck') this.violations.push(`${event.key} ${event.type}`);
  }

  #process({ id, generation }: Thing): Observable<never> {
    return new Observable(() => {
      if (this.#live.has(id)) this.violations.push(`${id} lives twice`);
      this.#live.set(id, generation);
      return () => {
        this.#live.delete(id);
        if (id <= CALM && !this.#ending) this.violations.push(`${id} was stopped`);
      };
    });
  }

  /** Each writer has a connection of its own, which doesn't go through the proxy, and a new one when that is lost. */
  #write(): void {
    const writing = (this.#writing = new AbortController());
    const writer = async (): Promise<void> => {
      while (!writing.signal.aborted) {
        await this.server
          .connected(async (client) => {
            while (!writing.signal.aborted) {
              await client.query(randomStatement());
              this.written++;
            }
          })
          .catch(() => this.refused++);
        await pause(1);
      }
    };
    this.#writers = Promise.all(Array.from({ length: WRITERS }, writer));
  }

  async #stopWriting(): Promise<void> {
    this.#writing?.abort();
    await this.#writers;
  }
}

function randomStatement(): string {
  const id = CALM + 1 + Math.floor(Math.random() * (ROWS - CALM));
  switch (Math.floor(Math.random() * 4)) {
    case 0:
      return `delete from things where id = ${id}`;
    case 1:
      return `insert into things values (${id}, 0) on conflict (id) do update set generation = things.generation + 1`;
    case 2:
      return `update things set generation = generation + 1 where id between ${id} and ${id + 20}`;
    default:
      return `insert into things select i, 0 from generate_series(${id}, ${id + 20}) i where i <= ${ROWS} on conflict do nothing`;
  }
}
