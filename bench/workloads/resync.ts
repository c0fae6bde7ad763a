import type { Contender } from '../contender.ts';
import type { Clock } from '../measure.ts';
import { timed } from '../measure.ts';
import { Processes } from '../processes.ts';
import { keys, services } from '../rows.ts';
import type { Round, Workload } from '../workload.ts';

/** Reads all rows, of which none has changed. */
export const resync: Workload = {
  figures: {
    same: { unit: 'µs', about: 'full read, the same row objects, for each', aim: 0.8 },
    fresh: { unit: 'µs', about: 'full read, fresh equal row objects, for each', aim: 1.5 },
  },
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  peers: true,
  prepare: (contender, n, clock) => {
    if (contender.openReader === undefined) return Promise.resolve(undefined);
    const processes = new Processes();
    const names = keys(n);
    const world = services(processes, names);
    const reader = contender.openReader(world);
    const kept = new Processes();
    const lasting = services(kept, names);
    const rows = [...lasting.rows()];
    const rereader = contender.openReader({ ...lasting, rows: () => rows });
    return Promise.resolve(async () => {
      const snapshot = new Map(world.rows());
      const fresh = await timedRead(clock, n, processes, () => reader.read(snapshot));
      const again = new Map(rows);
      const same = await timedRead(clock, n, kept, () => rereader.read(again));
      return { same, fresh };
    });
  },
};

/** The same of a table that keeps its rows; by itself, since V8 runs a loop over one kind of table faster than over two. */
export const memory: Workload = {
  figures: { memory: { unit: 'µs', about: 'full read of a MemoryTable, for each' } },
  sizes: [10_000],
  peers: false,
  prepare: async (contender, n, clock) => (await rereading(contender, n, clock)) ?? comparing(contender, n, clock),
};

/** Its own rows, with what it keeps. */
async function rereading(contender: Contender, n: number, clock: Clock): Promise<Round | undefined> {
  const processes = new Processes();
  const keeper = await contender.open(services(processes, keys(n)));
  const reread = keeper.reread?.bind(keeper);
  if (reread === undefined) return undefined;
  await keeper.start();
  return async () => ({ memory: await timedRead(clock, n, processes, reread) });
}

/** The very objects that it was given before, in another Map. */
function comparing(contender: Contender, n: number, clock: Clock): Round | undefined {
  const processes = new Processes();
  const world = services(processes, keys(n));
  const rows = [...world.rows()];
  const reader = contender.openReader?.({ ...world, rows: () => rows });
  if (reader === undefined) return undefined;
  return async () => {
    const again = new Map(rows);
    return { memory: await timedRead(clock, n, processes, () => reader.read(again)) };
  };
}

/** µs for each row of a read that is to see all, and to start none. */
async function timedRead(clock: Clock, n: number, processes: Processes, read: () => number): Promise<number> {
  let seen = 0;
  const took = await timed(clock, processes, n, () => {
    seen = read();
  });
  if (seen !== n) throw new Error(`${n} rows should have been read, but ${seen} were.`);
  processes.expect(n, n);
  return took / n;
}
