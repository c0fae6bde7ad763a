import type { Key } from '../../lib/index.ts';

/** What a process does in one life. Times are in ms of virtual time; 0 is at once, Infinity never. */
export interface Life {
  /**
   * `plain`: an Observable; `runnable`: forced by unsubscribing; `patient`: a Runnable that has read `force`; `promise`
   * and `iterator` settle in no microtask, so that they fit into time that passes at once; the real ones do.
   */
  readonly kind:
    | 'plain'
    | 'runnable'
    | 'patient'
    | 'promise'
    | 'iterator'
    | 'array'
    | 'supervisor'
    | 'real promise'
    | 'real function'
    | 'real generator';
  readonly throws: 'never' | 'in build' | 'in subscribe' | 'in teardown';
  readonly ready: number;
  readonly ends: 'never' | 'completes' | 'fails' | 'gives up';
  readonly after: number;
  /** How long a graceful stop takes. */
  readonly stops: number;
  /** How long it lives on once it was forced. */
  readonly dies: number;
  readonly stopFails: boolean;
  readonly emits: number;
  /** ms that pass within its subscription, before it emits and opens. */
  readonly works: number;
  readonly listens: boolean;
  /** What it does to the supervisor or the table, once, and when. */
  readonly calls:
    | { readonly when: 'build' | 'subscribe' | 'ready' | 'asked' | 'teardown'; readonly do: readonly Action[] }
    | undefined;
}

export interface PolicySpec {
  readonly when: 'always' | 'on-failure' | 'never';
  readonly delay: number | 'grows' | 'throws';
  readonly resetAfter: number;
  readonly limit: { readonly max: number; readonly within: number } | undefined;
  readonly onChange: 'restart' | 'ignore' | 'update' | 'by number' | 'throws';
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly killTimeout: number;
}

/** A row: its lives are led in turn, one by each incarnation. Rows of equal content are equal. */
export interface RowSpec {
  readonly lives: readonly Life[];
  readonly policy: PolicySpec | undefined;
}

export interface Reading {
  /** ms until it has answered; 0 is synchronously. */
  readonly takes: number;
  /** Which table it sees. `half`: half of the rows as they are at first, half as they are at the end. */
  readonly sees: 'the first moment' | 'the last moment' | 'half of each';
  readonly fault: 'none' | 'throws' | 'fails' | 'fails half-way' | 'hangs' | 'a malformed row' | 'a key twice';
}

export type Announced = 'now' | 'late' | 'never' | 'twice' | 'as all' | 'before';

export type Action =
  | { readonly do: 'set'; readonly key: number; readonly row: RowSpec; readonly announced: Announced }
  | { readonly do: 'revert' | 'rewrite' | 'delete' | 'spoil'; readonly key: number; readonly announced: Announced }
  | { readonly do: 'announce'; readonly key: number | 'all' }
  | { readonly do: 'lose changes' }
  | { readonly do: 'tick' }
  | { readonly do: 'reads'; readonly reading: Reading; readonly times: number }
  | {
      readonly do: 'start' | 'stop';
      readonly key: number;
      readonly within: number | undefined;
      readonly patience: number;
    }
  | { readonly do: 'restart'; readonly key: number; readonly patience: number }
  | { readonly do: 'reconcile' | 'plan'; readonly patience: number }
  | { readonly do: 'run' }
  | { readonly do: 'end'; readonly how: 'gracefully' | 'with an error' | 'by force' | 'by unsubscribing' | 'by close' };

export type Step =
  | (Action & { readonly wait: number })
  | { readonly do: 'settle'; readonly wait: number }
  | {
      readonly do: 'on';
      readonly wait: number;
      readonly event: string;
      readonly who: number;
      readonly then: Action;
    };

export interface Config {
  readonly keys: readonly Key[];
  readonly table: 'get' | 'getMany' | 'versions' | 'numbered get';
  readonly changes: 'says all' | 'says nothing' | 'none';
  readonly batches: 'array' | 'generator' | 'observable';
  readonly reading: Reading;
  readonly interval: number | 'ticks';
  readonly readTimeout: number;
  readonly initialWait: number;
  readonly startConcurrency: number;
  readonly policy: PolicySpec;
}

export interface History {
  readonly config: Config;
  readonly rows: readonly RowSpec[];
  readonly steps: readonly Step[];
  readonly end: 'gracefully' | 'with an error' | 'by force' | 'by unsubscribing' | 'by close';
}
