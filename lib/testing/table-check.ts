import type { Key } from '../index.ts';
import type { TableProbe } from './table-probe.ts';

/** One rule that a table must keep: by its name, what looks whether it does. */
export type TableChecks = Readonly<Record<string, <K extends Key, V>(probe: TableProbe<K, V>) => Promise<void>>>;
