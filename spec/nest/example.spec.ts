/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are classes by name only */
import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { filter, firstValueFrom } from 'rxjs';
import type { LifecycleEvent } from 'rxjs-supervisor';
import { AppModule } from '../../examples/nest-bots/app.module.ts';
import type { Bots } from '../../examples/nest-bots/bots.ts';
import { BOTS } from '../../examples/nest-bots/bots.ts';
import { Chat } from '../../examples/nest-bots/chat.ts';
import { eventually } from '../support/os.ts';
import { Program } from '../support/program.ts';

/** ms that anything takes at most. */
const LIMIT = 120_000;

describe('examples/nest-bots', () => {
  let app: INestApplication;
  let url: string;
  let bots: Bots;
  let chat: Chat;
  let events: LifecycleEvent[];

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication({ logger: false });
    bots = app.get(BOTS, { strict: false });
    chat = app.get(Chat, { strict: false });
    events = [];
    bots.events.subscribe((event) => events.push(event));
    await app.listen(0, 'localhost');
    url = await app.getUrl();
  }, LIMIT);
  afterAll(() => app.close(), LIMIT);

  const ask = async (method: string, path: string, body?: object): Promise<[number, unknown]> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return [answer.status, text === '' ? undefined : JSON.parse(text)];
  };
  const until = (name: string, state: string | undefined, incarnation = 0) =>
    firstValueFrom(
      bots.watch(name).pipe(filter((now) => now?.state === state && (now?.incarnation ?? Infinity) > incarnation)),
    );
  /** Waits until the messenger is polled by these tokens, each once. */
  const polled = async (...tokens: string[]): Promise<void> => {
    const found = () => [...chat.polls.keys()].sort().join();
    await eventually(() => found() === tokens.sort().join(), found, LIMIT);
  };

  it(
    'has a poller for each bot',
    async () => {
      await until('ann', 'running');
      await until('bob', 'running');
      const [code, list] = await ask('GET', '/bots');
      expect(code).toBe(200);
      expect(list).toEqual([
        expect.objectContaining({ name: 'ann', state: 'running', incarnation: 1 }),
        expect.objectContaining({ name: 'bob', state: 'running', incarnation: 1 }),
      ]);
      await polled('token-a', 'token-b');
    },
    LIMIT,
  );

  it(
    'starts, restarts and stops one as its row is written, and leaves the other alone',
    async () => {
      expect(await ask('PUT', '/bots/cat', { token: 'token-c' })).toEqual([200, { name: 'cat', token: 'token-c' }]);
      await until('cat', 'running');
      await polled('token-a', 'token-b', 'token-c');

      await ask('PUT', '/bots/cat', { token: 'token-d' });
      await until('cat', 'running', 1);
      await polled('token-a', 'token-b', 'token-d');

      expect(await ask('DELETE', '/bots/cat')).toEqual([204, undefined]);
      await until('cat', undefined);
      await polled('token-a', 'token-b');
      expect(bots.status('ann')?.incarnation).toBe(1);
    },
    LIMIT,
  );

  it('follows at once: nothing of it waited for a tick of the interval', () => {
    const causes = events.flatMap((event) => ('cause' in event && event.type !== 'stopped' ? [event.cause] : []));
    expect(new Set(causes)).toEqual(new Set(['initial', 'change', 'update', 'removed']));
  });

  it(
    'never polls twice at once, however often a bot is restarted',
    async () => {
      for (let n = 0; n < 10; n++) expect(await ask('POST', '/bots/ann/restart')).toEqual([204, undefined]);
      expect(bots.status('ann')?.incarnation).toBe(11);
      await polled('token-a', 'token-b');
      expect(chat.conflicts).toBe(0);
    },
    LIMIT,
  );

  it(
    'lists in its health the bot that is given up, and goes on',
    async () => {
      expect(await ask('GET', '/health')).toEqual([
        200,
        { bots: { status: 'up', running: 2, failing: [], stuck: [], 'given-up': [] } },
      ]);
      await ask('PUT', '/bots/bob', { token: 'wrong' });
      await until('bob', 'given-up');
      expect(await ask('GET', '/health')).toEqual([
        200,
        { bots: { status: 'up', running: 1, failing: [], stuck: [], 'given-up': ['bob'] } },
      ]);
      await ask('PUT', '/bots/bob', { token: 'token-b' });
      await until('bob', 'running', 2);
      await polled('token-a', 'token-b');
    },
    LIMIT,
  );

  it('refuses what makes no sense', async () => {
    expect((await ask('PUT', '/bots/dan', {}))[0]).toBe(400);
    expect((await ask('PUT', '/bots/dan'))[0]).toBe(400);
    expect((await ask('DELETE', '/bots/dan'))[0]).toBe(404);
    expect((await ask('POST', '/bots/dan/restart'))[0]).toBe(404);
  });

  it(
    'lets go of its bots when it closes',
    async () => {
      await app.close();
      expect(chat.polls.size).toBe(0);
      expect(bots.statuses().size).toBe(0);
      expect(chat.conflicts).toBe(0);
    },
    LIMIT,
  );

  it(
    'is a program that a signal ends gracefully',
    async () => {
      const args = ['--conditions=rxjs-supervisor/source', '--import', 'tsx', 'examples/nest-bots/main.ts'];
      const program = new Program(process.execPath, args, { PORT: '0', NO_COLOR: '1' });
      await program.says(/(hello, token-a)/);
      program.signal('SIGTERM');
      await eventually(
        () => program.end !== undefined,
        () => program.output,
        LIMIT,
      );
      expect(program.end).toBe('SIGTERM');
      expect(program.output).not.toMatch(/ERROR|Error/);
    },
    LIMIT,
  );
});
