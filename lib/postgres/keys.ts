import type { Change, Key } from '../index.ts';

/**
 * A key travels as JSON text, from a read and from a notification alike, so that both give the same key: text, uuid and
 * the like a string; an integer a number, or a bigint where a number can't hold it; a boolean a boolean.
 */
export const keySql = (column: string): string => `to_json(${column})::text`;

/** The key that `keySql` wrote. */
export function parseKey(json: string | null): unknown {
  if (json === null) return null;
  return /^-?\d{16,}$/.test(json) && !Number.isSafeInteger(Number(json)) ? BigInt(json) : JSON.parse(json);
}

/**
 * The keys of a notification: a JSON array, taken apart by hand since `JSON.parse` rounds what is longer than a number.
 * `'all'` for whatever else a channel may carry, since anybody can send on it.
 */
export function parseKeys(payload: string): Change<Key> {
  try {
    if (!Array.isArray(JSON.parse(payload))) return 'all';
    const keys = (payload.match(/"(?:[^"\\]|\\.)*"|[^\s,[\]]+/g) ?? []).map(parseKey);
    return keys.every(isKey) ? keys : 'all';
  } catch {
    return 'all';
  }
}

const isKey = (key: unknown): key is Key => key !== null && typeof key !== 'object';
