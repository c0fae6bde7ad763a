'use client';

export type { Observed } from './supervisor-context.ts';
export { SupervisorProvider, useSupervisorContext } from './supervisor-context.ts';
export { useStatus } from './use-status.ts';
export { useStatuses } from './use-statuses.ts';
export { useSupervisor } from './use-supervisor.ts';
