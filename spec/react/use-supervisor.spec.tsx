/** @jest-environment jsdom */
import { render } from '@testing-library/react';
import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { concat, finalize, ignoreElements, NEVER, Observable, Subject, take } from 'rxjs';
import type { LifecycleEvent, Runnable } from 'rxjs-supervisor';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import { useSupervisor } from 'rxjs-supervisor/react';

/** A process that counts how many of it live, and how many ever did. */
function counted() {
  const count = { alive: 0, most: 0, opened: 0 };
  const process = new Observable<never>(() => {
    count.opened++;
    count.most = Math.max(count.most, ++count.alive);
    return () => count.alive--;
  });
  return { count, process };
}

describe('useSupervisor', () => {
  it('runs the supervisor while the component is mounted', () => {
    const { count, process } = counted();
    const table = new MemoryTable([['a', 1]]);
    const Board = () => {
      useSupervisor(() => new Supervisor(table, { process: () => process }));
      return null;
    };
    const { unmount } = render(<Board />);
    expect(count.alive).toBe(1);
    table.set('b', 2);
    expect(count.alive).toBe(2);
    unmount();
    expect(count.alive).toBe(0);
    table.set('c', 3);
    expect(count.opened).toBe(2);
  });

  it('leaves one run when StrictMode mounts, unmounts and mounts', () => {
    const { count, process } = counted();
    const table = new MemoryTable([['a', 1]]);
    const events: LifecycleEvent[] = [];
    const Board = () => {
      useSupervisor(() => {
        const supervisor = new Supervisor(table, { process: () => process });
        supervisor.events.subscribe((event) => events.push(event));
        return supervisor;
      });
      return null;
    };
    const { unmount } = render(<Board />, { wrapper: StrictMode });
    expect(events.filter(({ type }) => type === 'ready' || type === 'down').map(({ type }) => type)).toEqual([
      'ready',
      'down',
      'ready',
    ]);
    expect(count).toEqual({ alive: 1, most: 1, opened: 2 });
    unmount();
    expect(count.alive).toBe(0);
  });

  it('lets no second process begin in StrictMode before the first has closed', () => {
    const closed$ = new Subject<void>();
    const said: string[] = [];
    // It has read `force`, so it is waited for.
    const slow: Runnable = {
      run: (running, { incarnation, force }) => {
        said.push(`open ${incarnation}`, ...(force.aborted ? ['forced'] : []));
        return concat(
          running,
          closed$.pipe(
            take(1),
            ignoreElements(),
            finalize(() => said.push(`close ${incarnation}`)),
          ),
        );
      },
    };
    const Board = () => {
      useSupervisor(() => new Supervisor(new MemoryTable([['a', slow]])));
      return null;
    };
    const { unmount } = render(<Board />, { wrapper: StrictMode });
    expect(said).toEqual(['open 1']);
    closed$.next();
    expect(said).toEqual(['open 1', 'close 1', 'open 2']);
    unmount();
    closed$.next();
    expect(said).toEqual(['open 1', 'close 1', 'open 2', 'close 2']);
  });

  it('gives the same supervisor at each render, and another one when deps change', () => {
    const given: object[] = [];
    const tables = { x: new MemoryTable([['a', 1]]), y: new MemoryTable([['b', 1]]) };
    const alive = new Set<string>();
    const Board = ({ name }: { readonly name: 'x' | 'y' }) => {
      const supervisor = useSupervisor(
        () =>
          new Supervisor(tables[name], {
            process: (_, { key }) => {
              alive.add(key);
              return NEVER.pipe(finalize(() => alive.delete(key)));
            },
          }),
        [name],
      );
      given.push(supervisor);
      return null;
    };
    const { rerender } = render(<Board name="x" />);
    rerender(<Board name="x" />);
    expect(given[1]).toBe(given[0]);
    expect([...alive]).toEqual(['a']);
    rerender(<Board name="y" />);
    expect(given[2]).not.toBe(given[0]);
    expect([...alive]).toEqual(['b']);
  });

  it('runs nothing on a server', () => {
    const { count, process } = counted();
    const Board = () => {
      const supervisor = useSupervisor(() => new Supervisor(new MemoryTable([['a', 1]]), { process: () => process }));
      return <p>{supervisor.statuses().size}</p>;
    };
    expect(renderToString(<Board />)).toBe('<p>0</p>');
    expect(count.opened).toBe(0);
  });
});
