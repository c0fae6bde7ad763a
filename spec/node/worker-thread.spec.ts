import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstValueFrom } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import type { WorkerThreadOptions } from 'rxjs-supervisor/node';
import { NoChannelError, WorkerExitError, workerThread } from 'rxjs-supervisor/node';
import type { Led } from '../support/lead.ts';
import { lead } from '../support/lead.ts';
import { eventually } from '../support/os.ts';
import { programOf } from '../support/program.ts';

const led: Led<unknown>[] = [];
const directory = mkdtempSync(join(tmpdir(), 'worker-thread-'));
afterEach(() => led.splice(0).forEach((one) => one.unsubscribe()));
afterAll(() => rmSync(directory, { recursive: true }));

/** A module as a URL. */
const moduleOf = (code: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort, workerData } from 'node:worker_threads'; ${code}`)}`,
  );

/** One life of a module in a thread. */
function run(code: string, options?: WorkerThreadOptions) {
  const thread = workerThread(moduleOf(code), options);
  const one = lead(thread);
  led.push(one);
  return Object.assign(one, { thread, ended: () => eventually(() => one.end !== 'alive') });
}

const ECHO = `parentPort.on('message', (message) => parentPort.postMessage(message)); parentPort.postMessage('up');`;
const CLOSES = `parentPort.on('message', (message) => { parentPort.postMessage({ got: message }); parentPort.close(); });`;
const LIVES = `parentPort.on('message', () => {});`;
const SPINS = `parentPort.postMessage('up'); for (;;);`;

describe('workerThread', () => {
  it('is ready when it runs, and emits what it posts', async () => {
    const one = run(`parentPort.postMessage(workerData); ${LIVES}`, { workerData: { a: 1n } });
    expect(one.ready).toBe(false);
    await eventually(() => one.values.length === 1);
    expect(one.ready).toBe(true);
    expect(one.values).toEqual([{ a: 1n }]);
    expect(one.thread.threadId).toBeGreaterThan(0);
  });

  it.each<[string, WorkerThreadOptions]>([
    ["the message 'ready'", { ready: 'message' }],
    ['a message for which that is true', { ready: (message) => message === 'ready' }],
  ])('is ready at %s, if that is asked for', async (_, options) => {
    const one = run(
      `parentPort.postMessage('up'); parentPort.on('message', (message) => parentPort.postMessage(message))`,
      options,
    );
    await eventually(() => one.values.length === 1);
    expect(one.ready).toBe(false);
    one.thread.postMessage('ready');
    await eventually(() => one.ready);
  });

  it('takes messages, and hands over what is transferred, both ways', async () => {
    const one = run(
      `parentPort.on('message', (bytes) => { parentPort.postMessage(bytes, [bytes.buffer]); parentPort.postMessage(bytes.length); })`,
    );
    await eventually(() => one.ready);
    const bytes = Uint8Array.of(1, 2, 3);
    one.thread.postMessage(bytes, [bytes.buffer]);
    expect(bytes).toHaveLength(0);
    await eventually(() => one.values.length === 2);
    expect(Array.from(one.values[0] as Uint8Array)).toEqual([1, 2, 3]);
    expect(one.values[1]).toBe(0);
  });

  it('is found at its supervisor, with its types', async () => {
    const table = new MemoryTable([['double', 2]]);
    const supervisor = new Supervisor(table, {
      process: (factor) =>
        workerThread<number, { result: number }>(
          moduleOf(`parentPort.on('message', (n) => parentPort.postMessage({ result: n * workerData }))`),
          { workerData: factor },
        ),
    });
    const subscription = supervisor.run().subscribe();
    await eventually(() => supervisor.status('double')?.state === 'running');
    const answer = firstValueFrom(supervisor.output('double'));
    supervisor.get('double').postMessage(21);
    const { result }: { result: number } = await answer;
    expect(result).toBe(42);
    // @ts-expect-error -- it takes numbers
    const wrong = () => supervisor.get('double').postMessage('21');
    expect(wrong).not.toThrow();
    subscription.unsubscribe();
  });

  it('emits everything that is posted before the end', async () => {
    const one = run(`for (let i = 0; i < 1e4; i++) parentPort.postMessage(i)`);
    await one.ended();
    expect(one.end).toBe('completed');
    expect(one.values).toHaveLength(1e4);
  });

  it('can be run again, and takes no message in between', async () => {
    const thread = workerThread(moduleOf(`parentPort.once('message', () => {}); parentPort.postMessage('up')`));
    for (let i = 0; i < 2; i++) {
      expect(() => thread.postMessage('x')).toThrow(NoChannelError);
      const one = lead(thread);
      led.push(one);
      await eventually(() => one.ready);
      thread.postMessage('x');
      await eventually(() => one.end !== 'alive');
      expect(one.end).toBe('completed');
      expect(one.values).toEqual(['up']);
    }
  });
});

