import { useMemo } from 'react';
import type { Key, ProcessStatus } from '../index.ts';
import type { Observed } from './supervisor-context.ts';
import { useSupervisorContext } from './supervisor-context.ts';
import { useLatest } from './use-latest.ts';

/**
 * How a key is: renders when its status changes, and at no other key's. `undefined` while there is nothing of the key,
 * on a server, and while hydrating. The supervisor is the one given, else the nearest SupervisorProvider's.
 */
export function useStatus<K extends Key = Key, V = unknown>(key: K, supervisor?: Observed<K, V>) {
  const given = useSupervisorContext(supervisor);
  const watch$ = useMemo(() => given.watch(key), [given, key]);
  return useLatest<ProcessStatus<K, V> | undefined>(watch$, () => given.status(key), nothing);
}

const nothing = () => undefined;
