/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are classes by name only */
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { DynamicModule, INestApplication, OnModuleDestroy } from '@nestjs/common';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { concat, filter, firstValueFrom, NEVER } from 'rxjs';
import type { Process } from 'rxjs-supervisor';
import { MemoryTable, startStop, Supervisor } from 'rxjs-supervisor';
import { SupervisorHealth, SupervisorModule } from 'rxjs-supervisor/nest';
import { deferred, turn } from '../support/deferred.ts';
import { eventually } from '../support/os.ts';

type Bots = Supervisor<string, Process, Process>;
const BOTS = Symbol('bots');
let app: INestApplication;
/** What has happened, in its order. */
let log: string[];
let table: MemoryTable<string, Process>;

beforeEach(() => {
  log = [];
  table = new MemoryTable();
});
afterEach(() => app.close());

const entry = (text: string): void => void log.push(text);

/** A process that says when it is open and when it has closed, for which it waits. */
const says = (name: string, mayClose: Promise<void> = Promise.resolve()): Process =>
  startStop(
    async () => entry(`${name} opened`),
    async () => mayClose.then(() => entry(`${name} closed`)),
  );

class Connection implements OnModuleDestroy {
  onModuleDestroy(): void {
    log.push('connection closed');
  }
}

@Module({ providers: [Connection], exports: [Connection] })
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module is a class
class ConnectionModule {}

@Controller()
class States {
  readonly #bots: Bots;

  constructor(@Inject(BOTS) bots: Bots) {
    this.#bots = bots;
  }

