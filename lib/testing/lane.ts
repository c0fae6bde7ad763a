import { formatTime, parseTime } from './lane-time.ts';

/** What happened to one key at each time, in ms: times in the order in which they came, each with its letters. */
export type Lane = Map<number, string>;

const LETTERS = /^[QSRUXBGECPHK.]+$/;

/**
 * Reads a lane: times, each followed by its letters. The last time may stand alone: nothing more until then. The order
 * of the times, the blanks between them and the units are free. Throws for what isn't a lane.
 */
export function parseLane(text: string): { readonly lane: Lane; readonly end: number } {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const lane: Lane = new Map();
  let end = 0;
  for (let i = 0; i < words.length; i += 2) {
    const time = parseTime(words[i] ?? '');
    const letters = words[i + 1];
    end = Math.max(end, time);
    if (letters === undefined) continue;
    if (!LETTERS.test(letters)) {
      throw new Error(`A lane must have letters of QSRUXBGECPHK. after each time, but "${text}" has "${letters}".`);
    }
    lane.set(time, (lane.get(time) ?? '') + letters);
  }
  return { lane, end };
}

/** A lane as text: `0 SR  5s XB  6s SR`. */
export function formatLane(lane: Lane): string {
  return [...lane].map(([time, letters]) => `${formatTime(time)} ${letters}`).join('  ');
}
