/** @jest-environment jsdom */
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- an EnvironmentInjector is an Injector by its members */
import { TestBed } from './angular.ts';
import type { Signal } from '@angular/core';
import {
  Component,
  computed,
  createEnvironmentInjector,
  DestroyRef,
  effect,
  EnvironmentInjector,
  inject,
  InjectionToken,
  runInInjectionContext,
  signal,
} from '@angular/core';
import { finalize, NEVER, Observable, of } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import type { LifecycleEvent, ProcessStatus } from 'rxjs-supervisor';
import { provideSupervisor, runUntilDestroyed, statusesSignal, statusSignal } from 'rxjs-supervisor/angular';

type Feeds = Supervisor<string, number, Observable<number>>;
type Status = ProcessStatus<string, number> | undefined;
const FEEDS = new InjectionToken<Feeds>('feeds');

let table: MemoryTable<string, number>;
/** Keys whose process lives. */
let alive: Set<string>;
const create = (): Feeds =>
  new Supervisor(table, {
    process: (n, { key }) => {
      alive.add(key);
      return (n === 0 ? of(0) : NEVER).pipe(finalize(() => alive.delete(key)));
    },
    restart: { when: 'on-failure' },
  });
beforeEach(() => {
  table = new MemoryTable([
    ['a', 1],
    ['b', 1],
  ]);
  alive = new Set();
});

/** A supervisor that runs in an injector of its own, and how to destroy that. */
const provided = () => {
  const injector = createEnvironmentInjector([provideSupervisor(FEEDS, create)], TestBed.inject(EnvironmentInjector));
  return {
    injector,
    feeds: injector.get(FEEDS),
    inContext: <T>(make: () => T): T => runInInjectionContext(injector, make),
  };
};

describe('provideSupervisor', () => {
  it('runs from when it is injected until its injector is destroyed', () => {
    const injector = createEnvironmentInjector([provideSupervisor(FEEDS, create)], TestBed.inject(EnvironmentInjector));
    expect([...alive]).toEqual([]);
    const feeds = injector.get(FEEDS);
    expect([...alive]).toEqual(['a', 'b']);
    expect(injector.get(FEEDS)).toBe(feeds);
    table.set('c', 1);
    expect([...alive]).toEqual(['a', 'b', 'c']);
    injector.destroy();
    expect([...alive]).toEqual([]);
    expect(feeds.statuses().size).toBe(0);
  });

  it('makes it in the injector, where it may inject the table', () => {
    const TABLE = new InjectionToken<MemoryTable<string, number>>('table', {
      factory: () => new MemoryTable([['z', 1]]),
    });
    const injector = createEnvironmentInjector(
      [provideSupervisor(FEEDS, () => new Supervisor(inject(TABLE), { process: () => NEVER }))],
      TestBed.inject(EnvironmentInjector),
    );
    expect([...injector.get(FEEDS).statuses().keys()]).toEqual(['z']);
  });

  it('ends with the component that provides it', () => {
    const Board = Component({ template: '', providers: [provideSupervisor(FEEDS, create)] })(
      class {
        readonly feeds = inject(FEEDS);
      },
    );
    const fixture = TestBed.createComponent(Board);
    expect([...alive]).toEqual(['a', 'b']);
    fixture.destroy();
    expect([...alive]).toEqual([]);
  });
});

describe('runUntilDestroyed', () => {
  it('runs a supervisor that was made elsewhere', () => {
    const supervisor = create();
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    expect(runInInjectionContext(injector, () => runUntilDestroyed(supervisor))).toBe(supervisor);
    expect([...alive]).toEqual(['a', 'b']);
    injector.destroy();
    expect([...alive]).toEqual([]);
  });
});

describe('an injector that is destroyed', () => {
  it('ends what is just being started', () => {
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const feeds = create();
    feeds.watch('a').subscribe((now) => {
      if (now?.state === 'running') injector.destroy();
    });
    runInInjectionContext(injector, () => runUntilDestroyed(feeds));
    expect([...alive]).toEqual([]);
    expect(feeds.statuses().size).toBe(0);
  });

  it('starts nothing any more', () => {
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const destroyRef = injector.get(DestroyRef);
    injector.destroy();
    expect(() => runUntilDestroyed(create(), destroyRef)).toThrow('already been destroyed');
    expect([...alive]).toEqual([]);
  });
});

