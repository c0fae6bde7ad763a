import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** A page without what looks like Markdown and isn't: code, and comments. */
const prose = (markdown: string): string =>
  markdown.replaceAll(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1\s*$/gm, '').replaceAll(/<!--[\s\S]*?-->/g, '');

/** What the headings of a page can be linked by, as GitHub makes it of their text. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose(markdown).matchAll(/^#{1,6} +(.+?)\s*#*$/gm)) {
    const text = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Where the links and pictures of a page lead, with the lines that they are in. */
export function linksOf(markdown: string): { readonly target: string; readonly text: string }[] {
  const text = prose(markdown).replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
  const inline = text.matchAll(/\[(?:[^[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
  const defined = text.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm);
  return [...inline, ...defined].map(([all, target]) => ({ target: target!, text: all }));
}

/** The links of a page (its path from `root`) that lead nowhere in this repository: `docs/tables.md: [x](y.md) …`. */
export function deadLinks(page: string, root: string): string[] {
  return linksOf(readFileSync(join(root, page), 'utf8')).flatMap(({ target, text }) => {
    if (/^(https?|mailto):/.test(target)) return URL.canParse(target) ? [] : [`${page}: ${text} is no URL`];
    const [path = '', anchor] = target.split('#').map(decodeURIComponent);
    const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
    if (relative(root, file).startsWith('..')) return [`${page}: ${text} leads out of the repository`];
    if (!existsSync(file)) return [`${page}: ${text} leads to no file`];
    if (anchor === undefined) return [];
    if (!statSync(file).isFile() || !anchorsOf(readFileSync(file, 'utf8')).has(anchor)) {
      return [`${page}: ${text} leads to no heading`];
    }
    return [];
  });
}
