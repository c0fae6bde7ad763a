/* eslint-disable @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-call -- what is a mistake on purpose has no type */
import type { Observable } from 'rxjs';
import { NEVER, of, Subject } from 'rxjs';
import type {
  LifecycleEvent,
  OutputOf,
  Plan,
  Process,
  ProcessContext,
  ProcessStatus,
  Reconciled,
  Runnable,
  StopReport,
  Table,
} from 'rxjs-supervisor';
import {
  applyEvent,
  backoff,
  chain,
  fromAsync,
  leaf,
  MemoryTable,
  named,
  nop,
  parallel,
  PermanentError,
  sequential,
  startStop,
  supervise,
  Supervisor,
  tableFrom,
  until,
} from 'rxjs-supervisor';

/** Only a value of exactly this type can be given. */
function exactly<T>() {
  return <U>(_value: U & ([T, U] extends [U, T] ? unknown : never)): void => undefined;
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a value of a type, for its type alone
declare function emitted<T>(): T;

interface Service {
  readonly port: number;
}

class Server implements Runnable<string> {
  readonly connections: number = 7;
  run(running: Observable<never>): Observable<string> {
    return running;
  }
}

const services = new MemoryTable<string, Service>();
const servers = new MemoryTable<number, Server>();

// With `process`: what it makes is what `get` gives, and what that emits is what `outputs` emits.
const made = new Supervisor(services, { process: ({ port }) => of(port) });
exactly<Observable<number>>()(made.get('web'));
exactly<Observable<readonly [string, number]>>()(made.outputs);
exactly<Observable<number>>()(made.output('web'));
exactly<Observable<LifecycleEvent<string, Service>>>()(made.run());
exactly<Observable<LifecycleEvent<string, Service>>>()(made.events);
exactly<Observable<StopReport<string>>>()(made.stop('web', { within: 0 }));
exactly<Observable<Reconciled>>()(made.reconcile());
exactly<Observable<Plan<string>>>()(made.plan());
exactly<ReadonlyMap<string, ProcessStatus<string, Service>>>()(made.statuses());
exactly<ProcessStatus<string, Service> | undefined>()(made.status('web'));
exactly<Observable<ProcessStatus<string, Service> | undefined>>()(made.watch('web'));

const ofClass = new Supervisor(services, { process: () => new Server() });
exactly<Server>()(ofClass.get('web'));
exactly<number>()(ofClass.get('web').connections);
exactly<Observable<Server>>()(ofClass.start('web', { within: 5_000 }));
exactly<Observable<Server>>()(ofClass.restart('web'));
exactly<Observable<readonly [string, string]>>()(ofClass.outputs);

const promised = new Supervisor(services, { process: async ({ port }) => String(port) });
exactly<Observable<string>>()(promised.output('web'));

// Without: rows are processes.
const rows = new Supervisor(servers);
exactly<Server>()(rows.get(1));
exactly<Observable<readonly [number, string]>>()(rows.outputs);
const withOptions = new Supervisor(servers, { interval: 5_000, restart: { when: 'never' } });
exactly<Server>()(withOptions.get(1));

// @ts-expect-error: keys are strings
made.get(1);
// @ts-expect-error: a service is no process
new Supervisor(services);
// @ts-expect-error: a string is no process, though it is iterable
new Supervisor(services, { process: () => 'web' });
// @ts-expect-error: a number is no process
new Supervisor(services, { process: ({ port }) => port });
// @ts-expect-error: no such option
new Supervisor(services, { process: () => NEVER, intervall: 1 });
// @ts-expect-error: statuses are to be read only
made.statuses().clear();

// supervise: both overloads, and a function alone.
exactly<Observable<LifecycleEvent<string, Service>>>()(supervise(services, ({ port }) => of(port)));
exactly<Observable<LifecycleEvent<string, Service>>>()(supervise(services, { process: ({ port }) => of(port) }));
exactly<Observable<LifecycleEvent<number, Server>>>()(supervise(servers));
exactly<Observable<LifecycleEvent<number, Server>>>()(supervise(servers, { interval: new Subject<void>() }));
// @ts-expect-error: a string is no process
supervise(services, () => 'web');
// @ts-expect-error: a service is no process
supervise(services);

// What a process is, and what it emits.
exactly<string>()(emitted<OutputOf<Server>>());
exactly<number>()(emitted<OutputOf<Promise<number>>>());
exactly<number>()(emitted<OutputOf<AsyncIterable<number>>>());
exactly<never>()(emitted<OutputOf<number>>());
export const processes: Process<number>[] = [of(1), Promise.resolve(1), [1], new Set([1])];
// @ts-expect-error: a string is no process
export const text: Process<string> = 'text';

// Policies: typed by row and key, for all and for one.
new Supervisor(services, {
  process: (service, context) => {
    exactly<Service>()(service);
    exactly<ProcessContext<string, Service>>()(context);
    exactly<Observable<Service>>()(context.rows$);
    return NEVER;
  },
  restart: {
    delay: (attempt, error, key) => {
      exactly<number>()(attempt);
      exactly<unknown>()(error);
      exactly<string>()(key);
      return attempt;
    },
    limit: { max: 3, within: 60_000 },
  },
  onChange: (previous, next, key) => {
    exactly<Service>()(previous);
    exactly<string>()(key);
    return previous.port === next.port ? 'update' : 'restart';
  },
  equals: (a, b) => a.port === b.port,
  policy: ({ port }, key) => ({
    stopTimeout: port,
    killTimeout: key.length,
    restart: { when: 'on-failure', delay: backoff({ initial: 10 }) },
  }),
});
// @ts-expect-error: not a reaction
new Supervisor(services, { process: () => NEVER, onChange: 'reload' });
// @ts-expect-error: what belongs to the supervisor isn't for one row
new Supervisor(services, { process: () => NEVER, policy: () => ({ interval: 1 }) });
// @ts-expect-error: not one of the three
new Supervisor(services, { process: () => NEVER, restart: { when: 'sometimes' } });

// A supervisor is a process: rows may hold some.
const tree = new Supervisor(new MemoryTable([['inner', made]]));
exactly<typeof made>()(tree.get('inner'));
exactly<Observable<readonly [string, LifecycleEvent<string, Service>]>>()(tree.outputs);
made.run(until(new Subject<void>()), { force: new AbortController().signal });
// @ts-expect-error: `running` emits nothing
made.run(of(1));

// Combinators infer what they emit.
exactly<Runnable<string>>()(named('server', new Server()));
exactly<Runnable<string | number>>()(parallel(new Server(), of(1)));
exactly<Runnable<string | number>>()(chain(new Server(), of(1)));
exactly<Runnable<string | boolean>>()(sequential(of(true), new Server()));
export const runnables: Runnable[] = [
  nop,
  fromAsync(async ({ signal, ready, key }) => {
    ready();
    return [signal.aborted, key];
  }),
  startStop(
    () => of(1),
    async ({ key }) => key,
  ),
  leaf(
    () => NEVER,
    () => of(1),
  ),
];

// Tables: whatever has get and entries.
const map = new Map<string, Service>();
const plain: Table<string, Service> = { get: (key) => of(map.get(key)), entries: () => map };
const asynchronous: Table<string, Service> = {
  get: async (key) => map.get(key),
  async entries() {
    return [...map];
  },
  getMany: async function* (keys) {
    yield keys.flatMap((key) => (map.has(key) ? [[key, map.get(key)!] as const] : []));
  },
};
new Supervisor(plain, { process: ({ port }) => of(port) });
new Supervisor(asynchronous, { process: ({ port }) => of(port) });
new Supervisor(tableFrom(of([['web', { port: 80 }]] as const)), { process: ({ port }) => of(port) });
// @ts-expect-error: an object can't be a key
export const byObject: Table<{ id: number }, Service> = plain;

// Events narrow by their type, and fold into statuses.
made.events.subscribe((event) => {
  if (event.type === 'starting') exactly<Service>()(event.value);
  if (event.type === 'failed') exactly<'starting' | 'running'>()(event.phase);
  // @ts-expect-error: not of every event
  made.stop(event.key);
  applyEvent(new Map<string, ProcessStatus<string, Service>>(), event);
});
exactly<'PERMANENT'>()(new PermanentError('no such account', { cause: 1 }).code);
export const disposable: AsyncDisposable = made;

export async function ends(): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/await-thenable -- the rule doesn't see the symbol in a mapped type
  await using supervisor = new Supervisor(services, { process: () => NEVER });
  await supervisor.close();
}

// @ts-expect-error: `exactly` tells a type from a wider one
exactly<string | number>()('a' as string);
// @ts-expect-error: and from a narrower one
exactly<'a'>()('a' as string);
