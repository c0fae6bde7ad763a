export type { SupervisorHealthResult, Trouble } from './supervisor-health.ts';
export { SupervisorHealth } from './supervisor-health.ts';
export type { HostedSupervisor, SupervisorModuleOptions, Token } from './supervisor-module.ts';
export { SupervisorModule } from './supervisor-module.ts';
