import type { Unsubscribable } from 'rxjs';
import { Observable } from 'rxjs';
import type { Key, LifecycleEvent, Process, ProcessContext, Runnable } from '../../lib/index.ts';
import { MemoryTable, Supervisor } from '../../lib/index.ts';
import { EventRules } from '../../lib/testing/event-rules.ts';
import type { Timers } from './clock.ts';
import type { Life } from './history.ts';
import { showKey } from './show.ts';
import type { World } from './world.ts';

const KINDS: readonly Life['kind'][] = ['plain', 'runnable', 'patient'];

/** What a supervisor within a row is like, by the life that the row describes. */
export interface NestedPlan {
  readonly world: World;
  readonly key: Key;
  readonly incarnation: number;
  readonly life: Life;
  /** Builds the process of one of its rows. */
  build(life: Life, context: ProcessContext): Process;
  /** With the keys of what lives within it. */
  begin(inner: readonly Key[]): void;
  end(): void;
}

/**
 * A row that is a supervisor: of as many rows as there are kinds, each of which lives as the life says, but that force
 * ends it. It keeps the rules for events, and leaves nothing when it ends: no process, no timer, no status.
 */
export function nested({ world, key, incarnation, life, build, begin, end }: NestedPlan): Process {
  const timers: Timers = { armed: 0 };
  const name = showKey(key);
  // Two symbols may have one name, and one that was abandoned may live on beside the next.
  const number = world.keys.findIndex((other) => Object.is(other, key));
  const keyOf = (index: number): string => `${String(number)}#${String(incarnation)}/${String(index)}`;
  const table = new MemoryTable(
    KINDS.map((kind, index): [string, Life] => [
      keyOf(index),
      { ...life, kind, throws: 'never', dies: Math.min(life.dies, 4), calls: undefined },
    ]),
  );
  const supervisor = new Supervisor(table, {
    process: (inner, context) => build(inner, context),
    restart: { delay: 20 },
    startTimeout: 10,
    stopTimeout: 3,
    killTimeout: 1_000,
    initialWait: 2,
    interval: life.emits === 0 ? 500 : Infinity,
    startConcurrency: life.listens ? 1 : Infinity,
    scheduler: world.clock.scheduler(timers),
  });
  const rules = new EventRules(supervisor, (what) => world.broken('4', `${name}, a supervisor: ${what}`));
  supervisor.events.subscribe((event) => rules.hear(event));

  const atEnd = (edits: Unsubscribable | undefined) => (): void => {
    edits?.unsubscribe();
    if (timers.armed > 0) world.broken('3', `${name}, a supervisor, ends with ${String(timers.armed)} timers armed`);
    if (supervisor.statuses().size > 0) world.broken('3', `${name}, a supervisor, ends with statuses left`);
    for (const inner of KINDS.keys()) {
      if (world.living(keyOf(inner)).length > 0)
        world.broken('3', `${keyOf(inner)} lives, and its supervisor has ended`);
    }
    end();
  };
  const run = supervisor.run.bind(supervisor);
  // Stays a Supervisor for whoever looks at it.
  const seen: Runnable<LifecycleEvent<string, Life>> = Object.assign(supervisor, {
    run: (running: Observable<never>, context: ProcessContext) =>
      new Observable<LifecycleEvent<string, Life>>((subscriber) => {
        begin([...table.keys()]);
        const edits =
          life.ends === 'never' ? undefined : world.clock.after(life.after + 1, () => edit(table, keyOf, life));
        run(running, context).subscribe(subscriber);
        subscriber.add(atEnd(edits));
      }),
  });
  return seen;
}

/** What happens to its rows. */
function edit(table: MemoryTable<string, Life>, keyOf: (index: number) => string, life: Life): void {
  if (life.ends === 'completes') table.delete(keyOf(0));
  else if (life.ends === 'fails') table.set(keyOf(1), { ...life, kind: 'plain', ends: 'never', calls: undefined });
  else table.clear();
}
