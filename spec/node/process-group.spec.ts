import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { alive, eventually, ofProcess } from '../support/os.ts';
import type { Program } from '../support/program.ts';
import { programOf } from '../support/program.ts';

const asRoot = process.getuid?.() === 0 ? it : it.skip;

/** A program that keeps two children and the child of one, none of which heeds SIGTERM; then it does what it is told. */
const keeper = (then = '') =>
  programOf(`
    import { childProcess } from 'rxjs-supervisor/node';
    import { merge, NEVER } from 'rxjs';
    const shell = (code) => childProcess('sh', ['-c', code]).run(NEVER, { force: new AbortController().signal });
    const LIVES = 'trap "" TERM; echo up; exec sleep 1000';
    let said = 0;
    merge(shell(LIVES), shell('(' + LIVES + ') & ' + LIVES)).subscribe(() => {
      if (++said === 3) { console.log('all up'); ${then} }
    });`);

/** Who watches over a program's children. */
const watchdogs = (program: Program) =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => ofProcess(pid, 'cmdline').endsWith(`\0rxjs-supervisor-watchdog\0${String(program.child.pid)}\0`))
    .filter(alive);

const nobodyLeft = (program: Program) =>
  eventually(
    () => [...program.processes(), ...watchdogs(program)].length === 0,
    () => `alive are ${program.processes().join(', ')}, watched by ${watchdogs(program).join(', ')}`,
  );

