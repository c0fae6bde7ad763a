import { setImmediate } from 'node:timers/promises';
import { LIVES, run, script } from '../support/child.ts';
import { alive, eventually } from '../support/os.ts';
import { programOf } from '../support/program.ts';

/** A script that leaves somebody outside of its group, who holds its output, and says the pid. */
const DAEMON = `const daemon = require('child_process').spawn(process.execPath, ['-e', "${LIVES}"],
  { detached: true, stdio: 'inherit' }); daemon.unref(); console.log(daemon.pid);`;

describe('the output of a childProcess', () => {
  it('is emitted line by line, however much it is', async () => {
    const child = script(`for (let i = 0; i < 1e5; i++) console.log('line ' + i)`);
    await child.ended();
    expect(child.values).toHaveLength(1e5);
    expect(child.values.at(-1)).toEqual({ stream: 'stdout', line: 'line 99999' });
  });

  it('comes in parts when it is a line that never ends', async () => {
    const child = run('sh', ['-c', `head -c 3000000 /dev/zero | tr '\\0' x`], { maxLineLength: 10_000 });
    await child.ended();
    expect(child.said()).toHaveLength(300);
    expect(new Set(child.said())).toEqual(new Set(['x'.repeat(10_000)]));
  });

  it('is not queued: a gigabyte takes no memory', async () => {
    const program = programOf(`
      import { childProcess } from 'rxjs-supervisor/node';
      import { NEVER } from 'rxjs';
      const GIGABYTE = "yes " + 'x'.repeat(999) + " | head -c 1000000000";
      let characters = 0;
      const before = process.resourceUsage().maxRSS;
      childProcess('sh', ['-c', GIGABYTE]).run(NEVER, { force: new AbortController().signal }).subscribe({
        next: ({ line }) => (characters += line.length + 1),
        complete: () => console.log(characters, process.resourceUsage().maxRSS - before),
      });`);
    expect(await program.ended()).toBe(0);
    const [characters, kilobytes] = program.output.split(' ').map(Number);
    expect(characters).toBe(1_000_000_000);
    expect(kilobytes).toBeLessThan(200_000);
  });

  it('may never end: that holds up nobody, and the child is killed in the middle of it', async () => {
    const child = run('sh', ['-c', 'while :; do echo y; done']);
    await eventually(() => child.said().length > 1_000);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    const { length } = child.values;
    await setImmediate();
    expect(child.values).toHaveLength(length);
  });

  it('does not wait for somebody who has left the group and holds its output', async () => {
    const child = script(DAEMON);
    await child.ended();
    expect(child.end).toBe('completed');
    const daemon = Number(child.said()[0]);
    expect(alive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  });

  it('is read to its end, however late this process comes to it, also when somebody else holds it open', async () => {
    const child = script(`process.on('SIGUSR2', () => {
      process.stdout.write('x'.repeat(99) + '\\n' + 'y\\n'.repeat(7e4) + 'end'); process.exit(); });
      ${DAEMON} ${LIVES}`);
    await eventually(() => child.said().length > 0);
    process.kill(child.pid, 'SIGUSR2');
    // Until it has exited this process is busy with something else.
    for (let i = 0; i < 2_000 && alive(child.pid); i++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    await child.ended();
    process.kill(Number(child.said()[0]), 'SIGKILL');
    expect(child.end).toBe('completed');
    expect(child.said()).toHaveLength(1 + 1 + 7e4 + 1);
    expect(child.said().at(-1)).toBe('end');
  });

  it('ends, also when somebody who has left the group goes on writing', async () => {
    const child =
      script(`const daemon = require('child_process').spawn('yes', [], { detached: true, stdio: 'inherit' });
      daemon.unref(); process.on('SIGUSR2', () => process.exit()); console.error(daemon.pid); ${LIVES}`);
    await eventually(() => child.said('stderr').length === 1 && child.said().length > 1_000);
    process.kill(child.pid, 'SIGUSR2');
    await child.ended();
    expect(child.end).toBe('completed');
    const daemon = Number(child.said('stderr')[0]);
    await eventually(() => !alive(daemon));
  });
});
