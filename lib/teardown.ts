import type { Unsubscribable } from 'rxjs';
import { UnsubscriptionError } from 'rxjs';

/**
 * Unsubscribes from what isn't ours. What its teardown throws is handed back: it must not keep the caller from ending
 * everything else.
 */
export function endOf(subscription: Unsubscribable | undefined): { readonly error: unknown } | undefined {
  try {
    subscription?.unsubscribe();
    return undefined;
  } catch (error) {
    return { error: tornDown(error) };
  }
}

/** RxJS wraps what a teardown throws, also when it is a single error. */
export function tornDown(error: unknown): unknown {
  if (!(error instanceof UnsubscriptionError) || error.errors.length !== 1) return error;
  return tornDown(error.errors[0]);
}
