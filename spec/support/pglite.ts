import { PGlite } from '@electric-sql/pglite';

/** One database in memory for a spec file: opening takes seconds, a fresh schema does not. */
export function memoryDatabase(): { readonly database: PGlite } {
  const held: { database: PGlite } = { database: undefined as unknown as PGlite };
  beforeAll(async () => {
    held.database = await PGlite.create();
  }, 60_000);
  beforeEach(() => held.database.exec('drop schema public cascade; create schema public'));
  afterAll(() => held.database.close());
  return held;
}
