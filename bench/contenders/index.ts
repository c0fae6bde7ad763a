import type { Contender } from '../contender.ts';

/** Each in a module of its own, so that a process loads only what it measures. */
export const contenders = {
  supervised: async (): Promise<Contender> => (await import('./supervised.ts')).supervised,
  limit: async (): Promise<Contender> => (await import('./limit.ts')).limit,
} as const;

export type Name = keyof typeof contenders;

/** What else is used for the job, by the names that `--peers` takes. */
export const peers: readonly Name[] = (Object.keys(contenders) as Name[]).filter(
  (name) => name !== 'limit' && name !== 'supervised',
);
