import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anchorsOf, deadLinks, linksOf } from './support/links.ts';

const pagesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
const pages = ['README.md', 'CHANGELOG.md', ...['docs', 'examples', 'bench'].flatMap(pagesIn)];

describe('the links of the documentation', () => {
  it.each(pages)('lead somewhere: %s', (page) => {
    expect(deadLinks(page, process.cwd())).toEqual([]);
  });

  it('reach every page of docs/ from its index', () => {
    const linked = new Set(
      linksOf(readFileSync('docs/README.md', 'utf8')).map(({ target }) => `docs/${target.split('#')[0]!}`),
    );
    const unlinked = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !linked.has(page));
    expect(unlinked).toEqual([]);
  });
});

describe('the check', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'links-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('finds what leads nowhere', () => {
    writeFileSync(join(root, 'other.md'), '# One, `two` and three!\n## Twice\n## Twice\n');
    writeFileSync(
      join(root, 'page.md'),
      [
        '# Page',
        '[a](other.md) [b](other.md#one-two-and-three) [c](other.md#twice-1) [d](#page) [e](https://example.org/x)',
        '![f](none.png) [g](other.md#four) [h](#other) [`i`](../page.md) [j](other.md#twice-2)',
        '`[k](none.md)`',
        '```ts',
        'const l = table[m](n);',
        '```',
        '<!-- [o](none.md) -->',
        '[p]: none.md',
      ].join('\n'),
    );
    expect(deadLinks('page.md', root)).toEqual([
      'page.md: [f](none.png) leads to no file',
      'page.md: [g](other.md#four) leads to no heading',
      'page.md: [h](#other) leads to no heading',
      'page.md: [](../page.md) leads out of the repository',
      'page.md: [j](other.md#twice-2) leads to no heading',
      'page.md: [p]: none.md leads to no file',
    ]);
  });

  it('makes anchors of headings as GitHub does', () => {
    expect([...anchorsOf('## What `restart.when` means\n### *A*: [b](c.md), d_e\n```\n# code\n```\n')]).toEqual([
      'what-restartwhen-means',
      'a-b-d_e',
    ]);
  });
});
