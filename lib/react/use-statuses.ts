import { useEffect, useMemo, useRef, useState } from 'react';
import type { Key, ProcessStatus } from '../index.ts';
import { equals } from '../index.ts';
import type { Observed } from './supervisor-context.ts';
import { useSupervisorContext } from './supervisor-context.ts';
import { useLatest } from './use-latest.ts';

/**
 * What a selector makes of all statuses: `(statuses) => statuses.size`, the keys that failed, a list to show. Renders when
 * the selection changes; selections that are equal by value are the same one. The selector runs after each event, so it
 * should be quick. At first, on a server, and while hydrating, it is given an empty Map. The supervisor is the one given,
 * else the nearest SupervisorProvider's.
 */
export function useStatuses<S, K extends Key = Key, V = unknown>(
  selector: (statuses: ReadonlyMap<K, ProcessStatus<K, V>>) => S,
  supervisor?: Observed<K, V>,
): S {
  const given = useSupervisorContext(supervisor);
  const [empty] = useState(() => selector(new Map()));
  const shown = useRef(empty);
  const read = useMemo(() => {
    // React compares by identity: a selection that equals the last one, or the one on the screen, is given as that one.
    let last = shown.current;
    return () => {
      const statuses = given.statuses();
      const selection = selector(statuses);
      // The live view itself never differs from itself: whoever selects it gets a copy.
      if (!equals(selection, last)) last = Object.is(selection, statuses) ? (new Map(statuses) as S) : selection;
      return last;
    };
  }, [selector, given]);
  const selection = useLatest(given.events, read, empty);
  useEffect(() => void (shown.current = selection));
  return selection;
}
