import type { Observable, Subscription, Unsubscribable } from 'rxjs';
import { asyncScheduler } from 'rxjs';
import type { Key } from '../index.ts';
import { show } from './contract-error.ts';

interface Command<K> {
  readonly name: string;
  readonly key: K | undefined;
  /** Its place among all commands and writes. */
  readonly moment: number;
  values: number;
  outcome: 'pending' | 'done' | 'failed' | 'abandoned';
}

/** The commands that a simulation gives: each must end, with a value or an error. */
export class SimulationCommands<K extends Key> {
  readonly #given: Command<K>[] = [];
  readonly #subscriptions = new Set<Unsubscribable>();
  readonly #broken: (what: string) => void;

  constructor(broken: (what: string) => void) {
    this.#broken = broken;
  }

  /** Subscribes to it, and stops waiting after `patience` ms. */
  give(name: string, key: K | undefined, moment: number, patience: number, command$: Observable<unknown>): void {
    const command: Command<K> = { name, key, moment, values: 0, outcome: 'pending' };
    this.#given.push(command);
    const subscription = command$.subscribe({
      next: () => command.values++,
      error: () => (command.outcome = 'failed'),
      complete: () => {
        command.outcome = 'done';
        if (command.values !== 1)
          this.#broken(`a command gives one value, but ${titleOf(command)} gave ${command.values}`);
      },
    });
    this.#subscriptions.add(subscription);
    if (command.outcome === 'pending' && patience < Infinity) this.#abandonAfter(patience, command, subscription);
  }

  /** The run is down: nobody waits any more. */
  down(): void {
    for (const command of this.#given) {
      if (command.outcome === 'pending') this.#broken(`every command ends, but at down ${titleOf(command)} has not`);
    }
  }

  /** When a key was last told to be stopped, or to be started, by a command that didn't fail; -1 for never. */
  last(key: K, names: readonly string[]): number {
    const given = this.#given.filter(
      (command) => Object.is(command.key, key) && names.includes(command.name) && command.outcome !== 'failed',
    );
    return given.at(-1)?.moment ?? -1;
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #abandonAfter(patience: number, command: Command<K>, subscription: Subscription): void {
    const abandon = (): void => {
      if (command.outcome !== 'pending') return;
      command.outcome = 'abandoned';
      subscription.unsubscribe();
    };
    if (patience === 0) abandon();
    else this.#subscriptions.add(asyncScheduler.schedule(abandon, patience));
  }
}

function titleOf({ name, key }: Command<Key>): string {
  return key === undefined ? name : `${name}(${show(key)})`;
}
