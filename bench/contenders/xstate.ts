import type { ActorRefFrom, ObservableActorLogic } from 'xstate';
import { createActor, fromObservable } from 'xstate';
import { equals } from 'rxjs-supervisor';
import type { Contender, Keeper, World } from '../contender.ts';

/** XState 5: a Map of actors of one logic, whose input is the row. */
export const xstate: Contender = {
  open: (world, { restart = false } = {}) => new Actors(world, restart),
};

type Logic<R> = ObservableActorLogic<unknown, R & NonNullable<unknown>>;

class Actors<R> implements Keeper<R> {
  readonly #rows: Map<string, R>;
  readonly #logic: Logic<R>;
  readonly #actors = new Map<string, ActorRefFrom<Logic<R>>>();
  readonly #restart: boolean;

  constructor(world: World<R>, restart: boolean) {
    this.#rows = new Map(world.rows());
    this.#restart = restart;
    this.#logic = fromObservable<unknown, R & NonNullable<unknown>>(({ input }) => world.bare(input));
  }

  start(): void {
    for (const [key, row] of this.#rows) this.#start(key, row);
  }

  edit(edits: Parameters<Keeper<R>['edit']>[0]): void {
    for (const [key, row] of edits) {
      if (row === undefined) {
        this.#actors.get(key)?.stop();
        this.#actors.delete(key);
      } else this.#start(key, row);
    }
  }

  change(edits: Parameters<Keeper<R>['change']>[0]): void {
    for (const [key, row] of edits) {
      const actor = this.#actors.get(key);
      if (actor !== undefined && equals(actor.getSnapshot().input, row)) continue;
      actor?.stop();
      this.#start(key, row);
    }
  }

  stop(): void {
    for (const actor of this.#actors.values()) actor.stop();
    this.#actors.clear();
  }

  #start(key: string, row: R): void {
    const actor = createActor(this.#logic, { input: row as R & NonNullable<unknown> });
    if (this.#restart) actor.subscribe({ error: () => this.#start(key, row) });
    this.#actors.set(key, actor);
    actor.start();
  }
}
