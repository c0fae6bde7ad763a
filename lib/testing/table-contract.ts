import type { Key } from '../index.ts';
import { changeChecks } from './change-checks.ts';
import { closingChecks } from './closing-checks.ts';
import { failureChecks, rowErrorChecks } from './failure-checks.ts';
import { fixtureChecks } from './fixture-checks.ts';
import { manyChecks, rowChecks } from './row-checks.ts';
import type { TableFeatures, TableFixture } from './table-fixture.ts';
import { TableProbe } from './table-probe.ts';
import { versionChecks } from './version-checks.ts';

/** One rule of the contract, for any test framework. */
export interface TableCheck {
  /** The rule, as a fact: a title for a test. */
  readonly name: string;
  /** Rejects with an Error that says what was expected, what was found, and what to do. */
  readonly run: () => Promise<void>;
}

/**
 * The rules that a `Table` must keep, each as a test of its own.
 *
 * `makeTable` is called anew for each check, and gives the table with the means to write to it; `features` says what the
 * table has, so that the rules about that are checked too. Waits for real things, never for a fixed time; a check that
 * passes takes as long as the table does. In real time: not for virtual time or fake timers.
 *
 * ```ts
 * describe('my table', () => {
 *   for (const { name, run } of tableContract(makeTable, { getMany: true, changes: true })) it(name, run);
 * });
 * ```
 */
export function tableContract<K extends Key, V>(
  makeTable: () => TableFixture<K, V> | PromiseLike<TableFixture<K, V>>,
  features: TableFeatures = {},
): TableCheck[] {
  const checks = {
    ...fixtureChecks(features),
    ...rowChecks,
    ...(features.getMany === true && manyChecks),
    ...closingChecks,
    ...(features.changes === true && changeChecks),
    ...(features.versions === true && versionChecks),
    ...(features.rowErrors === true && rowErrorChecks),
    ...(features.failures === true && failureChecks),
  };
  return Object.entries(checks).map(([name, check]) => ({
    name,
    async run() {
      const fixture = await makeTable();
      const probe = new TableProbe(fixture, features.limit ?? 10_000);
      try {
        await check(probe);
      } finally {
        probe.close();
        await fixture.dispose?.();
      }
    },
  }));
}
