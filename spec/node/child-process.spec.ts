import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcessOptions, OutputLine } from 'rxjs-supervisor/node';
import { childProcess, ProcessExitError, ProcessSpawnError } from 'rxjs-supervisor/node';
import type { Led } from '../support/lead.ts';
import { lead } from '../support/lead.ts';
import { alive, eventually } from '../support/os.ts';

const led: Led<OutputLine>[] = [];
const directory = mkdtempSync(join(tmpdir(), 'child-process-'));
afterEach(() => led.splice(0).forEach((one) => one.unsubscribe()));
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command, or a script in Node. */
function run(command: string, args?: readonly string[], options?: ChildProcessOptions) {
  const child = childProcess(command, args, options);
  const one = lead(child);
  led.push(one);
  return Object.assign(one, {
    get pid() {
      return child.pid!;
    },
    said: (stream = 'stdout') => one.values.filter((value) => value.stream === stream).map(({ line }) => line),
    ended: () => eventually(() => one.end !== 'alive'),
  });
}
const script = (code: string, options?: ChildProcessOptions) => run(process.execPath, ['-e', code], options);

const LIVES = 'setInterval(() => {}, 1e6);';
/** A child in the same group, which ignores SIGTERM and says its pid. */
const CHILD = `require('child_process').spawn(process.execPath, ['-e',
  "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log(process.pid)"], { stdio: 'inherit' });`;

describe('childProcess', () => {
  it('is ready when it was spawned', async () => {
    const child = script(LIVES);
    expect(child.ready).toBe(false);
    await eventually(() => child.ready);
    expect(alive(child.pid)).toBe(true);
  });

  it('emits lines of stdout and stderr', async () => {
    const child = script(`console.log('one\\ntwo'); console.error('three'); process.stdout.write('\\r\\nlast')`);
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['one', 'two', '', 'last']);
    expect(child.said('stderr')).toEqual(['three']);
  });

  it('emits every line of much output', async () => {
    const child = script(`for (let i = 0; i < 1e5; i++) console.log('line ' + i)`);
    await child.ended();
    expect(child.values).toHaveLength(1e5);
    expect(child.values.at(-1)).toEqual({ stream: 'stdout', line: 'line 99999' });
  });

  it('takes arguments, environment and directory as they are, without a shell', async () => {
    const child = run(
      process.execPath,
      ['-e', 'console.log(process.argv[1], process.env.A, process.cwd(), process.env.HOME)', '$A; "x" *'],
      { env: { A: '$B "y"' }, cwd: directory },
    );
    await child.ended();
    expect(child.said()).toEqual([`$A; "x" * $B "y" ${directory} undefined`]);
  });

  it('can be run again', async () => {
    const child = childProcess(process.execPath, ['-e', 'console.log(process.pid)']);
    for (let i = 0; i < 2; i++) {
      const one = lead(child);
      await eventually(() => one.end !== 'alive');
      expect(one.values).toEqual([{ stream: 'stdout', line: String(child.pid) }]);
    }
  });
});

