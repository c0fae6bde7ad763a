/** @jest-environment jsdom */
import { act, render, screen } from '@testing-library/react';
import { jest } from '@jest/globals';
import { startTransition, StrictMode, useLayoutEffect, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { firstValueFrom, NEVER, of, Subject } from 'rxjs';
import type { Key, ProcessStatus } from 'rxjs-supervisor';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import { SupervisorProvider, useStatus, useStatuses } from 'rxjs-supervisor/react';
import { running } from './runs.ts';

const made = (...rows: readonly (readonly [string, number])[]) => {
  const table = new MemoryTable<string, number>(rows);
  const supervisor = new Supervisor(table, {
    process: (n) => (n === 0 ? of(0) : NEVER),
    restart: { when: 'never' },
  });
  return { table, supervisor, run: running(supervisor) };
};
type Statuses = ReadonlyMap<Key, ProcessStatus>;

/** What a selector selects, as JSON, and how often it has rendered. */
let renders: number;
beforeEach(() => {
  renders = 0;
});
const Selected = ({ select }: { readonly select: (statuses: Statuses) => unknown }) => {
  const selection = useStatuses(select);
  renders++;
  return <p data-testid="selected">{JSON.stringify(selection instanceof Map ? [...selection.keys()] : selection)}</p>;
};
const selected = () => JSON.parse(screen.getByTestId('selected').textContent) as unknown;

describe('useStatuses', () => {
  it('shows what is selected, and renders when that changes', () => {
    const { table, supervisor, run } = made(['a', 1], ['b', 0]);
    const states = (statuses: Statuses) => [...statuses.values()].map(({ key, state }) => `${String(key)} ${state}`);
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Selected select={states} />
      </SupervisorProvider>,
    );
    expect(selected()).toEqual(['a running', 'b completed']);
    act(() => void table.set('c', 1));
    expect(selected()).toEqual(['a running', 'b completed', 'c running']);
    expect(renders).toBe(2);
    act(() => run.unsubscribe());
    expect(selected()).toEqual([]);
  });

  it('does not render for a selection that is equal by value', () => {
    const { table, supervisor } = made(['a', 1]);
    const select = (statuses: Statuses) => ({ some: statuses.size > 0 });
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Selected select={select} />
      </SupervisorProvider>,
    );
    act(() => void table.set('b', 1).set('c', 0).delete('a'));
    expect(renders).toBe(1);
  });

  it('takes a selector that is a new function at each render', () => {
    const { table, supervisor } = made(['a', 1]);
    const selections = new Set<unknown>();
    const Inline = ({ state }: { readonly state: string }) => {
      const keys = useStatuses(
        (statuses) => [...statuses.values()].filter((status) => status.state === state).map(({ key }) => key),
        supervisor,
      );
      renders++;
      selections.add(keys);
      return <p data-testid="selected">{JSON.stringify(keys)}</p>;
    };
    const { rerender } = render(<Inline state="running" />);
    rerender(<Inline state="running" />);
    expect(selections.size).toBe(1); // the same array, for the dependencies of other hooks
    act(() => void table.set('b', 0));
    expect(selected()).toEqual(['a']);
    rerender(<Inline state="completed" />);
    expect(selected()).toEqual(['b']);
    act(() => void table.set('c', 0));
    expect(selected()).toEqual(['b', 'c']);
  });

  it('keeps the selection on the screen when what has changed is as before', () => {
    const { table, supervisor } = made(['a', 1], ['b', 0]);
    const selections = new Set<unknown>();
    const keys = (statuses: Statuses) =>
      [...statuses.values()].filter(({ state }) => state === 'running').map(({ key }) => key);
    const Running = () => {
      const selection = useStatuses(keys, supervisor);
      selections.add(selection);
      return <p data-testid="selected">{JSON.stringify(selection)}</p>;
    };
    render(<Running />);
    act(() => void table.set('a', 2)); // it stops, and starts again
    expect(supervisor.status('a')?.incarnation).toBe(2);
    expect(selected()).toEqual(['a']);
    expect(selections.size).toBe(1);
  });

  it('follows another supervisor', () => {
    const [one, other] = [made(['a', 1]), made(['b', 1])];
    const Keys = ({ of }: { readonly of: typeof one.supervisor }) => (
      <p data-testid="selected">{JSON.stringify(useStatuses((statuses) => [...statuses.keys()], of))}</p>
    );
    const { rerender } = render(<Keys of={one.supervisor} />, { wrapper: StrictMode });
    rerender(<Keys of={other.supervisor} />);
    expect(selected()).toEqual(['b']);
    act(() => void one.table.set('x', 1));
    act(() => void other.table.set('c', 1));
    expect(selected()).toEqual(['b', 'c']);
  });

  it('lets a selector rely on the rows that are there', () => {
    const { supervisor } = made(['a', 1]);
    const state = (statuses: Statuses) => statuses.get('a')!.state;
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Selected select={state} />
      </SupervisorProvider>,
    );
    expect(selected()).toBe('running');
  });

  it('copies the live view for whoever selects all of it', () => {
    const { table, supervisor } = made(['a', 1]);
    const all = (statuses: Statuses) => statuses;
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Selected select={all} />
      </SupervisorProvider>,
    );
    act(() => void table.set('b', 1));
    expect(selected()).toEqual(['a', 'b']);
  });

  it('has an empty Map on a server', () => {
    const { supervisor } = made(['a', 1]);
    const size = (statuses: Statuses) => statuses.size;
    expect(
      renderToString(
        <SupervisorProvider supervisor={supervisor}>
          <Selected select={size} />
        </SupervisorProvider>,
      ),
    ).toContain('>0<');
  });

  it('shows on a server what the last selector selects, where it changes while it renders', () => {
    const { supervisor } = made(['a', 1]);
    const Twice = () => {
      const [times, setTimes] = useState(1);
      if (times < 2) setTimes(2);
      return <p>{useStatuses((statuses) => `${times} and ${statuses.size}`, supervisor)}</p>;
    };
    expect(renderToString(<Twice />)).toContain('>2 and 0<');
  });

  it('hydrates without a mismatch, and without a complaint of React', async () => {
    const { table, supervisor } = made(['a', 1]);
    const complain = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const Keys = () => (
      <p data-testid="selected">{JSON.stringify(useStatuses((statuses) => [...statuses.keys()], supervisor))}</p>
    );
    const page = (
      <StrictMode>
        <Keys />
      </StrictMode>
    );
    const container = document.body.appendChild(document.createElement('main'));
    container.innerHTML = renderToString(page);
    expect(selected()).toEqual([]);
    const root = await act(async () =>
      hydrateRoot(container, page, { onRecoverableError: (error) => console.error(error) }),
    );
    expect(selected()).toEqual(['a']);
    act(() => void table.set('b', 1));
    expect(selected()).toEqual(['a', 'b']);
    expect(complain.mock.calls).toEqual([]);
    act(() => root.unmount());
    container.remove();
    complain.mockRestore();
  });
});

