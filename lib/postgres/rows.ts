import type { Key, Row, Version } from '../index.ts';
import { RowError } from '../index.ts';
import { isKey, parseKey } from './keys.ts';
import { KEY, VERSION } from './statements.ts';

/** A row as a statement gives it. */
interface Selected extends Record<string, unknown> {
  readonly [KEY]: string | null;
  readonly [VERSION]: string | null;
}

let unknownVersions = 0;

/**
 * Makes rows of what one read selects. Rows without a key are left out, and `end` says so, so that the others are used
 * all the same and nothing counts as absent.
 */
export class RowReader<K extends Key, V> {
  readonly #decode: (row: Record<string, unknown>) => V;
  readonly #keyNames: string;
  #withoutKey = 0;
  #columns: readonly string[] | undefined = undefined;

  constructor(decode: (row: Record<string, unknown>) => V, keyColumns: readonly string[]) {
    this.#decode = decode;
    this.#keyNames = keyColumns.map((column) => `"${column}"`).join(', ');
  }

  rows(selected: readonly unknown[]): Row<K, V>[] {
    return this.#keyed(selected as readonly Selected[], (key, row) => {
      const version = row[VERSION];
      const value = this.#value(row);
      return version === null ? [key, value] : [key, value, version];
    });
  }

  /** A row whose version column is null has another version at each look, and so is always fetched and compared. */
  versions(selected: readonly unknown[]): (readonly [K, Version])[] {
    return this.#keyed(selected as readonly Selected[], (key, row) => {
      return [key, row[VERSION] ?? `unknown ${++unknownVersions}`] as const;
    });
  }

  /** To be called when everything was read. Throws when there were rows without a key. */
  end(): void {
    if (this.#withoutKey === 0) return;
    const rows = this.#withoutKey === 1 ? '1 row has' : `${this.#withoutKey} rows have`;
    throw new Error(`${rows} no key: the key ${this.#keyNames} is null. Leave them out in \`where\`, or give them one`);
  }

  #keyed<R>(selected: readonly Selected[], make: (key: K, row: Selected) => R): R[] {
    const rows: R[] = [];
    for (const row of selected) {
      const json = row[KEY];
      if (json === null) this.#withoutKey++;
      else rows.push(make(this.#key(json), row));
    }
    return rows;
  }

  #key(json: string): K {
    const key = parseKey(json);
    if (isKey(key)) return key as K;
    const expected = 'a text, a number, a boolean, a uuid or the like';
    throw new Error(`the key ${this.#keyNames} must be ${expected}, but it is ${json}. Name another column in \`key\``);
  }

  /** The columns alone. Taken one by one: a rest pattern took longer than all else of a read. */
  #value(selected: Selected): V | RowError {
    this.#columns ??= Object.keys(selected).filter((name) => name !== KEY && name !== VERSION);
    const row: Record<string, unknown> = {};
    for (const column of this.#columns) row[column] = selected[column];
    try {
      return this.#decode(row);
    } catch (error) {
      return new RowError(error);
    }
  }
}
