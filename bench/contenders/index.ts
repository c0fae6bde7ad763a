import type { Contender } from '../contender.ts';

/** Each in a module of its own, so that a process loads only what it measures. */
export const contenders = {
  supervised: async (): Promise<Contender> => (await import('./supervised.ts')).supervised,
  limit: async (): Promise<Contender> => (await import('./limit.ts')).limit,
  floor: async (): Promise<Contender> => (await import('./floor.ts')).floor,
  scan: async (): Promise<Contender> => (await import('./scan.ts')).scanning,
  groupBy: async (): Promise<Contender> => (await import('./group-by.ts')).grouping,
  mergeMap: async (): Promise<Contender> => (await import('./merge-map.ts')).merging,
  xstate: async (): Promise<Contender> => (await import('./xstate.ts')).xstate,
  effect: async (): Promise<Contender> => (await import('./effect.ts')).fibers,
} as const;

export type Name = keyof typeof contenders;

/** What else is used for the job, by the names that `--peers` takes. */
export const peers: readonly Name[] = (Object.keys(contenders) as Name[]).filter(
  (name) => !['limit', 'supervised', 'floor'].includes(name),
);
