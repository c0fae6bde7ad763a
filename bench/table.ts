import type { Name } from './contenders/index.ts';
import type { Spread } from './statistics.ts';
import type { Figure } from './workload.ts';

/** One line of the table: a figure of a contender beside the limit's in the same run. */
export interface Line {
  readonly workload: string;
  readonly figure: string;
  readonly about: string;
  readonly unit: Figure['unit'];
  readonly n: number;
  readonly contender: Name;
  readonly limit: Spread;
  readonly measured: Spread;
  /** Of the medians. */
  readonly ratio: number;
  readonly aim?: number;
  /** How many times more it is for each than with a tenth of the number, and the limit's: 1 where costs grow linearly. */
  readonly growth?: { readonly limit: number; readonly measured: number };
}

const header = ['workload', 'figure', 'N', 'who', 'unit', 'limit', 'measured', 'ratio', 'aim', 'N/10 → N (limit)'];

/** In Markdown. */
export function table(lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.workload,
    line.figure,
    String(line.n).replace(/\B(?=(\d{3})+$)/g, ' '),
    line.contender,
    line.unit,
    range(line.limit),
    range(line.measured),
    short(line.ratio),
    line.aim === undefined ? '' : short(line.aim),
    line.growth === undefined ? '' : `${short(line.growth.measured)} (${short(line.growth.limit)})`,
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const print = (row: readonly string[], fill = ' '): string =>
    `| ${widths.map((width, i) => (row[i] ?? '').padEnd(width, fill)).join(' | ')} |`;
  return [print(header), print([], '-'), ...rows.map((row) => print(row))].join('\n');
}

function range({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function short(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
