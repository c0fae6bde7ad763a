import type { FunctionComponent, PropsWithChildren } from 'react';
import { createContext, createElement, useContext } from 'react';
import type { Key, Supervisor } from '../index.ts';
import { NoSupervisorError } from './no-supervisor-error.ts';

/** What the hooks read of a supervisor. */
export type Observed<K extends Key, V> = Pick<Supervisor<K, V, unknown>, 'status' | 'statuses' | 'watch' | 'events'>;

const SupervisorContext = createContext<unknown>(undefined);

/** The supervisor of `useSupervisorContext`, `useStatus` and `useStatuses` in the components below. It doesn't run it. */
export const SupervisorProvider: FunctionComponent<PropsWithChildren<{ readonly supervisor: object }>> = ({
  supervisor,
  children,
}) => createElement(SupervisorContext.Provider, { value: supervisor }, children);

/**
 * The supervisor of the nearest SupervisorProvider, for commands. React's context knows no type parameters, so its type
 * is what the caller says: `useSupervisorContext<typeof feeds>()`. Throws a NoSupervisorError.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's word for its type
export function useSupervisorContext<S extends object>(): S {
  return useGiven<S>('useSupervisorContext', undefined);
}

/** The supervisor that was given, else the nearest provider's. */
export function useGiven<S extends object>(hook: string, given: S | undefined): S {
  const provided = useContext(SupervisorContext) as S | undefined;
  const supervisor = given ?? provided;
  if (supervisor === undefined) throw new NoSupervisorError(hook);
  return supervisor;
}
