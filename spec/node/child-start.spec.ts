import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ChildProcessOptions } from 'rxjs-supervisor/node';
import { childProcess, ProcessSpawnError } from 'rxjs-supervisor/node';
import { run } from '../support/child.ts';
import { eventually, ofProcess } from '../support/os.ts';
import { programOf } from '../support/program.ts';

const directory = mkdtempSync(join(tmpdir(), 'child-process-'));
afterAll(() => rmSync(directory, { recursive: true }));
const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('the start of a childProcess', () => {
  it('takes arguments, environment and directory as they are, without a shell', async () => {
    const child = run(
      process.execPath,
      ['-e', 'console.log(process.argv[1], process.env.A, process.cwd(), process.env.HOME)', '$A; "x" *'],
      { env: { A: '$B "y"' }, cwd: directory },
    );
    await child.ended();
    expect(child.said()).toEqual([`$A; "x" * $B "y" ${directory} undefined`]);
  });

  it('has a shell only if it is asked for one', async () => {
    const child = run('echo $GREETING "$0" | tr a-z A-Z', [], {
      shell: true,
      env: { GREETING: 'hello', PATH: process.env['PATH'] },
    });
    await child.ended();
    expect(child.said()).toEqual(['HELLO /BIN/SH']);
    const bash = run('echo "$0"', [], { shell: 'bash' });
    await bash.ended();
    expect(bash.said()).toEqual(['bash']);
  });

  asRoot('runs as another user', async () => {
    const child = run('sleep', ['1000'], { uid: 65_534, gid: 65_533 });
    await eventually(() => child.ready);
    await eventually(() => ofProcess(child.pid, 'cmdline').startsWith('sleep'));
    expect(ofProcess(child.pid, 'status')).toMatch(/^Uid:\t65534\t65534[^]*^Gid:\t65533\t65533/m);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
  });

  it.each([
    [{ stopSignal: 'SIGFOO' as NodeJS.Signals }, 'Option `stopSignal` must be the name of a signal, such as SIGINT'],
    [{ maxLineLength: 0 }, 'Option `maxLineLength` must be a whole number, 2 or more, but was a number 0.'],
    [{ ready: 'soon' as 'spawn' }, "Option `ready` must be 'spawn', 'message', a RegExp, { port } or a function"],
    [{ ready: { port: 70_000 } }, 'Option `ready` must be'],
  ])('refuses %j', (options, message) => {
    expect(() => childProcess('true', [], options)).toThrow(message);
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

  it('says that there is no such directory, also where a file is in its place, or none is given', async () => {
    const cwd = join(process.execPath, 'nope');
    expect(await fails(process.execPath, { cwd })).toMatchObject({
      message: expect.stringContaining(`its directory "${cwd}" doesn't exist`),
    });
    // As an empty column of a table has it.
    expect(await fails('no-such-command', { cwd: null as never })).toMatchObject({ reason: 'ENOENT' });
  });

  it('says that it may be the directory that must not be entered', async () => {
    const file = join(directory, 'not-executable-either');
    writeFileSync(file, '');
    expect(await fails(file, { cwd: directory })).toMatchObject({
      reason: 'EACCES',
      message: expect.stringContaining(`it is not allowed to be executed, or not in "${directory}".`),
    });
  });

  it('does not tell the environment, which holds secrets', async () => {
    const end = await fails('true', { env: { TOKEN: 'hunter2\0' } });
    expect(end).toMatchObject({
      reason: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(/'options.env\['TOKEN'\]' must be a string without null bytes\.$/),
    });
    expect(inspect(end, { depth: Infinity })).not.toContain('hunter2');
  });

  it('says what Node finds wrong', async () => {
    expect(await fails('a\0b')).toMatchObject({
      reason: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('without null bytes'),
    });
  });

  it('says that the system has no room for it', async () => {
    const program = programOf(`
      import { execFileSync } from 'node:child_process';
      import { childProcess } from 'rxjs-supervisor/node';
      import { NEVER } from 'rxjs';
      execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1']);
      // No limit holds for root.
      if (process.getuid() === 0) process.setuid(65_534);
      const child = childProcess('true').run(NEVER, { force: new AbortController().signal });
      child.subscribe({ error: ({ name, reason, message }) => console.log(name, reason, message) });`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe(
      `ProcessSpawnError EAGAIN "true" can't be started: the system has no room for another process now (EAGAIN).\n`,
    );
  });
});
