import type { Unsubscribable } from 'rxjs';
import type { Reconciled, Trigger } from './events.ts';
import type { KeyedReads } from './keyed-reads.ts';
import { Pass } from './pass.ts';
import type { Plan } from './plan.ts';
import { Planner } from './plan.ts';
import type { BatchReader } from './read.ts';
import { eachRow, read } from './read.ts';
import { Retry } from './retry.ts';
import type { Slots } from './slots.ts';
import type { Key, Row, Table, Version } from './table.ts';

/** Marks what a full read saw; also across runs and supervisors, so that no mark is ever used twice. */
let marks = 0;

interface Request {
  readonly trigger: Trigger;
  readonly askers: ((summary: Reconciled) => void)[];
}

/**
 * Reads the whole table, one read at a time: an interval's tick during one is dropped, anything else makes exactly one
 * more follow. A read that failed is retried.
 */
export class FullReads<K extends Key, V> {
  readonly #table: Table<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #keyed: KeyedReads<K, V>;
  readonly #retry: Retry;
  readonly #planned: ((read: { plan: Plan<K> } | { error: unknown }) => void)[] = [];
  #pass: Pass<K, V> | undefined = undefined;
  #planning = false;
  #reading: Unsubscribable | undefined = undefined;
  #next: Request | undefined = undefined;
  #failed: Trigger = 'initial';
  /** Versions say something only of rows that were read in full once. */
  #readInFull = false;

  constructor(table: Table<K, V>, slots: Slots<K, V>, keyed: KeyedReads<K, V>) {
    this.#table = table;
    this.#slots = slots;
    this.#keyed = keyed;
    keyed.touch = (key) => this.touch(key);
    this.#retry = new Retry(slots.alarms, 'entries', () => this.request(this.#failed));
  }

  /** Reads everything, now or after the read that is under way. */
  request(trigger: Trigger, asker?: (summary: Reconciled) => void): void {
    this.#next ??= { trigger, askers: [] };
    if (asker !== undefined) this.#next.askers.push(asker);
    this.#go();
  }

  /** The interval's: nothing, while a full read is under way. */
  tick(): void {
    if (this.#pass === undefined) this.request('interval');
  }

  /** Reads everything and does nothing; a failed read is the answer, and isn't retried. */
  plan(asker: (read: { plan: Plan<K> } | { error: unknown }) => void): void {
    this.#planned.push(asker);
    this.#go();
  }

  /** A change or a command is about this key: a scan that is under way (then true) is older than the read that it gets. */
  touch(key: K): boolean {
    return this.#pass?.touched.add(key) !== undefined;
  }

  cancel(): void {
    this.#retry.cancel();
    this.#reading?.unsubscribe();
    this.#pass = undefined;
    this.#next = undefined;
    this.#planned.length = 0;
  }

  #go(): void {
    if (this.#pass !== undefined || this.#planning) return;
    const asker = this.#planned.shift();
    const request = this.#next;
    if (asker !== undefined) {
      this.#plan(asker);
    } else if (request !== undefined) {
      this.#next = undefined;
      this.#reconcile(request);
    }
  }

  #reconcile({ trigger, askers }: Request): void {
    const pass = new Pass(this.#slots, trigger, ++marks);
    const byVersions = this.#readInFull && this.#table.versions !== undefined;
    const operation = byVersions ? 'versions' : 'entries';
    this.#pass = pass;
    this.#retry.cancel();
    this.#keyed.outdate();
    const end = (failure?: { readonly error: unknown }): void => {
      if (failure === undefined) {
        this.#retry.reset();
        if (pass.complete) this.#readInFull = true;
      } else {
        pass.complete = false;
        this.#slots.tableFailed(operation, failure.error);
        this.#failed = trigger;
        this.#retry.schedule();
      }
      pass.findAbsent();
      this.#readAgain(pass, () => this.#end(pass, askers));
    };
    this.#reading = byVersions
      ? read<readonly [K, Version]>(this.#slots, operation, () => this.#table.versions?.() ?? [], {
          rows: eachRow(this.#slots, (row) => pass.version(row)),
          end,
        })
      : this.#readEntries({ rows: (batch) => pass.rows(batch), end });
  }

  #readAgain(pass: Pass<K, V>, done: () => void): void {
    let left = pass.again.size;
    if (left === 0) {
      done();
      return;
    }
    for (const key of pass.again) {
      this.#keyed.want(key, (found, apply) => {
        pass.apply(found, apply);
        if (--left === 0) done();
      });
    }
    this.#keyed.readNow();
  }

  #end(pass: Pass<K, V>, askers: Request['askers']): void {
    if (!this.#slots.open) return;
    const summary = pass.summary();
    this.#pass = undefined;
    this.#slots.hub.emit(summary);
    this.#slots.run?.reconciled(summary);
    for (const asker of askers) asker(summary);
    this.#slots.mailbox.post(() => this.#go());
  }

  #plan(asker: (read: { plan: Plan<K> } | { error: unknown }) => void): void {
    const planner = new Planner(this.#slots);
    this.#planning = true;
    this.#reading = this.#readEntries({
      rows: eachRow(this.#slots, (row) => planner.row(row)),
      end: (failure) => {
        this.#planning = false;
        asker(failure ?? { plan: planner.plan() });
        this.#slots.mailbox.post(() => this.#go());
      },
    });
  }

  #readEntries(reader: BatchReader<Row<K, V>>): Unsubscribable | undefined {
    return read(this.#slots, 'entries', () => this.#table.entries(), reader);
  }
}