describe('the end of a childProcess', () => {
  it('is completion after exit code 0', async () => {
    const child = script('');
    await child.ended();
    expect(child.end).toBe('completed');
  });

  it('is a ProcessExitError after another exit code, with the last lines of stderr', async () => {
    const child = script(`for (let i = 1; i <= 12; i++) console.error('error ' + i); process.exitCode = 3`);
    await child.ended();
    expect(child.end).toBeInstanceOf(ProcessExitError);
    expect(child.end).toMatchObject({
      name: 'ProcessExitError',
      code: 'PROCESS_EXIT',
      command: process.execPath,
      exitCode: 3,
      signal: null,
      stderr: Array.from({ length: 10 }, (_, i) => `error ${i + 3}`),
    });
    expect((child.end as Error).message).toContain(
      'exited with code 3, where a stop, or exit code 0, was expected.\nThe last lines of its stderr:\nerror 3\n',
    );
  });

  it('is a ProcessExitError after a signal from outside', async () => {
    const child = script(LIVES);
    await eventually(() => child.ready);
    process.kill(child.pid, 'SIGKILL');
    await child.ended();
    expect(child.end).toMatchObject({ name: 'ProcessExitError', exitCode: null, signal: 'SIGKILL', stderr: [] });
    expect((child.end as Error).message).toMatch(
      /was killed by SIGKILL, where a stop, or exit code 0, was expected\.$/,
    );
  });

  it('takes the children with it that it left behind', async () => {
    const child = script(`${CHILD} process.stdin.resume(); setTimeout(() => process.exit(1), 500)`);
    await child.ended();
    expect(child.end).toMatchObject({ exitCode: 1 });
    expect(child.said()).toHaveLength(1);
    expect(alive(Number(child.said()[0]))).toBe(false);
  });

  it('does not wait for somebody who has left the group and holds its output', async () => {
    const child = script(`const child = require('child_process').spawn(process.execPath, ['-e', "${LIVES}"],
      { detached: true, stdio: 'inherit' }); child.unref(); console.log(child.pid)`);
    await child.ended();
    expect(child.end).toBe('completed');
    const daemon = Number(child.said()[0]);
    expect(alive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  });
});

describe('a start of a childProcess that fails', () => {
  const fails = async (command: string, options?: ChildProcessOptions) => {
    const child = run(command, [], options);
    await child.ended();
    expect(child.ready).toBe(false);
    expect(child.end).toBeInstanceOf(ProcessSpawnError);
    return child.end;
  };

  it('says that there is no such command', async () => {
    expect(await fails('no-such-command')).toMatchObject({
      name: 'ProcessSpawnError',
      code: 'PROCESS_SPAWN',
      command: 'no-such-command',
      reason: 'ENOENT',
      message: expect.stringContaining(`"no-such-command" can't be started: there is no such command.`),
      cause: { code: 'ENOENT' },
    });
  });

  it('says that it is not allowed to execute it', async () => {
    const file = join(directory, 'not-executable');
    writeFileSync(file, '');
    expect(await fails(file)).toMatchObject({
      reason: 'EACCES',
      message: expect.stringContaining('it is not allowed to be executed'),
    });
  });

  it('says that there is no such directory', async () => {
    expect(await fails(process.execPath, { cwd: join(directory, 'nope') })).toMatchObject({
      message: expect.stringContaining(`its directory "${join(directory, 'nope')}" doesn't exist`),
    });
  });

  it('says what Node finds wrong', async () => {
    expect(await fails('a\0b')).toMatchObject({
      reason: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('without null bytes'),
    });
  });
});

describe('stopping a childProcess', () => {
  it('sends SIGTERM and waits for the end', async () => {
    const child =
      script(`process.on('SIGTERM', () => { console.log('closing'); process.exitCode = 5; clearInterval(i) });
      const i = setInterval(() => {}, 1e6); console.log('open')`);
    await eventually(() => child.said().length === 1);
    child.ask();
    expect(child.end).toBe('alive');
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['open', 'closing']);
    expect(alive(child.pid)).toBe(false);
  });

  it('sends the signal that is asked for', async () => {
    const child = script(
      `process.on('SIGINT', () => { console.log('SIGINT'); process.exit() }); console.log('open'); ${LIVES}`,
      { stopSignal: 'SIGINT' },
    );
    await eventually(() => child.said().length === 1);
    child.ask();
    await child.ended();
    expect(child.said()).toEqual(['open', 'SIGINT']);
  });

  it('lets its children close gracefully too', async () => {
    const child = run('sh', [
      '-c',
      `"${process.execPath}" -e "process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit() }, 300));
        console.log('open'); ${LIVES}" & wait`,
    ]);
    await eventually(() => child.said().length === 1);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['open', 'closed']);
  });

  it('stops, when it was asked before it was spawned', async () => {
    const child = script(LIVES);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(child.pid)).toBe(false);
  });

  it('kills by force the one who ignores the signal, and all its children', async () => {
    const child = script(`process.on('SIGTERM', () => console.log('no')); ${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.ask();
    await eventually(() => child.said().length === 2);
    expect(child.end).toBe('alive');
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect([child.pid, Number(child.said()[0])].map(alive)).toEqual([false, false]);
  });

  it('kills by force the children that outlive it', async () => {
    const child = script(`${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.ask();
    await eventually(() => !alive(child.pid));
    expect(child.end).toBe('alive');
    expect(alive(Number(child.said()[0]))).toBe(true);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(Number(child.said()[0]))).toBe(false);
  });

  it('kills by force without being asked', async () => {
    const child = script(LIVES);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(child.pid)).toBe(false);
  });

  it('kills all of the group when it is unsubscribed', async () => {
    const child = script(`${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.unsubscribe();
    await eventually(() => ![child.pid, Number(child.said()[0])].some(alive));
  });

  it('takes no notice of an unsubscription before the start has failed', async () => {
    run('no-such-command').unsubscribe();
    await script('').ended();
  });
});
