import type { Subscriber, Unsubscribable } from 'rxjs';
import { Observable } from 'rxjs';
import type { Key, Process, ProcessContext } from '../../lib/index.ts';
import { fromAsync, PermanentError } from '../../lib/index.ts';
import type { Life } from './history.ts';
import { nested } from './nested.ts';
import type { Alive, Value, World } from './world.ts';
import { Mishap } from './world.ts';

type Context = ProcessContext<never, Value>;

/** Where the end and the values of a life go. */
interface Sink {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** Builds the processes that rows describe. */
export class Processes {
  readonly #builds = new Map<number, number>();
  /** How many at the time that is now. */
  #built = 0;
  #builtAt = 0;

  constructor(private readonly world: World) {}

  build(value: Value, context: Context): Process {
    const { world } = this;
    const { key } = context as ProcessContext;
    // Whatever fails for ever may start again each ms, and does so thousands of times where a history is long.
    if (this.#builtAt !== world.clock.began) this.#built = 0;
    this.#builtAt = world.clock.began;
    if (++this.#built > 5_000) {
      world.broken('8', 'more than 5 000 starts at one time');
      throw new PermanentError('enough');
    }
    const led = this.#builds.get(value.content) ?? 0;
    this.#builds.set(value.content, led + 1);
    let life = value.lives[led % value.lives.length] as Life;
    if (world.calm)
      life = { ...life, kind: life.kind === 'array' ? 'plain' : life.kind, throws: 'never', ready: 0, ends: 'never' };
    else if (led >= value.lives.length) life = { ...life, calls: undefined };
    const script = new Script(world, life, value, context);
    script.call('build');
    if (life.throws === 'in build') throw new Mishap('build');
    const process = script.make();
    world.built.set(key, process);
    return process;
  }
}

/** One life, from its beginning to its end. */
class Script {
  readonly #timers = new Set<Unsubscribable>();
  #alive: Alive | undefined = undefined;
  #sink: Sink | undefined = undefined;
  #over = false;
  #asked = false;

  constructor(
    private readonly world: World,
    private readonly life: Life,
    private readonly value: Value,
    private readonly context: Context,
  ) {}

  make(): Process {
    switch (this.life.kind) {
      case 'plain':
        return new Observable((subscriber) => this.#subscribe(subscriber, () => undefined));
      case 'runnable':
        return {
          run: (running) =>
            new Observable((subscriber) => this.#subscribe(subscriber, () => this.#open(running, subscriber))),
        };
      case 'patient':
        return {
          run: (running) =>
            new Observable((subscriber) => {
              this.#listenToForce();
              return this.#subscribe(subscriber, () => this.#open(running, subscriber));
            }),
        };
      case 'promise':
        return this.#promise();
      case 'iterator':
        return { [Symbol.asyncIterator]: () => this.#iterator() } as AsyncIterable<unknown>;
      case 'array':
        return Array.from({ length: this.life.emits }, (_, index) => index);
      case 'supervisor':
        return this.#supervisor();
      case 'real promise':
        return this.#really(() => this.context.stop$.subscribe(() => this.#stop()));
      case 'real function':
        return this.#function();
      case 'real generator':
        return { [Symbol.asyncIterator]: () => this.#generator() };
    }
  }

  call(when: NonNullable<Life['calls']>['when']): void {
    const { calls } = this.life;
    if (calls?.when === when && !this.world.calm) for (const action of calls.do) this.world.perform(action);
  }

  /** An Observable's or a Runnable's life: it ends when its teardown has run. One that reads `force`, only by itself. */
  #subscribe(subscriber: Subscriber<unknown>, open: () => void): () => void {
    const { life } = this;
    this.call('subscribe');
    if (life.throws === 'in subscribe') throw new Mishap('subscribe');
    this.#begin(subscriber);
    if (life.listens) {
      subscriber.add(this.context.rows$.subscribe((value) => this.#alive !== undefined && (this.#alive.value = value)));
    }
    this.world.work((this.context as unknown as ProcessContext).key, life.works);
    for (let i = 0; i < life.emits; i++) subscriber.next(i);
    open();
    this.#scheduleEnd();
    return () => {
      if (life.kind !== 'patient') this.#over = true;
      this.call('teardown');
      subscriber.next('in teardown');
      if (this.#over) this.#finish();
      if (life.throws === 'in teardown') throw new Mishap('teardown');
    };
  }

  #open(running: Observable<never>, subscriber: Subscriber<unknown>): void {
    let open = false;
    const ready = (): void => {
      if (open || this.#over) return;
      open = true;
      this.call('ready');
      subscriber.add(running.subscribe({ complete: () => this.#stop() }));
    };
    if (this.life.ready === 0) ready();
    else if (this.#alive !== undefined) {
      this.#alive.calmDown = ready;
      if (this.life.ready < Infinity) this.#after(this.life.ready, ready);
    }
  }

  #promise(): PromiseLike<unknown> {
    const waiting: Sink[] = [];
    let settled: ((sink: Sink) => void) | undefined;
    const settle = (how: (sink: Sink) => void): void => {
      settled = how;
      for (const sink of waiting) how(sink);
    };
    this.#begin({
      next: () => undefined,
      error: (error) => settle((sink) => sink.error(error)),
      complete: () => settle((sink) => sink.next('settled')),
    });
    this.#listenToForce();
    this.context.stop$.subscribe(() => this.#stop());
    this.call('subscribe');
    this.#scheduleEnd();
    return {
      then: (next?: ((value: unknown) => unknown) | null, error?: ((error: unknown) => unknown) | null) => {
        const sink: Sink = {
          next: (value) => void next?.(value),
          error: (e) => void error?.(e),
          complete: () => undefined,
        };
        if (settled === undefined) waiting.push(sink);
        else settled(sink);
        return undefined as never;
      },
    };
  }

  /** A `next()` that is pending ends when the process does. */
  #iterator(): AsyncIterator<unknown> {
    let emitted = 0;
    const pending: Sink[] = [];
    let end: ((sink: Sink) => void) | undefined;
    const finish = (how: (sink: Sink) => void): void => {
      end = how;
      for (const sink of pending.splice(0)) how(sink);
    };
    this.#begin({
      next: () => undefined,
      error: (error) => finish((sink) => sink.error(error)),
      complete: () => finish((sink) => sink.next({ done: true, value: undefined })),
    });
    this.#listenToForce();
    this.call('subscribe');
    this.#scheduleEnd();
    const thenable = (start: (sink: Sink) => void): Promise<never> =>
      ({
        then: (next?: (value: unknown) => unknown, error?: (error: unknown) => unknown) =>
          start({ next: (value) => void next?.(value), error: (e) => void error?.(e), complete: () => undefined }),
      }) as never;
    const wait = (sink: Sink): void => {
      if (end === undefined) pending.push(sink);
      else end(sink);
    };
    return {
      next: () =>
        thenable((sink) =>
          end === undefined && emitted < this.life.emits ? sink.next({ done: false, value: emitted++ }) : wait(sink),
        ),
      return: () => {
        this.#stop();
        return thenable(wait);
      },
    };
  }

  #supervisor(): Process {
    const { world, value, context } = this;
    const { key, incarnation } = context as unknown as ProcessContext;
    const life = { ...this.life, listens: false };
    return nested({
      world,
      key,
      incarnation,
      life: this.life,
      build: (inner, innerContext) => new Script(world, inner, value, innerContext as unknown as Context).make(),
      begin: (inner) =>
        this.#begin({ next: () => undefined, error: () => undefined, complete: () => undefined }, life, inner),
      end: () => this.#finish(),
    });
  }

  /** A Promise that settles as this life ends. It has ended just before the library hears of it. */
  #really(listenToStop: () => void): Promise<unknown> {
    const promise = new Promise((resolve, reject: (error: unknown) => void) => {
      this.#begin({ next: () => undefined, error: reject, complete: () => resolve('settled') });
    });
    const finish = (): void => this.#finish();
    promise.then(finish, finish);
    this.#listenToForce();
    listenToStop();
    this.call('subscribe');
    this.#scheduleEnd();
    return promise;
  }

  #function(): Process {
    const { life } = this;
    return fromAsync((context) =>
      this.#really(() => {
        if (life.ready > 0 && this.#alive !== undefined) {
          const { ready } = context;
          this.#alive.calmDown = ready;
          this.#after(life.ready, ready);
        }
        if (context.signal.aborted) this.#stop();
        else context.signal.addEventListener('abort', () => this.#stop(), { once: true });
      }),
    );
  }

