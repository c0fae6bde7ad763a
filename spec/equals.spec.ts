import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { equals } from '../lib/equals.ts';

class Point {
  constructor(readonly x: number) {}
}

const bytes = (...values: number[]) => new Uint8Array(values);
const shared = (byte: number) => {
  const buffer = new SharedArrayBuffer(1);
  new Uint8Array(buffer)[0] = byte;
  return buffer;
};
const point = new Point(1);
const same = { a: 1 };
const tag = Symbol('tag');

const EQUAL: [string, unknown, unknown][] = [
  ['flat objects', { a: 1, b: 'x', c: true, d: null }, { a: 1, b: 'x', c: true, d: null }],
  ['objects whose keys come in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['an object and one without a prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  ['nested objects and arrays', { a: [{ b: [1, [2]] }] }, { a: [{ b: [1, [2]] }] }],
  ['symbol keys, which are not looked at', { a: 1, [tag]: 1 }, { a: 1, [tag]: 2 }],
  ['NaN', NaN, NaN],
  ['NaN inside', { a: [NaN] }, { a: [NaN] }],
  ['0 and -0', 0, -0],
  ['bigints', 10n, BigInt('10')],
  ['dates', new Date(5), new Date(5)],
  ['invalid dates', new Date(NaN), new Date(NaN)],
  ['URLs', new URL('http://a/b'), new URL('http://a/b')],
  ['typed arrays', bytes(1, 2), bytes(1, 2)],
  ['floats', new Float64Array([NaN, 0]), new Float64Array([NaN, -0])],
  ['buffers', Buffer.from('abc'), Buffer.from('abc')],
  ['a Buffer and a Uint8Array', Buffer.from([1, 2]), bytes(1, 2)],
  ['parts of larger buffers', bytes(0, 1, 2).subarray(1), bytes(1, 2, 0).subarray(0, 2)],
  ['array buffers', bytes(1).buffer, bytes(1).buffer],
  ['shared array buffers', shared(1), shared(1)],
  ['data views', new DataView(bytes(0, 1).buffer, 1), new DataView(bytes(1).buffer)],
  [
    'maps in another order',
    new Map([
      ['a', [1]],
      ['b', [2]],
    ]),
    new Map([
      ['b', [2]],
      ['a', [1]],
    ]),
  ],
  [
    'maps with equal objects as keys',
    new Map([
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
    ]),
    new Map([
      [{ k: 2 }, 2],
      [{ k: 1 }, 1],
    ]),
  ],
  ['sets in another order', new Set([1, 'a', NaN]), new Set(['a', NaN, 1])],
  ['sets of equal objects', new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
  ['the same instance', { p: point }, { p: point }],
  [
    'values of another realm',
    runInNewContext('({ a: [1], d: new Date(5), m: new Map([[1, 2]]) })'),
    { a: [1], d: new Date(5), m: new Map([[1, 2]]) },
  ],
];

const DIFFERENT: [string, unknown, unknown][] = [
  ['null and undefined', null, undefined],
  ['null and an object', null, {}],
  ['1 and "1"', 1, '1'],
  ['0 and false', 0, false],
  ['an absent key and undefined', {}, { a: undefined }],
  ['undefined and an absent key', { a: undefined }, {}],
  ['undefined under different keys', { a: undefined }, { b: undefined }],
  ['a key more', { a: 1 }, { a: 1, b: 2 }],
  ['a key less', { a: 1, b: 2 }, { a: 1 }],
  ['an own key and an inherited one', { toString: Object.prototype.toString }, { a: 1 }],
  ['__proto__ as an own key', JSON.parse('{"__proto__":{}}'), { a: 1 }],
  ['an array and an object', [], {}],
  ['an array and an object with a length', [1], { 0: 1, length: 1 }],
  ['an array and bytes', [1], bytes(1)],
  ['an object and an array', {}, []],
  ['arrays of different lengths', [1], [1, 2]],
  ['arrays in another order', [1, 2], [2, 1]],
  ['an array and a set', [1], new Set([1])],
  ['dates', new Date(5), new Date(6)],
  ['a date and its time', new Date(5), 5],
  ['a date and an object', new Date(5), {}],
  ['URLs', new URL('http://a/b'), new URL('http://a/c')],
  ['bytes', bytes(1, 2), bytes(1, 3)],
  ['lengths of bytes', bytes(1), bytes(1, 0)],
  ['arrays of different types', bytes(1), new Int8Array([1])],
  ['array buffers', bytes(1).buffer, bytes(2).buffer],
  ['shared array buffers', shared(1), shared(2)],
  ['data views', new DataView(bytes(1).buffer), new DataView(bytes(2).buffer)],
  ['values of maps', new Map([['a', 1]]), new Map([['a', 2]])],
  ['keys of maps', new Map([['a', 1]]), new Map([['b', 1]])],
  ['sizes of maps', new Map(), new Map([['a', 1]])],
  ['maps with different objects as keys', new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 2]])],
  [
    'maps that share a key',
    new Map([[point, 1]] as [object, number][]).set({ k: 1 }, 1),
    new Map([[point, 1]] as [object, number][]).set({ k: 2 }, 1),
  ],
  ['sets of which one has a clone of what both have', new Set([same, { a: 1 }]), new Set([same, { a: 2 }])],
  ['a map and a set', new Map([[1, 1]]), new Set([1])],
  ['members of sets', new Set([1, 2]), new Set([1, 3])],
  ['sets that hold an equal object twice', new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }])],
  ['instances of a class', new Point(1), new Point(1)],
  ['an instance and a plain object', new Point(1), { x: 1 }],
  ['a plain object and an instance', { x: 1 }, new Point(1)],
  ['functions', () => 1, () => 1],
  ['regular expressions', /a/, /a/],
  ['errors', new Error('a'), new Error('a')],
  ['promises', Promise.resolve(1), Promise.resolve(1)],
];

