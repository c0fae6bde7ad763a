export type { HealthOptions, SupervisorHealthResult, Trouble } from './supervisor-health.ts';
export { SupervisorHealth } from './supervisor-health.ts';
export type { HostedSupervisor } from './supervisor-host.ts';
export type { SupervisorModuleOptions, Token } from './supervisor-module.ts';
export { SupervisorModule } from './supervisor-module.ts';
