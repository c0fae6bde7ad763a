import type { Change, Key } from '../index.ts';
import { quoteIdentifier } from './quote.ts';

/**
 * A key travels as JSON text, from a read and from a notification alike, so that both give the same key: text, uuid and
 * the like a string; an integer a number, or a bigint where a number can't hold it; a decimal a number, or its text where
 * a number can't hold it; a boolean a boolean. Several columns are one string, the JSON array of them: `compositeKey`.
 * Null, when any of the columns is.
 */
export function keySql(columns: readonly string[], alias = 't'): string {
  const parts = columns.map((column) => `to_json(${alias}.${quoteIdentifier(column)})::text`);
  return parts.length === 1 ? parts.join() : `to_json('[' || ${parts.join(` || ',' || `)} || ']')::text`;
}

const NUMBER = /^-?\d/;
const LARGE_INTEGER = /^-?\d{16,}$/;
/** What may have more digits than a number keeps. */
const LONG_DECIMAL = /^-?\d(?:\D?\d){15,}$/;

/** The key that `keySql` wrote, or one of its parts. */
export function parseKey(json: string): unknown {
  if (LARGE_INTEGER.test(json)) return Number.isSafeInteger(Number(json)) ? Number(json) : BigInt(json);
  return LONG_DECIMAL.test(json) && String(Number(json)) !== json ? json : JSON.parse(json);
}

/** What can be told apart by value; a key column may hold anything. */
export const isKey = (key: unknown): key is Key => key !== null && typeof key !== 'object';

/**
 * The keys of a notification: a JSON array, taken apart by hand since `JSON.parse` rounds what is longer than a number.
 * `'all'` for whatever else a channel may carry, since anybody can send on it.
 */
export function parseKeys(payload: string): Change<Key> {
  try {
    if (!Array.isArray(JSON.parse(payload))) return 'all';
    const keys = parseFlat(payload);
    return keys.every(isKey) ? keys : 'all';
  } catch {
    return 'all';
  }
}

const parseFlat = (json: string): unknown[] => elementsOf(json).map(parseKey);

/** The elements of a JSON array that has no arrays or objects in it, as they are written. */
const elementsOf = (json: string): readonly string[] => json.match(/"(?:[^"\\]|\\.)*"|[^\s,[\]]+/g) ?? [];

/**
 * The key of a row whose key is several columns, in the order of the option `key`: one string, since keys are compared
 * by value. `compositeKey('eu', 7)` is `'["eu",7]'`.
 */
export function compositeKey(...parts: readonly (string | number | bigint | boolean)[]): string {
  return `[${parts.map((part) => (typeof part === 'bigint' ? String(part) : JSON.stringify(part))).join()}]`;
}

/**
 * Keys as the parameters of a statement: an array for each of the key's columns. What can't be one of this table's keys
 * is left out.
 */
export function keyParams(keys: Iterable<Key>, columns: number): unknown[][] {
  const params: unknown[][] = Array.from({ length: columns }, () => []);
  for (const key of new Set(keys)) {
    const parts = typeof key === 'symbol' ? [] : columns === 1 ? [key] : partsOf(key);
    if (parts.length === columns) parts.forEach((part, i) => params[i]?.push(part));
  }
  return params;
}

/** Numbers stay as they are written: `1.10` is of a `numeric(10, 2)`, and a number would have lost its zero. */
function partsOf(key: unknown): unknown[] {
  try {
    const elements = typeof key === 'string' ? elementsOf(key) : [];
    const parts = elements.map((element) => (NUMBER.test(element) ? element : (JSON.parse(element) as unknown)));
    return parts.every(isKey) && `[${elements.join()}]` === key ? parts : [];
  } catch {
    return [];
  }
}
