import type { RunDetails } from 'fast-check';
import fc from 'fast-check';
import { history, slowHistory } from './arbitrary.ts';
import type { History } from './history.ts';
import { play, playSlowly } from './play.ts';
import { showHistory } from './show.ts';

/** `path` replays one history; without `shrink` a failure is told as it was found. */
interface Manner {
  readonly path?: string | undefined;
  readonly shrink?: boolean;
}

/** Plays `runs` random histories. Gives `undefined`, or what went wrong, shrunk, with what replays it. */
export function check(runs: number, seed: number, manner: Manner = {}): string | undefined {
  const property = fc.property(history, (h) => {
    play(h);
  });
  const [failure, shrunk] = failureOf(fc.check(property, parameters(runs, seed, manner)));
  if (failure === undefined || shrunk === undefined) return undefined;
  const log: string[] = [];
  try {
    play(shrunk, true, log);
  } catch (error) {
    log.push(String(error));
  }
  return [failure, ...log].join('\n');
}

/** The same with real Promises among the processes: slower, since all microtasks run after each thing that happens. */
export async function checkSlowly(runs: number, seed: number, manner: Manner = {}): Promise<string | undefined> {
  const property = fc.asyncProperty(slowHistory, (h) => playSlowly(h));
  const [failure, shrunk] = failureOf(await fc.check(property, parameters(runs, seed, manner)));
  if (failure === undefined || shrunk === undefined) return undefined;
  const log: string[] = [];
  await playSlowly(shrunk, true, log).catch((error: unknown) => log.push(String(error)));
  return [failure, ...log].join('\n');
}

function parameters(runs: number, seed: number, { path, shrink = true }: Manner) {
  return { numRuns: runs, seed, ...(path !== undefined && { path }), endOnFailure: !shrink };
}

function failureOf(result: RunDetails<[History]>): [failure: string, shrunk: History] | [] {
  if (!result.failed || result.counterexample === null) return [];
  const [shrunk] = result.counterexample;
  const failure = [
    `after ${String(result.numRuns)} histories: ${String(result.errorInstance)}`,
    `replay: --seed ${String(result.seed)} --path ${result.counterexamplePath}`,
    '',
    showHistory(shrunk),
    '',
  ];
  return [failure.join('\n'), shrunk];
}
