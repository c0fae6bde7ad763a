/**
 * Whether two values are equal: by value for plain objects, arrays, Date, binary data, Map, Set, URL and primitives (NaN
 * equals NaN, 0 equals -0), and by identity for the rest (functions, class instances).
 *
 * Plain objects are compared by their own enumerable string keys (to look for symbols takes longer than all the rest, and
 * allocates); a key that is absent differs from one whose value is `undefined`. The order of keys, of a Map's entries and of a Set's members doesn't count. Values of
 * another realm count like those of this one, and a subclass of Date, Map or Set like what it extends. Cyclic values are
 * equal when no path through them tells them apart.
 */
export function equals(a: unknown, b: unknown): boolean {
  return same(a, b, undefined);
}

/** Two objects that are being compared, and the ones around them. */
interface Pair {
  readonly a: object;
  readonly b: object;
  readonly outer: Pair | undefined;
}

function same(a: unknown, b: unknown, outer: Pair | undefined): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return Number.isNaN(a) && Number.isNaN(b);
  for (let pair = outer; pair !== undefined; pair = pair.outer) if (pair.a === a && pair.b === b) return true;
  if (isPlain(a)) return isPlain(b) && sameProperties(a, b, outer);
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b, outer);

  // The tag rather than the class, which every realm has of its own; URL isn't in the language at all.
  const tag = tagOf(a);
  if (tag !== tagOf(b)) return false;
  if (ArrayBuffer.isView(a)) return sameItems(items(a), items(b as ArrayBufferView), outer);
  switch (tag) {
    case '[object Date]':
      return same((a as Date).getTime(), (b as Date).getTime(), outer);
    case '[object URL]':
      return (a as { href?: unknown }).href === (b as { href?: unknown }).href;
    case '[object Map]':
    case '[object Set]':
      return sameEntries(a as Collection, b as Collection, outer);
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]':
      return sameItems(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer), outer);
    default:
      return false;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Its prototype is null, or one that has none itself: `Object.prototype` of any realm. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

/** By `for in`, which makes no arrays of keys. */
function sameProperties(a: Record<string, unknown>, b: Record<string, unknown>, outer: Pair | undefined): boolean {
  let pair: Pair | undefined;
  let surplus = 0;
  for (const key in a) {
    surplus++;
    if (!Object.hasOwn(b, key)) {
      if (Object.hasOwn(a, key)) return false;
    } else if (a[key] !== b[key] && !same(a[key], b[key], (pair ??= { a, b, outer }))) return false;
  }
  for (const _key in b) surplus--;
  return surplus === 0;
}

function sameItems(a: ArrayLike<unknown> & object, b: ArrayLike<unknown> & object, outer: Pair | undefined): boolean {
  if (a.length !== b.length) return false;
  let pair: Pair | undefined;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !same(a[i], b[i], (pair ??= { a, b, outer }))) return false;
  }
  return true;
}

/** A typed array's elements, a DataView's bytes. */
function items(view: ArrayBufferView): ArrayLike<unknown> & object {
  return 'length' in view ? (view as Uint8Array) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

type Collection = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

/** Entries with primitive keys are looked up, and so are objects that both have; other objects are matched by value. */
function sameEntries(a: Collection, b: Collection, outer: Pair | undefined): boolean {
  if (a.size !== b.size) return false;
  const pair = { a, b, outer };
  let unmatched: unknown[][] | undefined;
  for (const [key, value] of a.entries()) {
    if (b.has(key)) {
      if ('get' in b && !same(value, b.get(key), pair)) return false;
    } else if (isObject(key)) (unmatched ??= []).push([key, value]);
    else return false;
  }
  if (unmatched === undefined) return true;
  const candidates: unknown[][] = [...b.entries()].filter(([key]) => isObject(key) && !a.has(key));
  return unmatched.every((entry) => {
    const found = candidates.findIndex((candidate) => sameItems(entry, candidate, pair));
    return found >= 0 && candidates.splice(found, 1).length === 1;
  });
}
