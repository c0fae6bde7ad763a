import pg from 'pg';
import type { Database } from 'rxjs-supervisor/postgres';
import { memoryDatabase } from './pglite.ts';
import { postgresServer } from './postgres-server.ts';

/** A database that a spec reads by the library, and writes to by itself. */
export interface TestDatabase {
  /** What is given to the library. */
  readonly database: Database;
  /** Runs SQL, several statements if need be. */
  exec(sql: string): Promise<unknown>;
  query(text: string, params?: unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>;
  /** The same database as somebody else sees it. */
  asRole<T>(role: string, work: (database: Database) => Promise<T>): Promise<T>;
}

function embedded(): TestDatabase {
  const held = memoryDatabase();
  return {
    get database() {
      return held.database;
    },
    exec: (sql) => held.database.exec(sql),
    query: (text, params) => held.database.query<Record<string, unknown>>(text, params),
    async asRole(role, work) {
      await held.database.exec(`set role ${role}`);
      try {
        return await work(held.database);
      } finally {
        await held.database.exec('reset role');
      }
    },
  };
}

/** A pool for the library, and one for the spec. */
export function pooled(): TestDatabase & { readonly pool: pg.Pool; readonly config: pg.ClientConfig } {
  let pool: pg.Pool;
  let own: pg.Pool;
  // Before the server stops, which is why it comes before it.
  afterAll(async () => {
    await pool.end();
    await own.end();
  });
  const held = postgresServer();
  beforeAll(() => {
    pool = new pg.Pool({ ...held.server.config(), max: 4, connectionTimeoutMillis: 10_000 });
    own = new pg.Pool(held.server.config());
    // Its connections may still be taking their leave when the server stops.
    own.on('error', () => undefined);
  });
  return {
    get database() {
      return pool;
    },
    get pool() {
      return pool;
    },
    get config() {
      return held.server.config();
    },
    exec: (sql) => own.query(sql),
    query: (text, params) => own.query<Record<string, unknown>>(text, params),
    async asRole(role, work) {
      const theirs = new pg.Pool({ ...held.server.config(), options: `-c role=${role}` });
      try {
        return await work(theirs);
      } finally {
        await theirs.end();
      }
    },
  };
}

/** Every kind of database; to be called within a `describe`. */
export const databases: readonly (readonly [name: string, open: () => TestDatabase])[] = [
  ['PGlite', embedded],
  ['a server', pooled],
];
