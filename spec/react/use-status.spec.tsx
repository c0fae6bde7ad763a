/** @jest-environment jsdom */
import { act, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { defer, finalize, NEVER, of, Subscription, throwError } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import { SupervisorProvider, useStatus, useSupervisorContext } from 'rxjs-supervisor/react';
import { running } from './runs.ts';

/** Rows are what their processes do. */
const processes = { lives: () => NEVER, fails: () => throwError(() => new Error('no')), ends: () => of(1) };
type Row = keyof typeof processes;

const made = () => {
  const table = new MemoryTable<string, Row>([
    ['a', 'lives'],
    ['b', 'lives'],
  ]);
  const supervisor = new Supervisor(table, { process: (row) => processes[row](), restart: { when: 'on-failure' } });
  return { table, supervisor };
};

/** How often each row has rendered. */
let renders: Record<string, number>;
beforeEach(() => {
  renders = {};
});

const Row = ({ name }: { readonly name: string }) => {
  const status = useStatus<string, Row>(name);
  renders[name] = (renders[name] ?? 0) + 1;
  return <p data-testid={name}>{status?.state ?? 'nothing'}</p>;
};
const text = (name: string) => screen.getByTestId(name).textContent;

describe('useStatus', () => {
  it('shows how a key is now, and each change', () => {
    const { table, supervisor } = made();
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Row name="a" />
      </SupervisorProvider>,
      { wrapper: StrictMode },
    );
    expect(text('a')).toBe('nothing');
    let run = new Subscription();
    act(() => void (run = running(supervisor)));
    expect(text('a')).toBe('running');
    act(() => void table.set('a', 'fails'));
    expect(text('a')).toBe('backoff');
    act(() => void table.set('a', 'ends'));
    act(() => void table.delete('a'));
    expect(text('a')).toBe('nothing');
    act(() => void table.set('a', 'lives'));
    expect(text('a')).toBe('running');
    act(() => run.unsubscribe());
    expect(text('a')).toBe('nothing');
  });

  it('renders no row but the one that changed', () => {
    const { table, supervisor } = made();
    running(supervisor);
    render(
      <SupervisorProvider supervisor={supervisor}>
        <Row name="a" />
        <Row name="b" />
      </SupervisorProvider>,
    );
    expect(renders).toEqual({ a: 1, b: 1 });
    act(() => void table.set('a', 'ends'));
    expect(renders).toEqual({ a: 2, b: 1 });
    act(() => void table.set('c', 'lives'));
    act(() => void table.set('b', 'lives')); // equal: nothing happens
    expect(renders).toEqual({ a: 2, b: 1 });
  });

  it('shows the row that was already running when it is mounted', () => {
    const { supervisor } = made();
    running(supervisor);
    render(<Row name="a" />, {
      wrapper: ({ children }) => <SupervisorProvider supervisor={supervisor}>{children}</SupervisorProvider>,
    });
    expect(text('a')).toBe('running');
    expect(renders['a']).toBe(1);
  });

  it('follows another key, and another supervisor', () => {
    const { table, supervisor } = made();
    running(supervisor);
    table.set('b', 'ends');
    const Given = ({ name, of }: { readonly name: string; readonly of: typeof supervisor }) => (
      <p data-testid="given">{useStatus(name, of)?.state ?? 'nothing'}</p>
    );
    const { rerender } = render(<Given name="a" of={supervisor} />);
    expect(text('given')).toBe('running');
    rerender(<Given name="b" of={supervisor} />);
    expect(text('given')).toBe('completed');
    act(() => void table.set('a', 'fails'));
    expect(text('given')).toBe('completed');
    act(() => void table.delete('b'));
    expect(text('given')).toBe('nothing');
    act(() => void table.set('b', 'lives'));
    expect(text('given')).toBe('running');
    rerender(<Given name="b" of={made().supervisor} />);
    expect(text('given')).toBe('nothing');
  });

  it('leaves no subscription behind', () => {
    const { supervisor } = made();
    let watching = 0;
    const observed: Pick<typeof supervisor, 'status' | 'statuses' | 'watch' | 'events'> = {
      status: (key) => supervisor.status(key),
      statuses: () => supervisor.statuses(),
      events: supervisor.events,
      watch: (key) =>
        defer(() => {
          watching++;
          return supervisor.watch(key).pipe(finalize(() => watching--));
        }),
    };
    const { unmount, rerender } = render(
      <SupervisorProvider supervisor={observed}>
        <Row name="a" />
      </SupervisorProvider>,
      { wrapper: StrictMode },
    );
    expect(watching).toBe(1);
    rerender(
      <SupervisorProvider supervisor={observed}>
        <Row name="b" />
      </SupervisorProvider>,
    );
    expect(watching).toBe(1);
    unmount();
    expect(watching).toBe(0);
  });

  it('has nothing on a server, and hydrates without a mismatch, though the supervisor runs', async () => {
    const { supervisor } = made();
    running(supervisor);
    const page = (
      <SupervisorProvider supervisor={supervisor}>
        <Row name="a" />
      </SupervisorProvider>
    );
    const container = document.body.appendChild(document.createElement('main'));
    container.innerHTML = renderToString(page);
    expect(text('a')).toBe('nothing');
    const complaints: unknown[] = [];
    const root = await act(async () => hydrateRoot(container, page, { onRecoverableError: (e) => complaints.push(e) }));
    expect(text('a')).toBe('running');
    expect(complaints).toEqual([]);
    act(() => root.unmount());
    container.remove();
  });

  it('says what to do when there is no supervisor', () => {
    const Commands = () => <p>{String(useSupervisorContext())}</p>;
    for (const page of [<Row key="row" name="a" />, <Commands key="commands" />]) {
      expect(() => renderToString(page)).toThrow(
        'No supervisor: give the hook one, or put a SupervisorProvider around the component.',
      );
    }
  });
});

describe('useSupervisorContext', () => {
  it('gives the supervisor of the nearest provider, for commands', () => {
    const { supervisor } = made();
    let found: unknown;
    const Buttons = () => {
      found = useSupervisorContext<typeof supervisor>();
      return null;
    };
    render(
      <SupervisorProvider supervisor={made().supervisor}>
        <SupervisorProvider supervisor={supervisor}>
          <Buttons />
        </SupervisorProvider>
      </SupervisorProvider>,
    );
    expect(found).toBe(supervisor);
  });
});
