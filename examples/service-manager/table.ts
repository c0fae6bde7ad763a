import { colour } from './colour.ts';

/** Lines of cells under the names of their columns, and what they are at the end. */
export function formatTable(names: readonly string[], lines: readonly (readonly string[])[], summary: string): string {
  const widths = names.map((name, i) =>
    lines.reduce((width, line) => Math.max(width, line[i]?.length ?? 0), name.length),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    colour.bold(format(names)),
    colour.dim(widths.map((width) => '-'.repeat(width)).join('  ')),
    ...lines.map(format),
    colour.dim(`(${summary})`),
  ].join('\n');
}
