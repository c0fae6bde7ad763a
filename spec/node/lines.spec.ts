import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { lines } from '../../lib/node/lines.ts';

async function linesOf(chunks: Iterable<string | Uint8Array>) {
  const stream = new PassThrough();
  const found: string[] = [];
  lines(stream).subscribe({ next: (line) => found.push(line), complete: () => found.push('|') });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return found;
}

describe('lines', () => {
  it.each([
    ['nothing', [], ['|']],
    ['a line', ['a\n'], ['a', '|']],
    ['a line without an end', ['a\nb'], ['a', 'b', '|']],
    ['empty lines', ['\n\na\n\n'], ['', '', 'a', '', '|']],
    ['a line over several chunks', ['a', 'b', 'c\nd', '\n'], ['abc', 'd', '|']],
    ['ends of Windows, also over chunks', ['a\r\nb\r', '\nc\rd'], ['a', 'b', 'c\rd', '|']],
    ['spaces', ['  a  \n \t\n'], ['  a  ', ' \t', '|']],
  ])('splits %s', async (_, chunks, expected) => {
    expect(await linesOf(chunks)).toEqual(expected);
  });

  it('puts characters together that come byte by byte', async () => {
    const bytes = Buffer.from('grüße 😀\n日本\n');
    expect(await linesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(['grüße 😀', '日本', '|']);
  });

  it('shows bytes that are no characters', async () => {
    expect(await linesOf([Uint8Array.of(0x61, 0xff, 0x62, 0xf0)])).toEqual(['a\ufffdb\ufffd', '|']);
  });

  it('splits a line that has no end', async () => {
    const found = await linesOf(Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
    expect(Math.max(...found.map((line) => line.length))).toBe(65_536);
    expect(found.join('')).toBe(`${'x'.repeat(1_000_000)}|`);
  });

  it('lets others have their turn after each chunk, also when the next one is there', async () => {
    let chunks = 0;
    const stream = new Readable({
      read() {
        this.push(++chunks < 10_000 ? `${chunks}\n` : null);
      },
    });
    const found: string[] = [];
    const subscription = lines(stream).subscribe((line) => found.push(line));
    while (found.length === 0) await setImmediate();
    expect(found.length).toBeLessThan(5);
    const before = found.length;
    await setImmediate();
    expect(found.length).toBeLessThan(before + 5);
    subscription.unsubscribe();
  });

  it('completes when the stream is closed', async () => {
    const stream = new PassThrough();
    const found: string[] = [];
    const closed = new Promise<void>((complete) =>
      lines(stream).subscribe({ next: (line) => found.push(line), complete }),
    );
    stream.write('a\nb');
    await setImmediate();
    stream.destroy(new Error('broken'));
    await closed;
    expect(found).toEqual(['a', 'b']);
  });
});