describe('the end of the own process', () => {
  it.each([
    ['an exit', 'process.exit(3)', 3],
    ['an error that nobody handles', `throw new Error('oops')`, 1],
    ['a rejection that nobody handles', `Promise.reject(new Error('oops'))`, 1],
    ['a crash', 'process.abort()', 'SIGABRT'],
  ])('by %s leaves no child', async (_, then, code) => {
    const program = keeper(then);
    expect(await program.ended()).toBe(code);
    expect(program.output).toContain('all up');
    await nobodyLeft(program);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('by %s leaves no child', async (signal) => {
    const program = keeper();
    await program.says(/all up/);
    await eventually(() => program.processes().length === 3);
    program.signal(signal);
    expect(await program.ended()).toBe(signal);
    await nobodyLeft(program);
  });

  it('leaves no child when the signal goes to all of its group, as that of a terminal does', async () => {
    const program = keeper();
    await program.says(/all up/);
    const [watchdog] = watchdogs(program);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog!, signal);
    expect(ofProcess(watchdog!, 'stat').split(' ')[4]).toBe(String(watchdog));
    program.signal('SIGKILL');
    await nobodyLeft(program);
  });
});

describe('a process group', () => {
  asRoot('has not gone while somebody lives whom this process may not signal', async () => {
    const program = programOf(`
      import { childProcess } from 'rxjs-supervisor/node';
      import { readFileSync } from 'node:fs';
      import { NEVER } from 'rxjs';
      const code = "const { pid } = require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' });" +
        "process.on('message', () => process.exit()); console.log(pid)";
      const child = childProcess(process.execPath, ['-e', code], { ipc: true });
      let sleeper;
      const state = () => {
        try {
          return readFileSync('/proc/' + sleeper + '/stat', 'latin1').split(' ')[2];
        } catch {
          return 'gone';
        }
      };
      child.run(NEVER, { force: new AbortController().signal }).subscribe({
        next: ({ line }) => {
          sleeper = line;
          process.setuid(65_534);
          console.log('pids', child.pid, sleeper);
          child.send('exit');
        },
        complete: () => console.log('ended, who was left is', state()),
      });`);
    const [leader, sleeper] = (await program.says(/pids (.*)\n/)).split(' ').map(Number);
    await eventually(() => ofProcess(leader!, 'stat') === '');
    expect(alive(sleeper!)).toBe(true);
    process.kill(sleeper!, 'SIGKILL');
    await program.ended();
    expect(program.output).toMatch(/ended, who was left is (Z|gone)\n/);
  });

  it('lets go of its id as soon as nobody is left, since that may be given to somebody else', async () => {
    const program = programOf(`
      import { spawn } from 'node:child_process';
      import { ProcessGroup } from ${JSON.stringify(pathToFileURL('lib/node/process-group.ts').href)};
      const held = () => process.listeners('exit').filter(({ name }) => name === 'killAll').length;
      const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
      const group = new ProcessGroup(child.pid);
      console.log('held', held());
      group.killed().subscribe({ complete: () => console.log('held', held()) });`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('held 1\nheld 0\n');
    await nobodyLeft(program);
  });

  it('is looked for together with all others that are waited for, however many', async () => {
    const program = programOf(`
      import { childProcess } from 'rxjs-supervisor/node';
      import { merge, Subject } from 'rxjs';
      import { setImmediate } from 'node:timers/promises';
      const dead = (pid) => {
        try {
          return !process.kill(pid, 0);
        } catch {
          return true;
        }
      };
      const asked = new Subject();
      const lives = Array.from({ length: 8 }, () => {
        const child = childProcess('sh', ['-c', '(trap "" TERM; echo up; exec sleep 1000) & wait']);
        const force = new AbortController();
        return { child, force, output$: child.run(asked, { force: force.signal }) };
      });
      let up = 0;
      merge(...lives.map(({ output$ }) => output$)).subscribe({
        next: async () => {
          if (++up < lives.length) return;
          asked.complete();
          while (!lives.every(({ child }) => dead(child.pid))) await setImmediate();
          await setImmediate();
          console.log('timers:', process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
          for (const { force } of lives) force.abort();
        },
        complete: () => console.log('ended'),
      });`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('timers: 1\nended\n');
    await nobodyLeft(program);
  });
});

describe('who watches over the children', () => {
  /** A program that starts a child for each line of its input, with its number, and ends one for each that begins with a minus. */
  const starter = () =>
    programOf(`
      import { createInterface } from 'node:readline';
      import { childProcess } from 'rxjs-supervisor/node';
      import { NEVER } from 'rxjs';
      const subscriptions = {};
      createInterface({ input: process.stdin }).on('line', (line) => {
        if (line.startsWith('-')) {
          subscriptions[line.slice(1)].unsubscribe();
          return console.log('ended', line);
        }
        const child = childProcess('sleep', ['1000']);
        subscriptions[line] = child.run(NEVER, { force: new AbortController().signal }).subscribe();
        console.log('started', line, child.pid);
      });`);
  const starts = async (program: Program, name: string) => {
    program.type(name);
    return Number(await program.says(/started \w+ (\d+)/));
  };

  it('is one for all, and goes with the last of them', async () => {
    const program = starter();
    expect(watchdogs(program)).toEqual([]);
    await starts(program, 'a');
    await starts(program, 'b');
    await eventually(() => watchdogs(program).length === 1);
    program.type('-a');
    await program.says(/ended/);
    expect(watchdogs(program)).toHaveLength(1);
    program.type('-b');
    await nobodyLeft(program);
    await starts(program, 'c');
    await eventually(() => watchdogs(program).length === 1);
    program.signal('SIGKILL');
    await nobodyLeft(program);
  });

  it('kills those who are left, and only those', async () => {
    const program = programOf(`
      import { spawn } from 'node:child_process';
      import { Watchdog } from ${JSON.stringify(pathToFileURL('lib/node/watchdog.ts').href)};
      const groups = [1, 2, 3, 4].map(() => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).pid);
      const watchdog = new Watchdog();
      groups.forEach((group) => watchdog.add(group));
      watchdog.delete(groups[0]);
      watchdog.delete(groups[2]);
      console.log('groups ' + groups);`);
    const groups = (await program.says(/groups (.*)\n/)).split(',').map(Number);
    expect(groups.map(alive)).toEqual([true, true, true, true]);
    program.signal('SIGKILL');
    await eventually(() => watchdogs(program).length === 0 && !alive(groups[1]!) && !alive(groups[3]!));
    expect(groups.map(alive)).toEqual([true, false, true, false]);
  });

  it('is replaced at once if somebody kills it', async () => {
    const program = starter();
    await starts(program, 'a');
    await eventually(() => watchdogs(program).length === 1);
    const [first] = watchdogs(program);
    process.kill(first!, 'SIGKILL');
    await eventually(() => watchdogs(program).length === 1 && watchdogs(program)[0] !== first);
    await starts(program, 'b');
    expect(program.processes()).toHaveLength(2);
    program.signal('SIGKILL');
    await nobodyLeft(program);
  });

  it('is not needed by a child that heeds the end of its channel', async () => {
    const program = programOf(`
      import { childProcess } from 'rxjs-supervisor/node';
      import { NEVER } from 'rxjs';
      const child = childProcess(process.execPath, ['-e', "process.on('disconnect', () => process.exit()); process.send('ready')"], {
        ready: 'message',
      });
      child.message$.subscribe((message) => console.log(message));
      child.run(NEVER, { force: new AbortController().signal }).subscribe();`);
    await program.says(/ready/);
    expect(program.processes()).toHaveLength(1);
    const [watchdog] = watchdogs(program);
    process.kill(watchdog!, 'SIGSTOP');
    program.signal('SIGKILL');
    await eventually(() => program.processes().length === 0);
    process.kill(watchdog!, 'SIGKILL');
  });

  it('keeps nobody from ending', async () => {
    const program = programOf(`
      import { childProcess } from 'rxjs-supervisor/node';
      import { NEVER } from 'rxjs';
      const handlers = () => console.log(process.listeners('exit').filter(({ name }) => name === 'killAll').length);
      const child = childProcess(process.execPath, ['-e', '']);
      child.run(NEVER, { force: new AbortController().signal }).subscribe({
        complete: handlers,
      });
      handlers();`);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('1\n0\n');
    await nobodyLeft(program);
  });
});
