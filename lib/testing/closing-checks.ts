import { closeEarly } from './rows-of.ts';
import type { TableChecks } from './table-check.ts';
import type { TableProbe } from './table-probe.ts';
import type { Key } from '../index.ts';

/** What a reader may do at any time: supervisors close what takes too long, and what they have no more use for. */
export const closingChecks: TableChecks = {
  'a read that is closed half-way ends, and the next one is whole': (probe) => closed(probe, 'half-way'),
  'a read that is closed while its next() is pending ends, and the next one is whole': (probe) =>
    closed(probe, 'pending'),
};

async function closed<K extends Key, V>(probe: TableProbe<K, V>, when: 'half-way' | 'pending'): Promise<void> {
  const { fixture, a, b, value, other } = probe;
  await fixture.set(a, value);
  await fixture.set(b, other);
  const closing = async (): Promise<void> => closeEarly(probe.table.entries(), when);
  await probe.settles(
    closing(),
    `entries(), when it is closed ${when === 'pending' ? 'while it is pending' : when}, to end`,
  );
  probe.expectRows('the next entries()', await probe.entries(), [value, other]);
}
