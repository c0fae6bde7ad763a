import { isKey, isRow, isVersion } from '../lib/table.ts';

const THINGS: [unknown, { key: boolean; version: boolean }][] = [
  ['a', { key: true, version: true }],
  ['', { key: true, version: true }],
  [1, { key: true, version: true }],
  [NaN, { key: true, version: true }],
  [1n, { key: true, version: true }],
  [false, { key: true, version: false }],
  [Symbol('a'), { key: true, version: false }],
  [undefined, { key: false, version: false }],
  [null, { key: false, version: false }],
  [{}, { key: false, version: false }],
  [['a'], { key: false, version: false }],
  [() => 'a', { key: false, version: false }],
];

describe('what a table gives', () => {
  it.each(THINGS)('has %p as a key or a version: %j', (found, { key, version }) => {
    expect(isKey(found)).toBe(key);
    expect(isVersion(found)).toBe(version);
  });

  it.each(THINGS)('is a row where it is an array that begins with a key: %p', (found, { key }) => {
    expect(isRow([found, 1])).toBe(key);
    expect(isRow(found)).toBe(Array.isArray(found));
  });
});
