import type { Observable } from 'rxjs';
import { from, lastValueFrom, of, take, toArray } from 'rxjs';
import type { Batches } from '../index.ts';

/** What can be read once, by what it is. */
type Source<R> =
  | { readonly kind: 'observable'; readonly source: Observable<Iterable<R>> }
  | { readonly kind: 'promise'; readonly source: PromiseLike<Iterable<R>> }
  | { readonly kind: 'async iterable'; readonly source: AsyncIterable<Iterable<R>> }
  | { readonly kind: 'iterable'; readonly source: Iterable<R> };

function sourceOf<R>(batches: Batches<R>): Source<R> {
  const found = batches as { subscribe?: unknown; then?: unknown; [Symbol.asyncIterator]?: unknown };
  if (typeof found.subscribe === 'function') {
    return { kind: 'observable', source: from(batches as Observable<Iterable<R>>) };
  }
  if (typeof found.then === 'function') return { kind: 'promise', source: batches as PromiseLike<Iterable<R>> };
  if (typeof found[Symbol.asyncIterator] === 'function') {
    return { kind: 'async iterable', source: batches as AsyncIterable<Iterable<R>> };
  }
  return { kind: 'iterable', source: batches as Iterable<R> };
}

/** The batches as they come; what is a batch itself comes at once. */
export function batchesOf<R>(batches: Batches<R>): Observable<Iterable<R>> {
  const { kind, source } = sourceOf(batches);
  return kind === 'iterable' ? of(source) : from(source);
}

/** Reads to the end. */
export async function rowsOf<R>(batches: Batches<R>): Promise<R[]> {
  const { kind, source } = sourceOf(batches);
  if (kind === 'iterable') return [...source];
  if (kind === 'promise') return [...(await source)];
  if (kind === 'observable')
    return (await lastValueFrom(source.pipe(toArray()), { defaultValue: [] })).flatMap((batch) => [...batch]);
  const rows: R[] = [];
  for await (const batch of source) rows.push(...batch);
  return rows;
}

/** Begins to read, and closes: after the first batch (or row, if there is but one batch), or while it is pending. */
export async function closeEarly<R>(batches: Batches<R>, when: 'half-way' | 'pending'): Promise<void> {
  const { kind, source } = sourceOf(batches);
  if (kind === 'iterable') {
    const iterator = source[Symbol.iterator]();
    if (when === 'half-way') iterator.next();
    iterator.return?.();
  } else if (kind === 'promise') {
    if (when === 'half-way') await closeEarly(await source, when);
    else source.then(undefined, () => undefined);
  } else if (kind === 'observable') {
    if (when === 'half-way') await lastValueFrom(source.pipe(take(1)), { defaultValue: undefined });
    else source.subscribe({ error: () => undefined }).unsubscribe();
  } else {
    const iterator = source[Symbol.asyncIterator]();
    const next = iterator.next();
    if (when === 'half-way') await next;
    else next.then(undefined, () => undefined);
    await iterator.return?.();
  }
}
