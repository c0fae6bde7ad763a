const UNITS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** The time of a lane in ms: `0`, `250ms`, `5s`, `1.5s`, `1m`, `2h`. Throws for anything else. */
export function parseTime(time: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(time) ?? [];
  if (time === '0') return 0;
  if (number === undefined) {
    throw new Error(`A time in a lane must be 0, or a number with its unit (250ms, 5s, 1m, 2h), but was "${time}".`);
  }
  return Math.round(Number(number) * UNITS[unit as keyof typeof UNITS]);
}

/** A time in ms as lanes show it: in the largest unit of which it is a whole number. */
export function formatTime(ms: number): string {
  if (ms === 0) return '0';
  for (const [unit, length] of Object.entries(UNITS)) {
    if (ms % length === 0) return `${ms / length}${unit}`;
  }
  return `${ms}ms`;
}
