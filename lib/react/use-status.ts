import { useCallback, useSyncExternalStore } from 'react';
import type { Key, ProcessStatus } from '../index.ts';
import type { Observed } from './supervisor-context.ts';
import { useGiven } from './supervisor-context.ts';

/**
 * How a key is: renders when its status changes, and at no other key's. `undefined` while there is nothing of the key,
 * on a server, and while hydrating. The supervisor is the one given, else the nearest SupervisorProvider's.
 */
export function useStatus<K extends Key = Key, V = unknown>(
  key: K,
  supervisor?: Observed<K, V>,
): ProcessStatus<K, V> | undefined {
  const given = useGiven('useStatus', supervisor);
  const subscribe = useCallback(
    (changed: () => void) => {
      // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
      const watch = given.watch(key).subscribe(changed);
      return () => watch.unsubscribe();
    },
    [given, key],
  );
  return useSyncExternalStore(subscribe, () => given.status(key), nothing);
}

/** What the server renders: nothing runs there, and hydration must agree with it. */
const nothing = (): undefined => undefined;
