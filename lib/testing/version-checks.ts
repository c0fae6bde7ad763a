import type { Key, Row } from '../index.ts';
import { contractError, show } from './contract-error.ts';
import type { TableChecks } from './table-check.ts';

/** What a table whose rows have versions must do. */
export const versionChecks: TableChecks = {
  'the version of an unchanged row stays': async (probe) => {
    const { fixture, a, b, value, other } = probe;
    await fixture.set(a, value);
    await fixture.set(b, value);
    const before = versionOf((await probe.entries()).get(a));
    await fixture.set(b, other);
    const after = versionOf((await probe.entries()).get(a));
    if (before === after) return;
    const found = `${show(before)}, then ${show(after)}`;
    throw contractError(
      `the version of ${show(a)}, which wasn't written to, to stay`,
      found,
      'Make it of the row alone.',
    );
  },

  'the version of a changed row changes': async (probe) => {
    const { fixture, a, value, other } = probe;
    const versions = new Set<unknown>();
    for (const written of [value, other]) {
      await fixture.set(a, written);
      const version = versionOf((await probe.entries()).get(a));
      if (!versions.has(version)) versions.add(version);
      else {
        throw contractError(
          `another version of ${show(a)} after an update`,
          `${show(version)} again`,
          'Equal versions mean an unchanged row: change it with every write.',
        );
      }
    }
  },

  'every read gives the same version': async (probe) => {
    const { fixture, table, a, b, value, other } = probe;
    await fixture.set(a, value);
    await fixture.set(b, other);
    const rows = await probe.entries();
    const expectSame = (name: string, found: ReadonlyMap<Key, unknown>): void => {
      for (const [key, row] of rows) {
        if (found.get(key) === versionOf(row)) continue;
        throw contractError(
          `${name} to give the version ${show(versionOf(row))} of ${show(key)}, as entries() does`,
          show(found.get(key)),
          'Give one and the same version, of one type, in every read.',
        );
      }
    };
    if (table.getMany !== undefined) {
      expectSame('getMany', new Map((await probe.getMany([a, b])).map((row) => [row[0], versionOf(row)])));
    }
    if (table.versions !== undefined) {
      expectSame('versions()', new Map(await probe.rows('versions()', () => table.versions?.() ?? [])));
    }
  },
};

/** The version of a row, which must have one. */
function versionOf(row: Row<Key, unknown> | undefined): unknown {
  const version = row?.[2];
  if (['string', 'number', 'bigint'].includes(typeof version)) return version;
  const found = row === undefined ? 'no row' : show(version);
  throw contractError(
    'each row to have a version (a string, number or bigint)',
    found,
    'Give it as the third of a row.',
  );
}