  /** Its `return()` asks it to stop, and settles when a `next()` that is pending has. */
  #generator(): AsyncIterator<unknown> {
    const { emits } = this.life;
    const settled = this.#really(() => undefined);
    settled.catch(() => undefined);
    const generator = (async function* () {
      for (let i = 0; i < emits; i++) yield i;
      await settled;
    })();
    const finish = (): void => this.#finish();
    return {
      next: () => generator.next(),
      return: () => {
        this.#stop();
        const returned = generator.return(undefined);
        returned.then(finish, finish);
        return returned;
      },
    };
  }

  #begin(sink: Sink, life = this.life, inner: readonly Key[] = []): void {
    const { key, incarnation } = this.context as unknown as ProcessContext;
    this.#sink = sink;
    this.#alive = {
      key,
      incarnation,
      life,
      value: this.value,
      abandoned: false,
      inner,
      calmDown: () => undefined,
      release: () => this.#complete(),
    };
    this.world.begin(this.#alive);
  }

  #listenToForce(): void {
    const signal = this.context.force;
    const die = (): void => this.#after(this.life.dies, () => this.#complete());
    if (signal.aborted) die();
    else signal.addEventListener('abort', die, { once: true });
  }

  #stop(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.call('asked');
    this.#after(this.life.stops, () => (this.life.stopFails ? this.#fail(new Mishap('stop')) : this.#complete()));
  }

  #scheduleEnd(): void {
    const { ends, after } = this.life;
    if (ends === 'never' || this.#over) return;
    this.#after(after, () => {
      if (this.world.calm || this.#asked) return;
      if (ends === 'completes') this.#complete();
      else this.#fail(ends === 'fails' ? new Mishap('process') : new PermanentError('for good'));
    });
  }

  #complete(): void {
    this.#conclude((sink) => sink.complete());
  }

  #fail(error: Error): void {
    this.#conclude((sink) => sink.error(error));
  }

  /** What is a subscription has ended only when its teardown has run; what settles, now. */
  #conclude(tell: (sink: Sink) => void): void {
    if (this.#over || this.#sink === undefined) return;
    this.#over = true;
    const { kind } = this.life;
    if (kind === 'promise' || kind === 'iterator') this.#finish();
    tell(this.#sink);
    // It was unsubscribed before it settled, which doesn't end one that reads `force`.
    if (kind === 'patient' && 'closed' in this.#sink && this.#sink.closed === true) this.#finish();
  }

  #finish(): void {
    for (const timer of this.#timers) timer.unsubscribe();
    if (this.#alive !== undefined) this.world.end(this.#alive);
  }

  #after(delay: number, work: () => void): void {
    if (delay === Infinity) return;
    if (delay === 0) work();
    else this.#timers.add(this.world.clock.after(delay, work));
  }
}
