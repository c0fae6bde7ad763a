import { check, checkSlowly } from './check.ts';

// Other seeds, and as many histories as wanted: scripts/model.ts.
const runs = Number(process.env['MODEL_RUNS'] ?? 2_000);
const seed = Number(process.env['MODEL_SEED'] ?? 1);

describe('random histories', () => {
  it(`keep every rule (${String(runs)} histories, seed ${String(seed)})`, () => {
    const failure = check(runs, seed);
    if (failure !== undefined) throw new Error(failure);
  }, 600_000);

  it(`keep every rule with real Promises among the processes (${String(runs / 5)} histories)`, async () => {
    const failure = await checkSlowly(runs / 5, seed);
    if (failure !== undefined) throw new Error(failure);
  }, 600_000);
});
