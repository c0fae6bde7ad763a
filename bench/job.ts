import type { Name } from './contenders/index.ts';
import type { Spread } from './statistics.ts';

/** What one process measures: the contenders in turns, the limit first. */
export interface Job {
  readonly workload: string;
  readonly n: number;
  readonly contenders: readonly Name[];
  readonly cpu: boolean;
  /** At least five, and as many more as take a second, when it isn't given. */
  readonly rounds?: number;
}

/** By contender and figure. A contender that can't do the workload is left out. */
export type Outcome = Partial<Record<Name, Record<string, Spread>>>;
