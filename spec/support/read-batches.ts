import type { Observable } from 'rxjs';
import { defer, ignoreElements, isObservable, of, tap } from 'rxjs';
import { batchesOf } from '../../lib/batches.ts';
import type { Batches } from '../../lib/table.ts';

/** Reads once for each subscription, and hands every batch to `eachBatch`. */
export function readBatches<R>(
  operation: string,
  read: () => Batches<R>,
  eachBatch: (batch: Iterable<R>) => void,
): Observable<never> {
  const batches$ = defer(() => {
    const batches = batchesOf(operation, read());
    return isObservable(batches) ? batches : of(batches);
  });
  return batches$.pipe(tap(eachBatch), ignoreElements());
}
