import * as assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as rxjs from 'rxjs';
import * as rxjsTesting from 'rxjs/testing';
import * as library from 'rxjs-supervisor';
import * as libraryTesting from 'rxjs-supervisor/testing';
import { outputOf, snippetsOf, typeErrors } from './support/doc-snippets.ts';

const root = process.cwd();
const modules = {
  'node:assert/strict': assert,
  rxjs,
  'rxjs/testing': rxjsTesting,
  'rxjs-supervisor': library,
  'rxjs-supervisor/testing': libraryTesting,
};
const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

const snippets = pages.flatMap((page) => snippetsOf(page, readFileSync(page, 'utf8')));

describe('the documentation', () => {
  it('compiles', () => {
    expect(typeErrors(snippets, root)).toEqual([]);
  });

  const printing = snippets.filter(({ expected }) => expected.length > 0);
  it.each(printing.map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
    'prints what it says: %s',
    async (_, snippet) => {
      expect(await outputOf(snippet, modules)).toEqual(snippet.expected);
    },
  );
});

describe('the check', () => {
  const page = (...lines: string[]) => snippetsOf('docs/page.md', lines.join('\n'));

  it('finds the mistake, and its line in the page', () => {
    const found = page(
      '# Page',
      '<!-- page: import { of } from "rxjs"; -->',
      '```ts',
      'of(1);',
      'of(1).pip();',
      '```',
      '<!-- with: declare const port: string; -->',
      '```ts',
      'const n: number = port;',
      '```',
      '```ts',
      'console.log(port);',
      '```',
    );
    expect(typeErrors(found, root)).toEqual([
      expect.stringMatching(/^docs\/page.md:5 Property 'pip' does not exist/),
      expect.stringMatching(/^docs\/page.md:9 Type 'string' is not assignable to type 'number'/),
      expect.stringMatching(/^docs\/page.md:12 Cannot find name 'port'/),
    ]);
  });

  it('leaves a program that imports alone with what it says', () => {
    const found = page('<!-- page: const n = 1; -->', '```ts', "import { of } from 'rxjs';", 'of(n);', '```');
    expect(typeErrors(found, root)).toEqual([expect.stringMatching(/^docs\/page.md:4 Cannot find name 'n'/)]);
  });

  it('runs a snippet on a clock of its own, and gives what it printed', async () => {
    const [snippet] = page(
      '```ts',
      "import { timer } from 'rxjs';",
      "timer(60_000).subscribe(() => console.log('at %d', Date.now())); // → at 60000",
      'console.log({ a: [1] }); // → { a: [ 1 ] }',
      '```',
    );
    expect(snippet?.expected).toEqual(['at 60000', '{ a: [ 1 ] }']);
    expect(await outputOf(snippet!, modules)).toEqual(['{ a: [ 1 ] }', 'at 60000']);
  });

  it.each([
    ['throws', "throw new Error('no');", 'no'],
    ['throws later', "setTimeout(() => { throw new Error('no') }, 5);", 'no'],
    ['never ends', "console.log('so far'); await new Promise(() => {});", 'docs/page.md:2 still waits after 600000 ms'],
    ['imports what is not there', "import { readFile } from 'node:fs'; readFile;", 'docs/page.md:2 imports node:fs'],
  ])('fails when a snippet %s', async (_, code, message) => {
    await expect(outputOf(page('```ts', code, '```')[0]!, modules)).rejects.toThrow(message);
  });
});
