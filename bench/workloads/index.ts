import type { Workload } from '../workload.ts';
import { bytes } from './bytes.ts';
import { change } from './change.ts';
import { churn } from './churn.ts';
import { million } from './million.ts';
import { restart } from './restart.ts';
import { memory, resync } from './resync.ts';
import { forced, running } from './runnables.ts';
import { start } from './start.ts';

/** By the names that the command line takes. */
export const workloads: Readonly<Record<string, Workload>> = {
  start,
  bytes,
  resync,
  memory,
  change,
  restart,
  churn,
  running,
  force: forced,
  million,
};
