export { provideSupervisor } from './provide-supervisor.ts';
export { runUntilDestroyed } from './run-until-destroyed.ts';
export { statusSignal } from './status-signal.ts';
export { statusesSignal } from './statuses-signal.ts';
