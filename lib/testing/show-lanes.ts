import type { Lane } from './lane.ts';
import { formatTime } from './lane-time.ts';

/**
 * Two sets of lanes under one line of time, wanted over found; a `≠` marks the keys that differ.
 *
 * ```
 *          0   5s  6s
 *   bot    SR  XB  SR
 *          SR  XB  SR
 * ≠ cat    SR      C
 *          SR
 * ```
 */
export function showLanes(wanted: ReadonlyMap<string, Lane>, found: ReadonlyMap<string, Lane>): string {
  const keys = [...new Set([...wanted.keys(), ...found.keys()])];
  const all = [...wanted.values(), ...found.values()];
  const times = [...new Set(all.flatMap((lane) => [...lane.keys()]))].sort((a, b) => a - b);
  const label = Math.max(0, ...keys.map((key) => key.length));
  const widths = times.map((time) =>
    Math.max(formatTime(time).length, ...all.map((lane) => lane.get(time)?.length ?? 0)),
  );
  const line = (start: string, cells: readonly string[]): string =>
    [start.padEnd(label + 2), ...cells.map((cell, i) => cell.padEnd(widths[i] ?? 0))].join('  ').trimEnd();
  const row = (start: string, lane: Lane | undefined): string =>
    line(
      start,
      times.map((time) => lane?.get(time) ?? ''),
    );
  return [
    line('', times.map(formatTime)),
    ...keys.flatMap((key) => [
      row(`${sameLane(wanted.get(key), found.get(key)) ? ' ' : '≠'} ${key}`, wanted.get(key)),
      row('', found.get(key)),
    ]),
  ].join('\n');
}

/** Whether two lanes say the same; no lane is as good as an empty one. */
export function sameLane(a: Lane = new Map(), b: Lane = new Map()): boolean {
  return a.size === b.size && [...a].every(([time, letters]) => b.get(time) === letters);
}
