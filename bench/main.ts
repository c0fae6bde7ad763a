import type { Subscription } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import type { Figures, Side } from './workload.ts';
import { measure, Processes } from './workload.ts';

const COUNT = 100_000;
const ROUNDS = 7;

const ignore = (): void => undefined;

/** The limit: what the processes cost with nothing around them. */
const bare: Side =
  ({ rows }) =>
  () => {
    const observer = { next: ignore, error: ignore, complete: ignore };
    const subscriptions = new Map<string, Subscription>();
    for (const [key, process] of rows) subscriptions.set(key, process.subscribe(observer));
    return () => {
      for (const subscription of subscriptions.values()) subscription.unsubscribe();
    };
  };

/** Everything on: one event subscriber, statuses, the default policies. */
const supervised: Side = ({ rows }) => {
  const table = new MemoryTable(rows);
  return () => {
    const supervisor = new Supervisor(table);
    const subscription = supervisor.run().subscribe(ignore);
    return () => subscription.unsubscribe();
  };
};

const processes = new Processes(COUNT);
const rounds = Array.from({ length: ROUNDS }, (_, round) => {
  process.stderr.write(`round ${String(round + 1)} of ${String(ROUNDS)}\r`);
  return { bare: measure(processes, bare), supervised: measure(processes, supervised) };
});

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const row = (name: keyof Figures, unit: string) => {
  const limit = median(rounds.map((round) => round.bare[name]));
  const ours = median(rounds.map((round) => round.supervised[name]));
  const show = (value: number): string => `${value.toFixed(2)} ${unit}`;
  return { figure: name, bare: show(limit), supervised: show(ours), ratio: (ours / limit).toFixed(2) };
};

console.log(
  `${String(COUNT)} plain Observables of a MemoryTable, beside map.set(key, observable.subscribe(observer)); for each:`,
);
console.table([row('start', 'µs'), row('bytes', 'B'), row('stop', 'µs')]);
