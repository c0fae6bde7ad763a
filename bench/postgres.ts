/**
 * What a supervised PostgreSQL table costs beside the bare driver, on a real server and in one run. Rows of the large
 * table: `--rows N`.
 *
 *     npm run bench:postgres -- --rows 100000
 */
import pg from 'pg';
import type { Observable } from 'rxjs';
import { lastValueFrom, NEVER, tap } from 'rxjs';
import { Supervisor } from 'rxjs-supervisor';
import { installNotifications, postgresTable } from 'rxjs-supervisor/postgres';
import { PostgresServer } from '../spec/support/postgres-server.ts';

const at = process.argv.indexOf('--rows');
const ROWS = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
const INSERTED = 100_000;
const BURST = 10_000;
const COMMITS = 200;
const ROUNDS = 3;
const BATCH = 1_000;

const SOURCE = { table: 'services', key: 'id' };
const COLUMNS = 'id int primary key, name text not null, port int not null, enabled boolean not null';
const rowsFrom = (first: number, last: number): string =>
  `insert into services select i, 'service number ' || i, i % 65536, true from generate_series(${String(first)}, ${String(last)}) i`;

/** Counts what is sent to the server. */
let sent = 0;
class CountingClient extends pg.Client {
  override query(...args: [never]): never {
    sent++;
    return super.query<never>(...args);
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const show = (value: number, unit: string): string => `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const server = await PostgresServer.start();
const pool = new pg.Pool({ ...server.config(), Client: CountingClient });
const writer = new pg.Client(server.config());
await writer.connect();
const table = postgresTable<number>(pool, SOURCE);

async function emptied(): Promise<void> {
  await writer.query(`drop table if exists services; create table services (${COLUMNS})`);
  await installNotifications(pool, SOURCE);
}

/** ms from the answer to a commit until `seen` has happened, in the median. */
async function latency(seen: (id: number) => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let id = 1; id <= COMMITS; id++) {
    const arrival = seen(id);
    const began = performance.now();
    await writer.query('insert into services values ($1, $2, 1, true)', [id, `service ${String(id)}`]);
    await arrival;
    all.push(performance.now() - began);
  }
  return median(all);
}

/** A callback of LISTEN, and a SELECT by key on another connection. */
async function bareLatency(): Promise<number> {
  await emptied();
  const listener = new pg.Client(server.config());
  let arrived: (id: number) => void = () => undefined;
  await listener.connect();
  await listener.query('listen rxjs_supervisor_services');
  listener.on('notification', ({ payload = '[]' }) => {
    for (const id of JSON.parse(payload) as number[]) {
      void pool.query('select * from services where id = $1', [id]).then(() => arrived(id));
    }
  });
  const took = await latency((id) => new Promise((resolve) => (arrived = (found) => found === id && resolve())));
  await listener.end();
  return took;
}

interface Supervised {
  readonly running: (id: number) => Promise<void>;
  readonly count: () => number;
  readonly stop: () => void;
}

async function supervised(): Promise<Supervised> {
  let arrived: (id: number) => void = () => undefined;
  const heard = { all: false };
  const changes = table.changes?.pipe(tap(() => (heard.all = true)));
  const supervisor = new Supervisor(
    { ...table, ...(changes && { changes }) },
    { process: () => NEVER, interval: Infinity },
  );
  const run = supervisor.run().subscribe((event) => {
    if (event.type === 'running') arrived(event.key);
  });
  while (!heard.all) await turn();
  return {
    running: (id) => new Promise((resolve) => (arrived = (found) => found === id && resolve())),
    count: () => supervisor.statuses().size,
    stop: () => run.unsubscribe(),
  };
}

async function ourLatency(): Promise<number> {
  await emptied();
  const { running, stop } = await supervised();
  const took = await latency(running);
  stop();
  return took;
}

/** The limit of a full read: the same cursor in the same batches, and nothing else. */
async function bareRead(): Promise<number> {
  const client = await pool.connect();
  let rows = 0;
  await client.query('begin isolation level repeatable read read only');
  await client.query('declare bare no scroll cursor for select * from services');
  for (let read = BATCH; read === BATCH; rows += read) {
    read = (await client.query(`fetch ${String(BATCH)} from bare`)).rows.length;
  }
  await client.query('commit');
  client.release();
  return rows;
}

async function ourRead(read: () => unknown): Promise<number> {
  let rows = 0;
  const batches$ = read() as Observable<readonly unknown[]>;
  await lastValueFrom(batches$.pipe(tap((batch) => (rows += batch.length))), { defaultValue: undefined });
  return rows;
}

/** ms, and by how many MB the process grew at the most. */
async function measured(read: () => Promise<number>): Promise<{ ms: number; peak: number }> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  const began = performance.now();
  const rows = await read();
  const ms = performance.now() - began;
  clearInterval(watch);
  if (rows !== ROWS) throw new Error(`${String(ROWS)} rows should have been read, but ${String(rows)} were.`);
  return { ms, peak: (most - before) / 2 ** 20 };
}

async function insertion(): Promise<number> {
  await emptied();
  const { count, stop } = await supervised();
  const began = performance.now();
  await writer.query(rowsFrom(1, INSERTED));
  while (count() < INSERTED) await turn();
  const took = performance.now() - began;
  stop();
  return took;
}

async function bareInsertion(): Promise<number> {
  await emptied();
  const began = performance.now();
  await writer.query(rowsFrom(1, INSERTED));
  await pool.query('select * from services');
  return performance.now() - began;
}

async function burst(): Promise<{ statements: number; ms: number }> {
  await emptied();
  const { count, stop } = await supervised();
  const began = performance.now();
  sent = 0;
  for (let id = 1; id <= BURST; id++) await writer.query('insert into services values ($1, $2, 1, true)', [id, 'x']);
  while (count() < BURST) await turn();
  const result = { statements: sent, ms: performance.now() - began };
  stop();
  return result;
}

try {
  const latencies = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    latencies.bare.push(await bareLatency());
    latencies.ours.push(await ourLatency());
  }
  const insertions = { bare: await bareInsertion(), ours: await insertion() };
  const { statements, ms } = await burst();

  await emptied();
  await writer.query(rowsFrom(1, ROWS));
  await writer.query('vacuum analyze services');
  const reads = { bare: [] as number[], entries: [] as number[], versions: [] as number[] };
  const peaks = { bare: 0, entries: 0, versions: 0 };
  const kinds = {
    bare: bareRead,
    entries: () => ourRead(() => table.entries()),
    versions: () => ourRead(() => table.versions?.()),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['bare', 'entries', 'versions'] as const) {
      const found = await measured(kinds[name]);
      reads[name].push(found.ms);
      peaks[name] = Math.max(peaks[name], found.peak);
    }
  }

  const row = (figure: string, bare: number, ours: number, unit: string) => ({
    figure,
    bare: show(bare, unit),
    supervised: show(ours, unit),
    ratio: (ours / bare).toFixed(2),
  });
  const read = median(reads.bare);
  const million = `${String(ROWS)} rows`;
  console.table([
    row('a commit → running, beside LISTEN and a SELECT', median(latencies.bare), median(latencies.ours), 'ms'),
    row(`a full read of ${million}, beside the cursor`, read, median(reads.entries), 'ms'),
    row(`a pass over the versions of ${million}, beside the same`, read, median(reads.versions), 'ms'),
    row(`peak memory of a full read`, peaks.bare, peaks.entries, 'MB'),
    row(
      `${String(INSERTED)} rows inserted → all running, beside insert and SELECT`,
      insertions.bare,
      insertions.ours,
      'ms',
    ),
  ]);
  console.log(`A burst of ${String(BURST)} commits took ${show(ms, 'ms')} and ${String(statements)} statements.`);
} finally {
  await writer.end();
  await pool.end();
  await server.stop();
}
