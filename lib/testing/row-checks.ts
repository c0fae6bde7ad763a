import type { TableChecks } from './table-check.ts';

/** What every table must do. */
export const rowChecks: TableChecks = {
  'get gives the row': async (probe) => {
    const { fixture, a, b, value, other } = probe;
    await fixture.set(a, value);
    await fixture.set(b, other);
    probe.expectValue('get', a, await probe.get(a), value);
    probe.expectValue('get', b, await probe.get(b), other);
    await fixture.set(a, other);
    probe.expectValue('get', a, await probe.get(a), other);
  },

  'get gives nothing for an absent row': async (probe) => {
    const { fixture, a, b, value } = probe;
    await fixture.set(a, value);
    probe.expectValue('get', b, await probe.get(b), undefined);
    await fixture.delete(a);
    probe.expectValue('get', a, await probe.get(a), undefined);
  },

  'entries gives every row, and no other': async (probe) => {
    const { fixture, a, b, c, value, other } = probe;
    probe.expectRows('entries()', await probe.entries(), []);
    await fixture.replace([
      [a, value],
      [b, value],
    ]);
    probe.expectRows('entries()', await probe.entries(), [value, value]);
    await fixture.set(b, other);
    await fixture.set(c, value);
    await fixture.delete(a);
    probe.expectRows('entries()', await probe.entries(), [undefined, other, value]);
    await fixture.replace([]);
    probe.expectRows('entries()', await probe.entries(), []);
  },
};

/** What a table with `getMany` must do. */
export const manyChecks: TableChecks = {
  'getMany gives the rows asked for, and no other': async (probe) => {
    const { fixture, a, b, value, other } = probe;
    await fixture.set(a, value);
    await fixture.set(b, other);
    probe.expectRows('getMany of two keys', await probe.getMany([b, a]), [value, other]);
    probe.expectRows('getMany of one key', await probe.getMany([b]), [undefined, other]);
    probe.expectRows('getMany of no keys', await probe.getMany([]), []);
  },

  'getMany leaves out absent rows': async (probe) => {
    const { fixture, a, b, c, value } = probe;
    await fixture.set(b, value);
    probe.expectRows('getMany of two absent keys and another', await probe.getMany([a, b, c]), [undefined, value]);
    probe.expectRows('getMany of absent keys', await probe.getMany([a, c]), []);
  },

  'getMany takes a key that is repeated': async (probe) => {
    const { fixture, a, b, c, value, other } = probe;
    await fixture.set(a, value);
    await fixture.set(b, other);
    const rows = await probe.getMany([a, b, a, c, c, a]);
    probe.expectRows('getMany of repeated keys', rows, [value, other]);
  },
};
