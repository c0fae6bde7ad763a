import type { Subscriber } from 'rxjs';
import { NEVER, Observable } from 'rxjs';
import type { ProcessContext, Runnable } from 'rxjs-supervisor';
import type { World } from '../contender.ts';
import { Processes } from '../processes.ts';
import { keys } from '../rows.ts';
import type { Figure, Round, Workload } from '../workload.ts';
import { bytesFigures, keep } from './bytes.ts';
import { close, live, startAndStop, startFigures } from './start.ts';

type Run = (subscriber: Subscriber<never>, running: Observable<never>, context: ProcessContext) => void;

const WARM = { n: 2_000, rounds: 5 };

/** The aims of the others are for plain Observables. */
const unaimed: Record<string, Figure> = Object.fromEntries(
  Object.entries({ ...startFigures, ...bytesFigures }).map(([name, { unit, about }]) => [name, { unit, about }]),
);
const aimed = {
  ...unaimed,
  start: { ...startFigures.start, aim: 2.5 },
  bytes: { ...bytesFigures.bytes, aim: 1.6 },
};

/** The limit subscribes to what `run` returns and has no way to force it, so that here `force` costs nothing. */
const bareContext = {
  force: { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined },
} as unknown as ProcessContext;

function runnables(processes: Processes, names: readonly string[], run: Run): World<Runnable<never>> {
  const runnable = (): Runnable<never> => ({
    run: (running, context) =>
      new Observable((subscriber) => {
        processes.opened();
        subscriber.add(() => processes.closed());
        run(subscriber, running, context);
      }),
  });
  return {
    processes,
    rows: function* () {
      for (const name of names) yield [name, runnable()] as const;
    },
    process: (row) => row,
    bare: (row) => row.run(NEVER, bareContext) as Observable<never>,
  };
}

function workload(figures: Workload['figures'], run: Run): Workload {
  return {
    figures,
    sizes: [1_000, 10_000, 100_000],
    peers: false,
    prepare: async (contender, n, clock): Promise<Round> => {
      const names = keys(n);
      const worldOf = (names: readonly string[]): World<Runnable<never>> => runnables(new Processes(), names, run);
      await live(contender, worldOf);
      return async () => {
        const kept = await keep(contender, worldOf, n);
        // Its full collections throw away code that was compiled: it is compiled again before the next measurement.
        for (let i = 0; i < WARM.rounds; i++) await startAndStop(contender, worldOf(keys(WARM.n)), WARM.n, clock);
        return {
          ...kept,
          ...(await startAndStop(contender, worldOf(names), n, clock)),
          ...(await close(contender, worldOf(names), n, clock)),
        };
      };
    },
  };
}

/** Opens, is up while `running` lasts, and closes. */
export const running = workload(aimed, (subscriber, running) => running.subscribe(subscriber));

/** The same, and ends as well when it is forced. */
export const forced = workload(unaimed, (subscriber, running, context) => {
  context.force.addEventListener('abort', () => subscriber.complete());
  running.subscribe(subscriber);
});