describe('equals', () => {
  it.each(EQUAL)('takes %s for equal', (_, a, b) => {
    expect(equals(a, b)).toBe(true);
    expect(equals(b, a)).toBe(true);
  });

  it.each(DIFFERENT)('tells %s apart', (_, a, b) => {
    expect(equals(a, b)).toBe(false);
    expect(equals(b, a)).toBe(false);
  });

  it('leaves out what is not enumerable', () => {
    const hidden = Object.defineProperty({ a: 1 }, 'hidden', { value: 1, enumerable: false });
    expect(equals(hidden, { a: 1 })).toBe(true);
  });

  it('is not misled by an enumerable key of Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
    try {
      expect(equals({ a: 1 }, { a: 1 })).toBe(true);
      expect(equals({ a: 1 }, { a: 2 })).toBe(false);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });

  interface Loop {
    value: number;
    next?: Loop;
    list?: unknown[];
    map?: Map<string, unknown>;
  }

  const loop = (...values: number[]): Loop => {
    const loops = values.map((value): Loop => ({ value }));
    loops.forEach((each, i) => {
      each.next = loops[(i + 1) % loops.length]!;
      each.list = [each];
      each.map = new Map([['self', each]]);
    });
    return loops[0]!;
  };

  it('compares cyclic values', () => {
    expect(equals(loop(1, 2, 3), loop(1, 2, 3))).toBe(true);
    expect(equals(loop(1, 2, 3), loop(1, 2, 4))).toBe(false);
    expect(equals(loop(1), loop(1, 1))).toBe(true);
    expect(equals(loop(1), loop(1, 2))).toBe(false);
    expect(equals(loop(1, 2), loop(1))).toBe(false);
  });

  const values = fc.anything({
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withBigInt: true,
    withNullPrototype: true,
  });

  it('takes a value for equal to its clone, and a clone with one more level around it for different', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(equals(value, structuredClone(value))).toBe(true);
        expect(equals([value], structuredClone(value))).toBe(false);
      }),
    );
  });

  it('is symmetric', () => {
    fc.assert(fc.property(values, values, (a, b) => equals(a, b) === equals(b, a)));
  });

  it('agrees with JSON about what JSON can say', () => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, inner: unknown) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? { entries: Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)) }
          : inner,
      );
    const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(small, small, (a, b) => equals(a, b) === (sorted(a) === sorted(b))),
      { numRuns: 2_000 },
    );
  });
});
