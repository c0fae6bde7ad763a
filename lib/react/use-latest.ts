import { useCallback, useSyncExternalStore } from 'react';
import type { Observable } from 'rxjs';

/** What `read` gives, read again whenever `changes$` emits; what `onServer` gives on a server and while hydrating. */
export function useLatest<T>(changes$: Observable<unknown>, read: () => T, onServer: () => T): T {
  const subscribe = useCallback(
    (changed: () => void) => {
      // eslint-disable-next-line rxjs-x/no-ignored-error -- no Observable of a supervisor that is shown errors
      const subscription = changes$.subscribe(changed);
      return () => subscription.unsubscribe();
    },
    [changes$],
  );
  return useSyncExternalStore(subscribe, read, onServer);
}