describe('stopping a workerThread', () => {
  it.each([
    ['stop', undefined],
    [{ type: 'end' }, { stopMessage: { type: 'end' } }],
  ])('asks it by the message %j', async (message, options) => {
    const one = run(CLOSES, options);
    await eventually(() => one.ready);
    one.ask();
    await one.ended();
    expect(one.end).toBe('completed');
    expect(one.values).toEqual([{ got: message }]);
  });

  it('terminates by force the one who takes no notice', async () => {
    const one = run(SPINS);
    await eventually(() => one.values.length === 1);
    one.ask();
    expect(one.end).toBe('alive');
    one.force();
    await one.ended();
    expect(one.end).toBe('completed');
  });

  it('terminates it when it is unsubscribed', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const one = run(`parentPort.postMessage('up'); for (;;) Atomics.add(workerData, 0, 1);`, { workerData: shared });
    await eventually(() => one.values.length === 1);
    one.unsubscribe();
    let before = -1;
    await eventually(() => before === (before = Atomics.load(shared, 0)));
  });

  it('harms nobody when it has thrown just before it is unsubscribed', async () => {
    const program = programOf(`
      import { workerThread } from 'rxjs-supervisor/node';
      import { readdirSync } from 'node:fs';
      import { NEVER } from 'rxjs';
      const threads = () => readdirSync('/proc/self/task');
      const before = threads();
      const code = "import { parentPort } from 'node:worker_threads';" +
        "parentPort.postMessage('up'); parentPort.once('message', () => { throw new Error('late') })";
      const thread = workerThread(new URL('data:text/javascript,' + encodeURIComponent(code)), { execArgv: [] });
      const subscription = thread.run(NEVER, { force: new AbortController().signal }).subscribe(() => {
        const its = threads().filter((id) => !before.includes(id));
        thread.postMessage('throw');
        // This process is busy until it has.
        while (its.every((id) => threads().includes(id)));
        subscription.unsubscribe();
        console.log('unsubscribed');
      });`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('unsubscribed\n');
  });

  it('passes on what it throws as it closes', async () => {
    const one = run(`parentPort.on('message', () => { throw new Error('not saved') })`);
    await eventually(() => one.ready);
    one.ask();
    await one.ended();
    expect(one.end).toMatchObject({ message: 'not saved' });
  });

  it('fails when the message that asks can not be sent', async () => {
    const one = run(LIVES, { stopMessage: () => undefined });
    await eventually(() => one.ready);
    one.ask();
    await one.ended();
    expect(one.end).toMatchObject({ name: 'DataCloneError' });
  });
});

describe('the end of a workerThread', () => {
  it('is what it threw, with its stack', async () => {
    const file = join(directory, 'throws.mjs');
    writeFileSync(file, `function inner() { throw new RangeError('too far'); }\ninner();`);
    const one = lead(workerThread(pathToFileURL(file)));
    led.push(one);
    await eventually(() => one.end !== 'alive');
    expect(one.end).toMatchObject({ name: 'RangeError', message: 'too far' });
    expect((one.end as Error).stack).toMatch(/at inner \(.*throws\.mjs:1:\d+\)/);
  });

  it('is an error when there is no such module', async () => {
    const one = lead(workerThread(pathToFileURL(join(directory, 'nope.mjs'))));
    led.push(one);
    await eventually(() => one.end !== 'alive');
    expect(one.end).toMatchObject({ message: expect.stringContaining('nope.mjs') });
  });

  it('is the error of Node when it can not be made', () => {
    const one = lead(workerThread('nope.mjs'));
    expect(one.ready).toBe(false);
    expect(one.end).toMatchObject({ code: 'ERR_WORKER_PATH' });
  });

  it('is a WorkerExitError after another exit code', async () => {
    const one = run(`process.exit(3)`);
    await one.ended();
    expect(one.end).toBeInstanceOf(WorkerExitError);
    expect(one.end).toMatchObject({ code: 'WORKER_EXIT', exitCode: 3, ready: true });
  });

  it('is a WorkerExitError when it was not ready', async () => {
    const one = run('', { ready: 'message' });
    await one.ended();
    expect(one.ready).toBe(false);
    expect(one.end).toMatchObject({
      name: 'WorkerExitError',
      exitCode: 0,
      ready: false,
      message: expect.stringMatching(/exited with code 0, where that it becomes ready was expected\.$/),
    });
  });

  it('is an error when it takes more memory than it may, and harms nobody else', async () => {
    const one = run(`const all = []; for (;;) all.push(new Array(1e4).fill(0));`, {
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    await one.ended();
    expect(one.end).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
  });

  it('comes once it is gone, when the function that looks at its messages throws', async () => {
    const one = run(`${ECHO} setInterval(() => {}, 1e6)`, {
      ready: () => {
        throw new Error('no idea');
      },
    });
    await one.ended();
    expect(one.end).toEqual(new Error('no idea'));
    expect(() => one.thread.postMessage('x')).toThrow(NoChannelError);
  });
});
