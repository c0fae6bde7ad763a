/** A broken rule: what was expected, what was found, what to do. */
export function contractError(expected: string, found: string, advice: string, cause?: unknown): Error {
  return new Error(`Expected ${expected}, but found ${found}. ${advice}`, cause === undefined ? undefined : { cause });
}

/** A key or a value, in few words. */
export function show(value: unknown): string {
  if (value instanceof Error) return String(value);
  switch (typeof value) {
    case 'bigint':
      return `${String(value)}n`;
    case 'object':
      if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
      try {
        return JSON.stringify(value);
      } catch {
        return Object.prototype.toString.call(value);
      }
    case 'string':
      return JSON.stringify(value);
    default:
      return String(value);
  }
}
