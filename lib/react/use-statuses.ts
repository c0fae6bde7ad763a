import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Key, ProcessStatus } from '../index.ts';
import { equals } from '../index.ts';
import type { Observed } from './supervisor-context.ts';
import { useGiven } from './supervisor-context.ts';

/**
 * What a selector makes of all statuses: `(statuses) => statuses.size`, the keys that failed, a list to show. Renders when
 * the selection changes; selections that are equal by value are the same one. The selector runs after each event, so it
 * should be quick. On a server, and while hydrating, it is given an empty Map. The supervisor is the one given, else the
 * nearest SupervisorProvider's.
 */
export function useStatuses<S, K extends Key = Key, V = unknown>(
  selector: (statuses: ReadonlyMap<K, ProcessStatus<K, V>>) => S,
  supervisor?: Observed<K, V>,
): S {
  const given = useGiven('useStatuses', supervisor);
  const subscribe = useCallback(
    (changed: () => void) => {
      // eslint-disable-next-line rxjs-x/no-ignored-error -- they never error
      const events = given.events.subscribe(changed);
      return () => events.unsubscribe();
    },
    [given],
  );
  const shown = useRef<{ readonly selection: S }>(undefined);
  const [now, onServer] = useMemo(
    () => [memoized(() => selectionOf(selector, given.statuses()), shown), memoized(() => selector(new Map()), shown)],
    [selector, given],
  );
  const selection = useSyncExternalStore(subscribe, now, onServer);
  useEffect(() => {
    shown.current = { selection };
  });
  return selection;
}

/** The live view itself never differs from itself: whoever selects it gets a copy. */
function selectionOf<S, M extends ReadonlyMap<unknown, unknown>>(selector: (statuses: M) => S, statuses: M): S {
  const selection = selector(statuses);
  return Object.is(selection, statuses) ? (new Map(statuses) as S) : selection;
}

/** Keeps to the last selection, or to the one on the screen, while a new one equals it: React compares by identity. */
function memoized<S>(select: () => S, shown: { readonly current: { readonly selection: S } | undefined }): () => S {
  let last: { readonly selection: S } | undefined;
  return () => {
    const selection = select();
    const before = [last, shown.current].find((known) => known !== undefined && equals(known.selection, selection));
    last = before ?? { selection };
    return last.selection;
  };
}
