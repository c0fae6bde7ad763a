import { skip } from 'rxjs';
import { contractError, show } from './contract-error.ts';
import type { TableChecks } from './table-check.ts';

/** What a table with `changes` must do. */
export const changeChecks: TableChecks = {
  "changes emits 'all' to each subscriber once it is gap-free": async (probe) => {
    const first = await probe.watch();
    await probe.watch();
    first.unsubscribe();
    await probe.watch();
  },

  "changes misses nothing that is written around its 'all'": async (probe) => {
    const { fixture, a, value } = probe;
    await probe.tells(probe.subscribe(), [[a, value]], () => fixture.set(a, value));
  },

  'changes tells of an insert': async (probe) => {
    const { fixture, a, value } = probe;
    await probe.tells(await probe.watch(), [[a, value]], () => fixture.set(a, value));
  },

  'changes tells of an update': async (probe) => {
    const { fixture, a, value, other } = probe;
    await fixture.set(a, value);
    await probe.tells(await probe.watch(), [[a, other]], () => fixture.set(a, other));
  },

  'changes tells of a delete': async (probe) => {
    const { fixture, a, value } = probe;
    await fixture.set(a, value);
    await probe.tells(await probe.watch(), [[a, undefined]], () => fixture.delete(a));
  },

  'changes tells of many at once': async (probe) => {
    const { fixture, a, b, c, value, other } = probe;
    await fixture.replace([
      [a, value],
      [b, value],
    ]);
    const wanted = [
      [b, other],
      [c, value],
    ] as const;
    await probe.tells(await probe.watch(), [[a, undefined], ...wanted], () => fixture.replace(wanted));
  },

  'keys in changes are of the type that they have in entries': async (probe) => {
    const { fixture, a, b, value, other } = probe;
    const watch = await probe.watch();
    await fixture.set(a, value);
    await fixture.set(b, value);
    const types = new Set([...(await probe.entries()).keys()].map((key) => typeof key));
    const before = watch.told.length;
    await fixture.set(a, other);
    await probe.emits(watch.told$.pipe(skip(before)), () =>
      contractError('changes to tell of an update', String(watch), 'Announce every write.'),
    );
    const odd = watch.told.flatMap((change) => (change === 'all' ? [] : change)).find((key) => !types.has(typeof key));
    if (odd === undefined) return;
    throw contractError(
      `keys in changes of the type that they have in entries (${[...types].join(', ')})`,
      `the ${typeof odd} ${show(odd)}`,
      'Make the keys of changes with the function that makes those of the rows: 7 and "7" are two keys.',
    );
  },
};
