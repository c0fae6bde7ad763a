/** Choices that look random, and are the same ones for the same seed. */
export interface Random {
  /** A whole number from 0 on, less than `limit`. */
  int(limit: number): number;
  /** One of several. */
  pick<T>(items: readonly T[]): T;
}

/** `seed`: any whole number. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    // A counter whose bits are mixed: each step depends on all bits of the one before.
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const int = (limit: number): number => next() % limit;
  return { int, pick: <T>(items: readonly T[]) => items[int(items.length)] as T };
}
