export type { ForceSignal } from './abort.ts';
export { applyEvent } from './apply-event.ts';
export type { BackoffOptions } from './backoff.ts';
export { backoff } from './backoff.ts';
export { chain } from './chain.ts';
export type { StopReport } from './commands.ts';
export { equals } from './equals.ts';
export {
  CallbackError,
  DuplicateKeyError,
  InvalidOptionError,
  InvalidProcessError,
  InvalidRowError,
  NamedError,
  NotRunningError,
  PermanentError,
  ProcessExistsError,
  ProcessNotFoundError,
  ProcessNotRunningError,
  ProcessStuckError,
  ReadTimeoutError,
  StartTimeoutError,
} from './errors.ts';
export type * from './events.ts';
export { isProcessEvent } from './events.ts';
export type { Explanation } from './explain.ts';
export { filterTable } from './filter-table.ts';
export { fromAsync } from './from-async.ts';
export { leaf } from './leaf.ts';
export { mapTable } from './map-table.ts';
export { MemoryTable } from './memory-table.ts';
export { named } from './named.ts';
export { nop } from './nop.ts';
export { parallel } from './parallel.ts';
export { patient } from './patient.ts';
export type { Plan } from './plan.ts';
export type { ChangeReaction, Delay, ProcessPolicy, RestartOptions } from './policy.ts';
export type { OutputOf, Process, ProcessContext, Runnable } from './runnable.ts';
export type { Scheduler } from './scheduler.ts';
export { sequential } from './sequential.ts';
export type { ProcessOptions, SupervisorOptions } from './settings.ts';
export { startStop } from './start-stop.ts';
export type { ProcessState, ProcessStatus } from './status.ts';
export type { SuperviseMapOptions } from './supervise-map.ts';
export { superviseMap } from './supervise-map.ts';
export { supervise } from './supervise.ts';
export { Supervisor } from './supervisor.ts';
export { tableFrom } from './table-from.ts';
export type { Batches, Change, Key, Row, Table, Version } from './table.ts';
export { RowError } from './table.ts';
export { until } from './until.ts';
