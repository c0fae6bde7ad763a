import type { Key } from '../index.ts';

interface Write<V> {
  readonly moment: number;
  /** `undefined`: it was deleted. */
  readonly value: V | undefined;
}

/** What was written to a table, and when: what it must hold. */
export class SimulatedRows<K extends Key, V> {
  readonly now = new Map<K, V>();
  readonly #writes = new Map<K, Write<V>[]>();

  write(key: K, value: V | undefined, moment: number): void {
    if (value === undefined) this.now.delete(key);
    else this.now.set(key, value);
    const writes = this.#writes.get(key) ?? [];
    writes.push({ moment, value });
    this.#writes.set(key, writes);
  }

  /** When a key was last written to; -1 for never. */
  writtenAt(key: K): number {
    return this.#writes.get(key)?.at(-1)?.moment ?? -1;
  }

  /** What the row has been between two moments: what it was at the first, and what was written since. */
  between(key: K, from: number, to: number): (V | undefined)[] {
    const writes = this.#writes.get(key) ?? [];
    const before = writes.filter(({ moment }) => moment <= from).at(-1);
    const since = writes.filter(({ moment }) => moment > from && moment <= to);
    return [before?.value, ...since.map(({ value }) => value)];
  }
}
