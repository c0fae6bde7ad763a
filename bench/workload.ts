import type { Contender } from './contender.ts';
import type { Clock } from './measure.ts';

/** What a figure is of, and what it is to be. */
export interface Figure {
  readonly unit: 'µs' | 'B' | 'MB' | 'ns';
  /** What is measured, in a few words: for the table. */
  readonly about: string;
  /** The ratio to the limit that is aimed at. */
  readonly aim?: number;
}

/** One round of one contender: its figures by name. A figure that it hasn't got is left out. */
export type Round = () => Promise<Readonly<Record<string, number>>>;

export interface Workload {
  readonly figures: Readonly<Record<string, Figure>>;
  /** How many live, by default. */
  readonly sizes: readonly number[];
  /** Peers can do it. */
  readonly peers: boolean;
  /** Each contender has a process of its own, since it is about what the process holds. */
  readonly alone?: boolean;
  /** Gets a contender ready for rounds; `undefined` when it can't do this. */
  prepare(contender: Contender, n: number, clock: Clock): Promise<Round | undefined>;
}