describe('either hook', () => {
  // Here React works in slices, as in a browser, and not at once, as it does for `act`.
  const environment = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  beforeEach(() => (environment.IS_REACT_ACT_ENVIRONMENT = false));
  afterEach(() => (environment.IS_REACT_ACT_ENVIRONMENT = true));

  type Observed = ReturnType<typeof made>['supervisor'];
  const hooks = {
    useStatus: (supervisor: Observed) => useStatus('a', supervisor)?.value,
    useStatuses: (supervisor: Observed) => useStatuses((statuses) => statuses.get('a')?.value, supervisor),
  };

  it.each(['useStatus', 'useStatuses'] as const)(
    '%s shows one answer, when it changes half-way through a render',
    async (name) => {
      const { table, supervisor } = made(['a', 1]);
      const useValue = hooks[name];
      const commits: string[][] = [];
      const done$ = new Subject<void>();
      let rendered = 0;
      /** Takes longer to render than React works at a stretch. */
      const Slow = () => {
        const value = useValue(supervisor);
        rendered++;
        for (const end = performance.now() + 20; performance.now() < end;);
        return <b>{value}</b>;
      };
      const Page = () => {
        const [shown, show] = useState(false);
        useLayoutEffect(() => {
          const texts = Array.from(container.querySelectorAll('b'), ({ textContent }) => textContent);
          if (texts.length > 0) commits.push(texts);
          if (texts[0] === '2') done$.next();
        });
        useLayoutEffect(() => startTransition(() => show(true)), []);
        return shown && Array.from({ length: 10 }, (_, i) => <Slow key={i} />);
      };
      const container = document.createElement('main');
      const root = createRoot(container);
      const done = firstValueFrom(done$);
      root.render(<Page />);
      const half = setInterval(() => {
        if (rendered > 2 && table.peek('a') === 1) table.set('a', 2);
      });
      await done;
      clearInterval(half);
      for (const texts of commits) expect(new Set(texts).size).toBe(1);
      expect(commits.at(-1)).toEqual(Array.from({ length: 10 }, () => '2'));
      expect(rendered).toBeGreaterThan(10); // it began again
      root.unmount();
    },
  );
});
