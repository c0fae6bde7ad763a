import type { SimulatedStep } from './simulation-step.ts';
import { showStep } from './simulation-step.ts';

interface Found {
  readonly seed: number;
  /** The how-manieth history it was. */
  readonly run: number;
  readonly steps: readonly SimulatedStep<unknown>[];
  readonly keys: readonly unknown[];
  readonly lanes: Readonly<Record<string, string>>;
  readonly cause: unknown;
}

/** A history in which a rule was broken, as short as it was found; what was thrown is the `cause`. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly code = 'SIMULATION';
  /** Replays it: `simulate({ …, seed, runs: 1 })`. */
  readonly seed: number;
  /** The history, line by line. */
  readonly history: readonly string[];

  constructor({ seed, run, steps, keys, lanes, cause }: Found) {
    const history = steps.map((step) => showStep(step, keys));
    const told = Object.entries(lanes).map(([key, lane]) => `  ${key}: ${lane}`);
    super(
      [
        `In history ${run}, shortened: ${cause instanceof Error ? cause.message : String(cause)}`,
        `Replay it with seed: ${seed}, runs: 1.`,
        '',
        '  run',
        ...history.map((line) => `  ${line}`),
        '',
        'Its lanes until then:',
        ...told,
        '',
      ].join('\n'),
      { cause },
    );
    this.seed = seed;
    this.history = history;
  }
}
