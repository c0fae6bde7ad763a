import type { World } from './contender.ts';
import type { Processes } from './processes.ts';

/** A row of four fields, as a query gives them. */
export interface Service {
  readonly id: number;
  readonly name: string;
  readonly port: number;
  readonly enabled: boolean;
}

/** A row made anew: equal to any other of the same numbers, and never the same object. */
export function service(id: number, port = 8080): Service {
  return { id, name: `service ${id}`, port, enabled: true };
}

export function keys(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `key-${i}`);
}

/** Services by key, each with an Observable for a process. */
export function services(processes: Processes, names: readonly string[]): World<Service> {
  return {
    processes,
    rows: function* () {
      for (let i = 0; i < names.length; i++) yield [names[i] as string, service(i)] as const;
    },
    process: () => processes.plain(),
    bare: () => processes.plain(),
  };
}
