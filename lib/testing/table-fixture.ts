import type { Key, Table } from '../index.ts';

/**
 * A table to be checked, and how to write to it. What its methods return is awaited: from then on a read is to see what
 * was written.
 */
export interface TableFixture<K extends Key, V> {
  /** The table, without any rows. */
  readonly table: Table<K, V>;
  /** Three keys that differ. */
  readonly keys: readonly [K, K, K];
  /** Two values that differ, as the table gives them; they are compared with `equals`. */
  readonly values: readonly [V, V];
  /** Inserts the row, or updates it. */
  set(key: K, value: V): unknown;
  /** Deletes the row. */
  delete(key: K): unknown;
  /** Makes these all the rows, at once: where there are transactions, in one. */
  replace(rows: readonly (readonly [key: K, value: V])[]): unknown;
  /** Makes a row that is there one that can't be read. For `rowErrors`. */
  spoil?(key: K): unknown;
  /** Makes every read fail from now on. For `failures`. */
  break?(): unknown;
  /** Called when the check is over, however it ended. */
  dispose?(): unknown;
}

/** What the table has; what is left out it doesn't have. Told beforehand, so that nothing is passed over in silence. */
export interface TableFeatures {
  readonly getMany?: boolean;
  readonly changes?: boolean;
  /** Rows have versions. */
  readonly versions?: boolean;
  /** The fixture can `spoil` a row. */
  readonly rowErrors?: boolean;
  /** The fixture can `break` the table. */
  readonly failures?: boolean;
  /** ms to wait for whatever must come, 10 000 by default: only a check that fails waits so long. */
  readonly limit?: number;
}
