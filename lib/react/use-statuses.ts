import { useEffect, useMemo, useRef } from 'react';
import type { Key, ProcessStatus } from '../index.ts';
import { equals } from '../index.ts';
import type { Observed } from './supervisor-context.ts';
import { useSupervisorContext } from './supervisor-context.ts';
import { useLatest } from './use-latest.ts';

/**
 * What a selector makes of all statuses: `(statuses) => statuses.size`, the keys that failed, a list to show. Renders when
 * the selection changes; selections that are equal by value, as `equals` says, are the same one, so it should be of plain
 * values. The selector runs after each event, so it should be quick. On a server, and while hydrating, it is given an empty
 * Map. The supervisor is the one given, else the nearest SupervisorProvider's.
 */
export function useStatuses<S, K extends Key = Key, V = unknown>(
  selector: (statuses: ReadonlyMap<K, ProcessStatus<K, V>>) => S,
  supervisor?: Observed<K, V>,
): S {
  const given = useSupervisorContext(supervisor);
  const shown = useRef<S>(undefined);
  const select = useMemo(() => {
    let last: S | undefined;
    return (statuses: ReadonlyMap<K, ProcessStatus<K, V>>) => {
      const selection = selector(statuses);
      // React compares by identity: what equals the selection on the screen, or the last one, is given as that one.
      const known = [shown.current, last].find((before) => equals(before, selection));
      // The live view itself never differs from itself: whoever selects it gets a copy.
      return (last = known ?? (Object.is(selection, statuses) ? (new Map(statuses) as S) : selection));
    };
  }, [selector]);
  const onServer = () => select(new Map());
  const selection = useLatest(given.events, () => select(given.statuses()), onServer);
  useEffect(() => void (shown.current = selection));
  return selection;
}
