import type { PropsWithChildren } from 'react';
import { createContext, createElement, useContext } from 'react';
import type { Key, Supervisor } from '../index.ts';

/** What the hooks read of a supervisor. */
export type Observed<K extends Key, V> = Pick<Supervisor<K, V, unknown>, 'status' | 'statuses' | 'watch' | 'events'>;

const SupervisorContext = createContext<object | undefined>(undefined);

/** The supervisor of `useSupervisorContext`, `useStatus` and `useStatuses` in the components below. It doesn't run it. */
export const SupervisorProvider = ({ supervisor, children }: PropsWithChildren<{ readonly supervisor: object }>) =>
  createElement(SupervisorContext.Provider, { value: supervisor }, children);

/**
 * The supervisor that is given, else the nearest SupervisorProvider's, for commands. React's context knows no type
 * parameters, so its type is what the caller says: `useSupervisorContext<typeof feeds>()`. Throws where there is none.
 */
export function useSupervisorContext<S extends object>(given?: S): S {
  const provided = useContext(SupervisorContext) as S | undefined;
  const supervisor = given ?? provided;
  if (supervisor !== undefined) return supervisor;
  throw new Error('No supervisor: give the hook one, or put a SupervisorProvider around the component.');
}
