import type { SimulatedStep } from './simulation-step.ts';

/** How many shorter histories are tried at most. */
const LIMIT = 400;

/**
 * Gives shorter and shorter histories to be tried, and is told of each whether it still fails: halves are left out, then
 * quarters, at last single steps; then waits are left out.
 */
export function* shorter<V>(
  failing: readonly SimulatedStep<V>[],
): Generator<readonly SimulatedStep<V>[], void, boolean> {
  let steps = failing;
  let tries = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < steps.length && tries < LIMIT; tries++) {
      const candidate = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (yield candidate) steps = candidate;
      else at += size;
    }
  }
  for (let at = 0; at < steps.length && tries < LIMIT; at++) {
    if (steps[at]?.wait === 0) continue;
    const candidate = steps.map((step, index) => (index === at ? { ...step, wait: 0 } : step));
    tries++;
    if (yield candidate) steps = candidate;
  }
}
