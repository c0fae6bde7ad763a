import { map } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { RowError, Table } from '../index.ts';
import { tableFrom } from '../index.ts';

/** The rows of one moment, by key. */
export type MarbleSnapshot<V> = Readonly<Record<string, V | RowError>>;

/**
 * A table from a marble line of snapshots, each an object of rows by key: `tableFrom` over `cold` or `hot` of
 * `TestScheduler.run`. Empty until the first one; `#` is a failure of its changes, after which a `cold` line begins anew.
 * For rows with versions or keys that aren't strings, use `tableFrom(cold(marbles, snapshots))`.
 *
 * ```
 * tableFromMarbles(hot, 'a--b--c', { a: { bot: 1 }, b: { bot: 1, cat: 2 }, c: { cat: 2 } })
 *
 * table  a--b--c
 * bot    1-----.
 * cat       2---
 * ```
 */
export function tableFromMarbles<V>(
  create: RunHelpers['cold'] | RunHelpers['hot'],
  marbles: string,
  snapshots: Readonly<Record<string, MarbleSnapshot<V>>>,
  error?: unknown,
): Table<string, V> {
  return tableFrom(create(marbles, { ...snapshots }, error).pipe(map((rows) => Object.entries(rows))));
}
