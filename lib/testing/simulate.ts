import type { RunHelpers } from 'rxjs/testing';
import { TestScheduler } from 'rxjs/testing';
import type { Key, LifecycleEvent } from '../index.ts';
import { lanes } from './lanes.ts';
import type { Random } from './random.ts';
import { randomOf } from './random.ts';
import { shorter } from './shorter.ts';
import type { SimulationSubject } from './simulation.ts';
import { Simulation } from './simulation.ts';
import { SimulationError } from './simulation-error.ts';
import type { SimulatedStep } from './simulation-step.ts';
import { makeSteps } from './simulation-step.ts';

/** Jest's `jest` or Vitest's `vi`, with fake timers on: what moves time on for async functions. */
export interface FakeTimers {
  advanceTimersByTimeAsync(ms: number): Promise<unknown>;
  getTimerCount(): number;
}

/** What random histories are made of. Times are in ms. */
export interface SimulateOptions<K extends Key, V, H> {
  /** What is simulated. Called anew for each history, so that no history sees what another one has left. */
  readonly setUp: (helpers: H) => SimulationSubject<K, V>;
  /** The rows that are written: some of these, or what a function makes. */
  readonly rows: readonly V[] | ((random: Random) => V);
  /** The keys. `'a'`, `'b'` and `'c'` by default. */
  readonly keys?: readonly K[];
  /** How many histories. Default 100. */
  readonly runs?: number;
  /** The first history's; each further one has the next number. Default 1: other seeds, other histories. */
  readonly seed?: number;
  /** How many things happen in one history. Default 25. */
  readonly steps?: number;
  /** How long to wait between two things, of which one is chosen each time. */
  readonly waits?: readonly number[];
  /** How long nothing happens before everything must agree. Default 10 000. */
  readonly quiet?: number;
}

/** What was simulated. */
export interface SimulationReport {
  readonly histories: number;
  /** How many events there were of each type: what never came was never tested. */
  readonly events: Readonly<Partial<Record<LifecycleEvent['type'], number>>>;
}

interface Random$ {
  /** Choices of this history: the same ones whenever it is played. */
  readonly random: Random;
}

type Options<K extends Key, V, H> = SimulateOptions<K, V, H>;
type Steps<V> = readonly SimulatedStep<V>[];

/** How a history went. */
interface Played {
  readonly events: readonly LifecycleEvent[];
  /** What was thrown. */
  readonly failure?: unknown;
}

/**
 * Plays random histories against processes and tables of your own, in virtual time: rows come, change and go; changes are
 * told late, twice or never; reads are slow, fail or never end; commands are given, also from inside handlers of events;
 * runs end in every way and begin again. After each event, and whenever it is quiet, the rules of the library must hold,
 * and those that you add with `always` and `whenQuiet`.
 *
 * What breaks a rule is made as short as it gets and thrown as a SimulationError: the rule, the history step by step, its
 * lanes, and the seed that replays it. A seed and the same code always give the same histories: use `random`, and no
 * `Math.random`.
 *
 * Each history is played inside `TestScheduler.run`, whose helpers `setUp` is given. With `timers` (`jest` or `vi`, whose
 * fake timers are on) Promises may take part, and a Promise is returned.
 *
 * ```ts
 * simulate({
 *   rows: [80, 8080],
 *   setUp: () => ({ process: (port) => listen(port), whenQuiet: ({ rows }) => assert.equal(open.size, rows.size) }),
 * });
 * ```
 */
export function simulate<K extends Key = string, V = unknown>(
  options: Options<K, V, Random$> & { readonly timers: FakeTimers },
): Promise<SimulationReport>;
export function simulate<K extends Key = string, V = unknown>(
  options: Options<K, V, RunHelpers & Random$>,
): SimulationReport;
export function simulate<K extends Key, V>(
  options: Options<K, V, never> & { readonly timers?: FakeTimers },
): SimulationReport | Promise<SimulationReport> {
  const { timers } = options;
  const search = histories(options);
  if (timers === undefined) {
    let next = search.next();
    while (next.done !== true) next = search.next(playVirtually(options, ...next.value));
    return next.value;
  }
  return (async () => {
    let next = search.next();
    while (next.done !== true) next = search.next(await playWith(timers, options, ...next.value));
    return next.value;
  })();
}

/** Asks for histories to be played, until one breaks a rule: then for shorter ones. */
function* histories<K extends Key, V>(
  options: Options<K, V, never>,
): Generator<[Steps<V>, number], SimulationReport, Played> {
  const { rows, runs = 100, seed: first = 1, steps: count = 25 } = options;
  const { waits = [0, 0, 0, 1, 10, 100, 1_000, 5_000, 60_000] } = options;
  const keys = keysOf(options);
  const row = (random: Random): V => (typeof rows === 'function' ? rows(random) : random.pick(rows));
  const events: Partial<Record<LifecycleEvent['type'], number>> = {};
  for (let run = 0; run < runs; run++) {
    const seed = first + run;
    let steps: Steps<V> = makeSteps(randomOf(seed), count, { keys: keys.length, waits, row });
    let played = yield [steps, seed];
    for (const { type } of played.events) events[type] = (events[type] ?? 0) + 1;
    if (!('failure' in played)) continue;
    const shrinking = shorter(steps);
    let candidate = shrinking.next();
    while (candidate.done !== true) {
      const shorterPlayed = yield [candidate.value, seed];
      const fails = 'failure' in shorterPlayed;
      if (fails) [steps, played] = [candidate.value, shorterPlayed];
      candidate = shrinking.next(fails);
    }
    throw new SimulationError({ seed, run: run + 1, steps, keys, lanes: lanes(played.events), cause: played.failure });
  }
  return { histories: runs, events };
}

function keysOf<K extends Key>({ keys }: { readonly keys?: readonly K[] }): readonly K[] {
  return keys ?? (['a', 'b', 'c'] as readonly string[] as readonly K[]);
}

function playVirtually<K extends Key, V>(options: Options<K, V, never>, steps: Steps<V>, seed: number): Played {
  const scheduler = new TestScheduler(() => undefined);
  return scheduler.run((helpers) => {
    const simulation = simulationOf(options, { ...helpers, random: randomOf(seed) });
    try {
      for (const ms of simulation.play(steps)) {
        scheduler.maxFrames = scheduler.frame + ms;
        scheduler.schedule(() => undefined, ms);
        scheduler.flush();
      }
      simulation.conclude(scheduler.actions.length);
      return { events: simulation.events };
    } catch (failure) {
      return { events: simulation.events, failure };
    } finally {
      simulation.close();
      scheduler.maxFrames = -1; // nothing of what is left is done
    }
  });
}

async function playWith<K extends Key, V>(
  timers: FakeTimers,
  options: Options<K, V, never>,
  steps: Steps<V>,
  seed: number,
): Promise<Played> {
  const before = timers.getTimerCount();
  const simulation = simulationOf(options, { random: randomOf(seed) });
  try {
    for (const ms of simulation.play(steps)) await timers.advanceTimersByTimeAsync(ms);
    simulation.conclude(timers.getTimerCount() - before);
    return { events: simulation.events };
  } catch (failure) {
    return { events: simulation.events, failure };
  } finally {
    simulation.close();
  }
}

function simulationOf<K extends Key, V>(options: Options<K, V, never>, helpers: object): Simulation<K, V> {
  const { setUp, quiet = 10_000 } = options;
  return new Simulation(keysOf(options), quiet, setUp(helpers as never));
}
