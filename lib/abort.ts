/** The part of `AbortSignal` that is used where a platform's own types aren't loaded. */
interface MinimalSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The platform's `AbortSignal`. The core is compiled without the types of Node and the DOM, so it is looked up. */
export type ForceSignal = typeof globalThis extends { AbortSignal: { prototype: infer S } } ? S : MinimalSignal;

export interface AbortHandle {
  readonly signal: ForceSignal;
  abort(reason?: unknown): void;
}

/** The platform's `AbortController`: Node and every browser have it. */
export function abortHandle(): AbortHandle {
  return new (globalThis as unknown as { AbortController: new () => AbortHandle }).AbortController();
}

/** Calls `listener` when the signal aborts, or now if it has; returns what takes the listener away. */
export function onAbort(signal: ForceSignal, listener: () => void): () => void {
  const minimal: MinimalSignal = signal;
  if (minimal.aborted) {
    listener();
    return () => undefined;
  }
  minimal.addEventListener('abort', listener, { once: true });
  return () => {
    minimal.removeEventListener('abort', listener);
  };
}
