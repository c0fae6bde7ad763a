import type { Observable } from 'rxjs';
import type { Process, ProcessContext } from 'rxjs-supervisor';
import type { Processes } from './processes.ts';

/** What a row is to its processes, and who counts them. */
export interface World<R = unknown> {
  readonly processes: Processes;
  /** Every key with its row: made anew at each call. */
  rows(): Iterable<readonly [key: string, row: R]>;
  /** The process of a row, as the supervisor takes it. */
  process(row: R, context: ProcessContext): Process;
  /** The same process as a bare Observable. */
  bare(row: R): Observable<unknown>;
}

/** A row to write, or, without a row, to delete. */
export type Edit<R> = readonly [key: string, row: R | undefined];

/** What keeps one process for each row. What it does asynchronously it ends by resolving. */
export interface Keeper<R> {
  /** Starts a process for every row of its world. */
  start(): void | Promise<void>;
  /** Adds rows that weren't there, with their processes, and deletes rows that were. */
  edit(edits: readonly Edit<R>[]): void | Promise<void>;
  /** Writes rows that were there, compares them, and replaces the processes of those that differ. */
  change(edits: readonly (readonly [key: string, row: R])[]): void | Promise<void>;
  /** Ends all of them at once. */
  stop(): void | Promise<void>;
  /** Asks all of them to end, and waits for it, where it knows how to. */
  close?(): void | Promise<void>;
  /** Compares all rows that it has with what it keeps, where it can, and how many it saw. */
  reread?(): number;
  /** Starts again what has failed, where it doesn't by itself. */
  startAgain?(): void;
}

/** What compares whole tables with what it keeps. */
export interface Reader<R> {
  /** Reads a whole table, and how many rows it saw. */
  read(rows: ReadonlyMap<string, R>): number;
}

/** One way to keep a process for each row. */
export interface Contender {
  /** `open` isn't measured; it takes the rows, and starts nothing. `restart`: what fails starts again with no delay. */
  open<R>(world: World<R>, options?: { readonly restart?: boolean }): Keeper<R> | Promise<Keeper<R>>;
  /** Starts everything, to be read again and again. */
  openReader?<R>(world: World<R>): Reader<R>;
}
