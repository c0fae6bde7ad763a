import { Effect, Exit, FiberMap, Schedule, Scope } from 'effect';
import type { Contender, Keeper, World } from '../contender.ts';

/** Effect 4: a FiberMap of fibers that end by being interrupted. */
export const fibers: Contender = {
  open: async (world, { restart = false } = {}) => {
    const scope = await Effect.runPromise(Scope.make());
    const map = await Effect.runPromise(FiberMap.make<string>().pipe(Scope.provide(scope)));
    return new Fibers(world, restart, scope, map);
  },
};

class Fibers<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #process: Effect.Effect<never, unknown>;

  constructor(
    world: World<R>,
    restart: boolean,
    readonly scope: Scope.Closeable,
    readonly map: FiberMap.FiberMap<string>,
  ) {
    this.#rows = new Map(world.rows());
    const { processes } = world;
    const process = Effect.callback<never, unknown>((resume) => {
      processes.opened((error) => {
        processes.closed();
        resume(Effect.fail(error));
      });
      return Effect.sync(() => processes.closed());
    });
    this.#process = restart ? Effect.retry(process, Schedule.forever) : process;
  }

  start(): Promise<void> {
    return this.edit(this.#rows);
  }

  edit(edits: Iterable<readonly [key: string, row: R | undefined]>): Promise<void> {
    return Effect.runPromise(
      Effect.forEach(
        edits,
        ([key, row]): Effect.Effect<unknown> =>
          row === undefined ? FiberMap.remove(this.map, key) : FiberMap.run(this.map, key, this.#process),
        { discard: true },
      ),
    );
  }

  /** A fiber that is run in the place of another interrupts it. */
  change(edits: Parameters<Keeper<R>['change']>[0]): Promise<void> {
    return this.edit(edits);
  }

  stop(): Promise<void> {
    return Effect.runPromise(Scope.close(this.scope, Exit.void));
  }
}
