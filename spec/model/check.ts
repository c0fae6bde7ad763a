import fc from 'fast-check';
import { history } from './arbitrary.ts';
import type { History } from './history.ts';
import { play } from './play.ts';
import { showHistory } from './show.ts';

/** Plays `runs` random histories. Gives `undefined`, or what went wrong, shrunk, with what replays it. */
export function check(runs: number, seed: number, path?: string): string | undefined {
  const result = fc.check(
    fc.property(history, (h) => {
      play(h);
    }),
    { numRuns: runs, seed, ...(path !== undefined && { path }), interruptAfterTimeLimit: 600_000 },
  );
  if (!result.failed || result.counterexample === null) return undefined;
  const [shrunk] = result.counterexample;
  return [
    `after ${String(result.numRuns)} histories: ${String(result.errorInstance)}`,
    `replay: --seed ${String(result.seed)} --path ${result.counterexamplePath}`,
    '',
    showHistory(shrunk),
    '',
    ...replay(shrunk),
  ].join('\n');
}

/** What happened, line by line. */
export function replay(h: History): string[] {
  const log: string[] = [];
  try {
    play(h, true, log);
  } catch (error) {
    log.push(String(error));
  }
  return log;
}
