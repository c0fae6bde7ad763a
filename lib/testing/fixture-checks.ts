import { contractError, show } from './contract-error.ts';
import type { TableChecks } from './table-check.ts';
import type { TableFeatures } from './table-fixture.ts';

/** What keeps the contract from checking nothing: the fixture must be what it was said to be. */
export function fixtureChecks(features: TableFeatures): TableChecks {
  return {
    'the fixture begins without rows, and has what the contract was told': async (probe) => {
      const { fixture, table, a, b, value } = probe;
      if (new Set(fixture.keys).size < 3 || fixture.values[0] === fixture.values[1]) {
        throw contractError('three keys and two values', show([fixture.keys, fixture.values]), 'Make them differ.');
      }
      probe.expectRows('entries() of a new fixture', await probe.entries(), []);
      await fixture.set(a, value);
      await fixture.set(b, value);
      const has = {
        getMany: table.getMany !== undefined,
        changes: table.changes !== undefined,
        versions:
          table.versions !== undefined || [...(await probe.entries()).values()].some((row) => row[2] !== undefined),
        rowErrors: fixture.spoil !== undefined,
        failures: fixture.break !== undefined,
      };
      for (const [feature, found] of Object.entries(has)) {
        const told = features[feature as keyof typeof has] === true;
        if (told === found) continue;
        throw contractError(
          `a table ${told ? 'with' : 'without'} ${feature}`,
          `one ${found ? 'with' : 'without'}`,
          `Give tableContract { ${feature}: ${found} }, or a fixture that ${told ? 'has' : 'lacks'} it.`,
        );
      }
      if (table.versions === undefined || table.getMany !== undefined) return;
      const expected = 'a table with versions() to have getMany';
      throw contractError(expected, 'none', 'Add it: rows that changed are fetched with it.');
    },
  };
}
