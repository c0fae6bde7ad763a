import { readdirSync } from 'node:fs';
import { childProcess, ProcessExitError } from 'rxjs-supervisor/node';
import { LIVES, run, script } from '../support/child.ts';
import { lead } from '../support/lead.ts';
import { alive, eventually } from '../support/os.ts';

/** The numbers of the files that a process has open. */
const linksOf = (pid: number) => readdirSync(`/proc/${pid}/fd`);

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

  it('is a ProcessExitError after a signal that it gives itself', async () => {
    const child = script(`console.error('bad'); process.kill(process.pid, 'SIGSEGV'); ${LIVES}`);
    await child.ended();
    expect(child.end).toMatchObject({ exitCode: null, signal: 'SIGSEGV', stderr: ['bad'], ready: true });
  });

  it('tells no more of a long line than can be read', async () => {
    const child = script(`console.error('x'.repeat(1e6)); process.exitCode = 1`);
    await child.ended();
    expect((child.end as ProcessExitError).stderr.map((line) => line.length)).toEqual(Array(10).fill(1_001));
  });

  it('takes the children with it that it left behind, and comes when they are dead', async () => {
    const child = script(
      `const child = require('child_process').spawn(process.execPath, ['-e',
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log(process.pid)"]);
      child.stdout.on('data', (pid) => process.stdout.write(pid, () => process.exit(1)))`,
    );
    let leftAtEnd: boolean | undefined;
    child.atEnd(() => (leftAtEnd = alive(Number(child.said()[0]))));
    await child.ended();
    expect(child.end).toMatchObject({ exitCode: 1 });
    expect(child.said()).toHaveLength(1);
    expect(leftAtEnd).toBe(false);
  });

  it('waits for one who closes its output and lives on', async () => {
    const child = run('sh', ['-c', 'echo last; exec >&- 2>&-; trap "exit 3" TERM; while :; do sleep 0.05; done']);
    await eventually(() => child.said().length === 1);
    await eventually(() => !linksOf(child.pid).includes('1'));
    expect(child.end).toBe('alive');
    expect(alive(child.pid)).toBe(true);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
  });
});
