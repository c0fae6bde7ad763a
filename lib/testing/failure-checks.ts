import type { Key } from '../index.ts';
import { RowError } from '../index.ts';
import { contractError, show } from './contract-error.ts';
import type { TableChecks } from './table-check.ts';

/** What a table must do with a row that can't be read. */
export const rowErrorChecks: TableChecks = {
  'a row that cannot be read is a RowError, and leaves the others alone': async (probe) => {
    const { fixture, table, a, b, value } = probe;
    await fixture.set(a, value);
    await fixture.set(b, value);
    await fixture.spoil?.(a);
    const expectRowError = (name: string, key: Key, found: unknown): void => {
      if (found instanceof RowError) return;
      const advice = 'Give new RowError(error) in the place of its value: its process then keeps the last good row.';
      throw contractError(`${name} to give a RowError for ${show(key)}, which can't be read`, show(found), advice);
    };
    const rows = await probe.entries();
    expectRowError('entries()', a, rows.get(a)?.[1]);
    probe.expectValue('entries()', b, rows.get(b)?.[1], value);
    expectRowError('get', a, await probe.get(a));
    probe.expectValue('get', b, await probe.get(b), value);
    if (table.getMany === undefined) return;
    const many = new Map((await probe.getMany([a, b])).map((row) => [row[0], row[1]]));
    expectRowError('getMany', a, many.get(a));
    probe.expectValue('getMany', b, many.get(b), value);
  },
};

/** What a table must do when it can't read at all. */
export const failureChecks: TableChecks = {
  'a read that cannot be done fails': async (probe) => {
    const { fixture, table, a, value } = probe;
    await fixture.set(a, value);
    await fixture.break?.();
    const expectFailure = async (name: string, read: Promise<unknown>): Promise<void> => {
      const advice = 'Pass the error on: rows that are only missing in an answer would be stopped.';
      const { found } = await probe.settles(
        read.then(
          (given) => ({ found: show(given) }),
          () => ({ found: undefined }),
        ),
        `${name} of a broken table to fail`,
      );
      if (found !== undefined) throw contractError(`${name} of a broken table to fail`, found, advice);
    };
    await expectFailure('get', probe.get(a));
    const entries = async () => [...(await probe.entries()).keys()];
    await expectFailure('entries()', entries());
    if (table.getMany !== undefined) await expectFailure('getMany', probe.getMany([a]));
  },
};