  @Get()
  list(): string[] {
    return [...this.#bots.statuses()].map(([key, { state }]) => `${key} ${state}`);
  }
}

/** Makes an application with these modules. Gives its supervisor. */
const create = async (...imports: DynamicModule[]): Promise<Bots> => {
  const module = await Test.createTestingModule({ imports, controllers: [States] }).compile();
  app = module.createNestApplication({ logger: false });
  return app.get<Bots>(BOTS, { strict: false });
};

/** The same, and its server listens. Gives its URL. */
const listening = async (...imports: DynamicModule[]): Promise<string> => {
  await create(...imports);
  await app.listen(0, 'localhost');
  return app.getUrl();
};

const register = (options: { within?: number; table?: MemoryTable<string, Process>; provide?: symbol } = {}) =>
  SupervisorModule.register({
    provide: options.provide ?? BOTS,
    imports: [ConnectionModule],
    inject: [Connection],
    useFactory: (connection: Connection): Bots => {
      expect(connection).toBeInstanceOf(Connection);
      return new Supervisor(options.table ?? table, { stopTimeout: 60_000, killTimeout: 60_000, initialWait: 60_000 });
    },
    ...(options.within !== undefined && { within: options.within }),
  });

describe('SupervisorModule', () => {
  it('listens once the supervisor is ready, and follows the table while the application is up', async () => {
    const closing = deferred();
    table.set('a', says('a', closing.promise));
    const url = await listening(register());
    expect(await (await fetch(url)).json()).toEqual(['a running']);

    table.set('b', NEVER);
    table.delete('a');
    expect(await (await fetch(url)).json()).toEqual(['a stopping', 'b running']);
    closing.resolve();
  });

  it('doesn’t start anything before the application is initialised', async () => {
    table.set('a', says('a'));
    const bots = await create(register());
    expect(bots.statuses().size).toBe(0);
    await app.init();
    expect(log).toEqual(['a opened']);
  });

  it('doesn’t listen before the first starts have ended', async () => {
    const opening = deferred();
    table.set(
      'a',
      startStop(
        () => opening.promise,
        async () => undefined,
      ),
    );
    const bots = await create(register());
    const listened = app.listen(0, 'localhost');
    await eventually(() => bots.status('a')?.state === 'starting');
    const server = app.getHttpServer() as Server;
    for (let n = 0; n < 100; n++) await turn();
    expect(server.listening).toBe(false);
    opening.resolve();
    await listened;
    expect(server.listening).toBe(true);
  });

  it('listens at once when all processes start at once', async () => {
    table.set('a', NEVER);
    expect(await (await fetch(await listening(register()))).json()).toEqual(['a running']);
  });

  it('stops gracefully when the application closes, before what its imports close', async () => {
    table.set('a', says('a')).set('b', says('b'));
    await listening(register());
    await app.close();
    expect(log).toEqual(['a opened', 'b opened', 'a closed', 'b closed', 'connection closed']);
  });

  it('still answers requests while it stops', async () => {
    const closing = deferred();
    table.set('a', says('a', closing.promise));
    const url = await listening(register());
    const closed = app.close();
    await firstValueFrom(
      app
        .get<Bots>(BOTS, { strict: false })
        .watch('a')
        .pipe(filter((now) => now?.state !== 'running')),
    );
    expect(await (await fetch(url, { headers: { connection: 'close' } })).json()).toEqual(['a stopping']);
    closing.resolve();
    await closed;
  });

  it('forces what has not stopped within its time', async () => {
    let forced = false;
    table.set('a', { run: (running) => concat(running, NEVER) });
    await listening(register({ within: 50 }));
    const bots = app.get<Bots>(BOTS, { strict: false });
    bots.events.subscribe((event) => {
      if (event.type === 'stopped') forced = event.forced;
    });
    await app.close();
    expect(forced).toBe(true);
  });

  it('runs as many supervisors as there are modules', async () => {
    const OTHERS = Symbol('others');
    const others = new MemoryTable<string, Process>([['o', says('o')]]);
    table.set('a', says('a'));
    await listening(register(), register({ provide: OTHERS, table: others }));
    expect(log).toEqual(expect.arrayContaining(['a opened', 'o opened']));
    expect([...app.get<Bots>(OTHERS, { strict: false }).statuses().keys()]).toEqual(['o']);
    await app.close();
    expect(log.slice(2, -1).sort()).toEqual(['a closed', 'o closed']);
    expect(log.at(-1)).toBe('connection closed');
  });

  it('closes also while it still waits for the first starts', async () => {
    table.set('a', NEVER).set('b', { run: () => NEVER });
    const bots = await create(register());
    const initialised = app.init();
    await firstValueFrom(bots.watch('b').pipe(filter((now) => now?.state === 'starting')));
    await bots.close();
    await initialised;
    expect(bots.statuses().size).toBe(0);
  });

  it('closes what runs already when a later module fails to begin', async () => {
    table.set('a', says('a'));
    class FailingModule {
      onApplicationBootstrap(): void {
        throw new Error('no port');
      }
    }
    const supervised = register();
    const bots = await create(supervised, { module: FailingModule, imports: [supervised] });
    await expect(app.init()).rejects.toThrow('no port');
    expect(bots.status('a')?.state).toBe('running');
    await app.close();
    expect(bots.statuses().size).toBe(0);
    expect(log).toEqual(['a opened', 'a closed', 'connection closed']);
  });

  it('closes an application that never began, and one that is closed twice', async () => {
    table.set('a', says('a'));
    await create(register());
    await app.close();
    expect(log).toEqual(['connection closed']);
    log = [];
    await listening(register({ within: 60_000 }));
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(log.slice(0, 3)).toEqual(['a opened', 'a closed', 'connection closed']);
  });

  it('offers its health by the token that it was given', async () => {
    const HEALTH = Symbol('health');
    table.set('a', NEVER);
    await listening(
      SupervisorModule.register({ provide: BOTS, health: HEALTH, useFactory: () => new Supervisor(table) }),
    );
    const health = app.get<SupervisorHealth>(HEALTH, { strict: false });
    expect(health).toBeInstanceOf(SupervisorHealth);
    expect(health.check('bots')).toMatchObject({ bots: { status: 'up', running: 1 } });
  });

  it.each([true, false])('needs no importing where it is global (%s)', async (global) => {
    const HEALTH = Symbol('health');
    @Module({})
    class Elsewhere {
      constructor(
        @Inject(BOTS) readonly bots: Bots,
        @Inject(HEALTH) readonly health: SupervisorHealth,
      ) {}
    }
    const supervised = SupervisorModule.register({
      provide: BOTS,
      health: HEALTH,
      useFactory: () => new Supervisor(table),
    });
    const compiled = Test.createTestingModule({ imports: [{ ...supervised, global }, Elsewhere] }).compile();
    if (!global) {
      await expect(compiled).rejects.toThrow('Symbol(bots)');
      return;
    }
    app = (await compiled).createNestApplication({ logger: false });
    await app.init();
    const { bots, health } = app.get(Elsewhere);
    expect(health.check('bots')).toMatchObject({ bots: { status: 'up', running: 0 } });
    table.set('a', NEVER);
    expect(bots.status('a')?.state).toBe('running');
  });
});
