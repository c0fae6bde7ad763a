import type { Key, ProcessStatus } from '../index.ts';
import { show } from './contract-error.ts';

type Statuses = ReadonlyMap<Key, ProcessStatus>;

/** What differs between the statuses that events tell and those that a supervisor gives; `undefined` if nothing does. */
export function statusDifference(told: Statuses, given: Statuses): string | undefined {
  for (const [key, status] of told) {
    const other = given.get(key);
    if (other !== undefined && same(status, other)) continue;
    return `the status of ${show(key)} is ${other?.state ?? 'none'}, and by the events ${status.state}`;
  }
  if (told.size === given.size) return undefined;
  return `there are ${given.size} statuses, and by the events ${told.size}`;
}

function same(a: object, b: object): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.is((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]))
  );
}