describe('statusSignal', () => {
  it('is right whenever it is read', () => {
    const { inContext, feeds } = provided();
    const status: Signal<Status> = inContext(() => statusSignal(feeds, 'a'));
    const other = inContext(() => statusSignal(feeds, 'c'));
    expect(status()?.state).toBe('running');
    expect(other()).toBeUndefined();
    table.set('a', 0).set('c', 1);
    expect(status()?.state).toBe('completed');
    expect(other()?.state).toBe('running');
    table.delete('a');
    expect(status()).toBeUndefined();
  });

  it('tells its readers of no other key', () => {
    const { inContext, feeds } = provided();
    const read: (string | undefined)[] = [];
    inContext(() => {
      const status = statusSignal(feeds, 'a');
      effect(() => read.push(status()?.state));
    });
    TestBed.tick();
    table.set('b', 0).set('c', 1).set('a', 1);
    TestBed.tick();
    expect(read).toEqual(['running']);
    table.set('a', 0);
    TestBed.tick();
    expect(read).toEqual(['running', 'completed']);
  });

  it('follows a key that is a signal, with one subscription', () => {
    const { inContext, feeds, injector } = provided();
    const watching: string[] = [];
    const observed: Pick<Feeds, 'status' | 'watch'> = {
      status: (key) => feeds.status(key),
      watch: (key) => {
        watching.push(key);
        return feeds.watch(key).pipe(finalize(() => watching.splice(watching.indexOf(key), 1)));
      },
    };
    table.set('b', 0);
    const key = signal('a');
    const status = inContext(() => statusSignal(observed, key));
    expect(status()?.state).toBe('running');
    key.set('b');
    expect(status()?.state).toBe('completed');
    expect(watching).toEqual(['b']);
    table.delete('b');
    expect(status()).toBeUndefined();
    table.set('b', 1);
    expect(status()?.state).toBe('running');
    injector.destroy();
    expect(watching).toEqual([]);
    key.set('a');
    expect(status()).toBeUndefined();
    expect(watching).toEqual([]);
  });

  it('keeps its last value once its injector is destroyed', () => {
    const feeds = create();
    const run = feeds.run().subscribe();
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const status = runInInjectionContext(injector, () => statusSignal(feeds, 'a'));
    expect(status()?.state).toBe('running');
    injector.destroy();
    table.set('a', 0);
    expect(status()?.state).toBe('running');
    run.unsubscribe();
  });
});

describe('statusesSignal', () => {
  it('is what the selector makes of all statuses', () => {
    const { inContext, feeds } = provided();
    const live = inContext(() =>
      statusesSignal(feeds, (statuses) =>
        [...statuses.values()].filter(({ state }) => state === 'running').map(({ key }) => key),
      ),
    );
    expect(live()).toEqual(['a', 'b']);
    table.set('a', 0).set('c', 1);
    expect(live()).toEqual(['b', 'c']);
  });

  it('tells its readers of no selection that is equal, and selects once for much that happened', () => {
    const { inContext, feeds, injector } = provided();
    const read: unknown[] = [];
    let selected = 0;
    inContext(() => {
      const some = statusesSignal(feeds, (statuses) => {
        selected++;
        return { some: statuses.size > 0 };
      });
      effect(() => read.push(some()));
    });
    TestBed.tick();
    for (let i = 0; i < 100; i++) table.set(`row ${i}`, 1);
    TestBed.tick();
    expect(read).toEqual([{ some: true }]);
    expect(selected).toBe(2);
    injector.destroy();
  });

  it('tells its readers of all statuses, where the selector selects them all', () => {
    const { inContext, feeds } = provided();
    const sizes: number[] = [];
    inContext(() => {
      const all = statusesSignal(feeds, (statuses) => statuses);
      effect(() => sizes.push(all().size));
    });
    TestBed.tick();
    table.set('c', 1);
    TestBed.tick();
    expect(sizes).toEqual([2, 3]);
  });

  it('leaves no subscription behind', () => {
    let subscribed = 0;
    const feeds = create();
    const events = new Observable<LifecycleEvent<string, number>>((subscriber) => {
      subscribed++;
      const events = feeds.events.subscribe(subscriber);
      return () => (subscribed--, events.unsubscribe());
    });
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    runInInjectionContext(injector, () =>
      statusesSignal({ events, statuses: () => feeds.statuses() }, ({ size }) => size),
    );
    expect(subscribed).toBe(1);
    injector.destroy();
    expect(subscribed).toBe(0);
  });
});

describe('what happens in the middle of a computation', () => {
  it('is seen by both signals', () => {
    const { inContext, feeds } = provided();
    const status = inContext(() => statusSignal(feeds, 'a'));
    const count = inContext(() => statusesSignal(feeds, ({ size }) => size));
    expect([status()?.state, count()]).toEqual(['running', 2]);
    expect(computed(() => table.set('a', 0).set('c', 1).size)()).toBe(3);
    expect([status()?.state, count()]).toEqual(['completed', 3]);
  });
});

describe('a component without zones', () => {
  it('shows what happens, after it happened', async () => {
    const Board = Component({
      selector: 'app-board',
      template: `<b>{{ status()?.state ?? 'nothing' }}</b>, <i>{{ count() }}</i>`,
      providers: [provideSupervisor(FEEDS, create)],
    })(
      class {
        readonly #feeds = inject(FEEDS);
        readonly name = signal('a');
        readonly status = statusSignal(this.#feeds, this.name);
        readonly count = statusesSignal(this.#feeds, ({ size }) => size);
      },
    );
    const fixture = TestBed.createComponent(Board);
    const text = async () => {
      await fixture.whenStable();
      return (fixture.nativeElement as HTMLElement).textContent;
    };
    expect(await text()).toBe('running, 2');
    table.set('a', 0).set('c', 1);
    expect(await text()).toBe('completed, 3');
    fixture.componentInstance.name.set('d');
    expect(await text()).toBe('nothing, 3');
    table.set('d', 1);
    expect(await text()).toBe('running, 4');
    fixture.destroy();
    expect([...alive]).toEqual([]);
  });
});
