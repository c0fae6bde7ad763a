import fc from 'fast-check';
import { LineSplitter } from '../../lib/node/line-splitter.ts';

function split(pieces: readonly string[], max: number): string[] {
  const found: string[] = [];
  const splitter = new LineSplitter(max, (line) => found.push(line));
  for (const piece of pieces) splitter.write(piece);
  splitter.end();
  return found;
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', '\r\n', '😀', 'é'), maxLength: 40 });
const runs = { numRuns: 1_000 };

describe('LineSplitter', () => {
  it('finds the same lines wherever the pieces end', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), fc.integer({ min: 2, max: 9 }), (all, cuts, max) => {
        const ends = [...cuts, 0, all.length].filter((cut) => cut <= all.length).sort((a, b) => a - b);
        const pieces = ends.slice(1).map((end, i) => all.slice(ends[i], end));
        expect(split(pieces, max)).toEqual(split([all], max));
      }),
      runs,
    );
  });

  it('loses nothing but the ends of lines, and splits no more than it must', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 9 }), (all, max) => {
        const found = split([all], max);
        const lines = all.split('\n').map((line, i, { length }) => (i < length - 1 ? line.replace(/\r$/, '') : line));
        if (lines.at(-1) === '') lines.pop();
        expect(found.join('')).toBe(lines.join(''));
        expect(found.every((line) => line.length <= max)).toBe(true);
        const least = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / (max - 1))), 0);
        expect(found.length).toBeLessThanOrEqual(least);
      }),
      runs,
    );
  });

  it.each([
    ['a line that is just as long as it may be', 'abcd\nabcd', ['abcd', 'abcd']],
    ['one that is longer, whole', 'abcdefghij\nk', ['abcd', 'efgh', 'ij', 'k']],
    ['one with a surrogate pair at the border', 'abc😀d', ['abc', '😀d']],
    ['one with an end of Windows at the border', 'abcd\r\nefgh\r\n', ['abcd', 'efgh']],
    ['one with both', 'abc😀de\r\nf', ['abc', '😀de', 'f']],
  ])('splits %s', (_, all, expected) => {
    expect(split([all], 4)).toEqual(expected);
    expect(split(Array.from(all), 4)).toEqual(expected);
  });
});
