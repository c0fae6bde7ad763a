import { createServer } from 'node:net';
import { EMPTY, filter, map, NEVER, take } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import type { Readiness } from 'rxjs-supervisor/node';
import { childProcess } from 'rxjs-supervisor/node';
import { LIVES, script } from '../support/child.ts';
import { alive, eventually } from '../support/os.ts';

/** A script that says that it is up, and then reads nothing and lives until it is told to go on. */
const GATE = `process.on('SIGUSR2', () => go()); console.log('up'); ${LIVES}`;
const up = (child: { said(): string[] }) => eventually(() => child.said().includes('up'));

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** It isn't ready when it is up, and is so when it was told to go on. */
async function becomesReady(ready: Readiness, go: string) {
  const child = script(`const go = () => { ${go} }; ${GATE}`, { ready });
  await up(child);
  expect(child.ready).toBe(false);
  process.kill(child.pid, 'SIGUSR2');
  await eventually(() => child.ready);
  expect(child.end).toBe('alive');
  return child;
}

describe('a childProcess is ready', () => {
  it('at a line that matches, on stdout', async () => {
    const child = await becomesReady(/^listening on \d+$/, `console.log('listening on 80')`);
    expect(child.said()).toEqual(['up', 'listening on 80']);
  });

  it('at a line that matches, on stderr', async () => {
    await becomesReady(/^ready$/, `console.error('ready')`);
  });

  it('at a line that matches, whatever the pattern remembers', async () => {
    const pattern = /ready/g;
    expect(pattern.test('now ready')).toBe(true);
    const child = script(`console.log('ready'); ${LIVES}`, { ready: pattern });
    await eventually(() => child.ready);
  });

  it('at the message that says so, and at no other', async () => {
    await becomesReady('message', `process.send('ready'); process.send('open')`);
    const child = script(`process.send('no'); process.on('disconnect', () => {}); ${GATE}`, { ready: 'message' });
    const messages: unknown[] = [];
    child.child.message$.subscribe((message) => messages.push(message));
    await eventually(() => messages.length > 0);
    expect(messages).toEqual(['no']);
    expect(child.ready).toBe(false);
  });

  it('at a port that accepts', async () => {
    const port = await freePort();
    await becomesReady({ port }, `require('net').createServer().listen(${port}, 'localhost')`);
    const elsewhere = await freePort();
    await becomesReady(
      { port: elsewhere, host: '127.0.0.1' },
      `require('net').createServer().listen(${elsewhere}, '127.0.0.1')`,
    );
  });

  it('at the first value of an Observable that is given what it says', async () => {
    let pid: number | undefined;
    const child = await becomesReady((starting) => {
      ({ pid } = starting);
      return starting.output$.pipe(
        filter(({ line }) => line.startsWith('part')),
        take(2),
        filter(({ line }) => line === 'part 2'),
      );
    }, `console.log('part 1'); console.log('part 2')`);
    expect(pid).toBe(child.pid);
  });

  it.each([
    ['an Observable that completes', () => EMPTY],
    ['a Promise', () => Promise.resolve()],
  ])('at the end of %s', async (_, ready) => {
    const child = script(LIVES, { ready });
    await eventually(() => child.ready);
  });
});

describe('a childProcess that does not become ready', () => {
  it.each([0, 4])('has failed when it exits, here with code %d', async (code) => {
    const child = script(`console.error('no config'); process.exitCode = ${code}`, { ready: /listening/ });
    await child.ended();
    expect(child.ready).toBe(false);
    expect(child.end).toMatchObject({ name: 'ProcessExitError', exitCode: code, ready: false, stderr: ['no config'] });
    expect((child.end as Error).message).toContain(
      `exited with code ${code}, where that it becomes ready was expected.`,
    );
  });

  it('has failed with the error of the Observable, once it is gone', async () => {
    const child = script(`process.on('SIGTERM', () => {}); console.log('up'); ${LIVES}`, {
      ready: ({ output$ }) =>
        output$.pipe(
          map(() => {
            throw new Error('wrong version');
          }),
        ),
    });
    await child.ended();
    expect(child.end).toEqual(new Error('wrong version'));
    expect(child.ready).toBe(false);
    expect(alive(child.pid)).toBe(false);
  });

  it('has failed with what the function throws', async () => {
    const child = script(LIVES, {
      ready: () => {
        throw new Error('no idea');
      },
    });
    await child.ended();
    expect(child.end).toEqual(new Error('no idea'));
    expect(alive(child.pid)).toBe(false);
  });

  it('is forced when it is asked to stop, as any start is', async () => {
    const child = script(`process.on('SIGTERM', () => {}); ${GATE}`, { ready: () => NEVER });
    await up(child);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
  });

  it('fails after the startTimeout of its supervisor, when it is gone', async () => {
    const child = childProcess(process.execPath, ['-e', LIVES], { ready: /listening/ });
    const supervisor = new Supervisor(new MemoryTable([['late', child]]), {
      startTimeout: 200,
      restart: { when: 'never' },
      interval: Infinity,
    });
    const said: string[] = [];
    const subscription = supervisor.run().subscribe((event) => {
      if ('key' in event) said.push(event.type);
      if (event.type === 'failed') said.push((event.error as Error).name, String(alive(child.pid!)));
    });
    await eventually(() => said.includes('given-up'));
    subscription.unsubscribe();
    expect(said).toEqual(['starting', 'stopping', 'failed', 'StartTimeoutError', 'false', 'given-up']);
  });
});
