import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { concat, defer, NEVER, Observable, of, startWith } from 'rxjs';
import type { Stoppable } from 'rxjs-supervisor/node';
import { runUntilSignal } from 'rxjs-supervisor/node';
import { alive, eventually, kill, ofProcess } from '../support/os.ts';
import type { Program } from '../support/program.ts';
import { programOf } from '../support/program.ts';

/** Jest hands no real signal to what runs in it, so here they are said; real ones are below. */
const SIGNALS = ['SIGUSR1', 'SIGUSR2'] as const;
const signal = (name: NodeJS.Signals) => process.emit(name);
const handlersGone = () => eventually(() => SIGNALS.every((name) => process.listenerCount(name) === 0));

function follow(supervisor: Stoppable<string>) {
  const said: string[] = [];
  const subscription = runUntilSignal(supervisor, ...SIGNALS).subscribe({
    next: (event) => said.push(event),
    error: (error: unknown) => said.push(String(error)),
    complete: () => said.push('complete'),
  });
  return { said, subscription };
}

describe('runUntilSignal', () => {
  it.each(SIGNALS)('completes `running` at the first signal, here %s', async (name) => {
    const { said } = follow({ run: (running) => concat(of('start'), running, of('stopped')) });
    expect(said).toEqual(['start']);
    signal(name);
    expect(said).toEqual(['start', 'stopped', 'complete']);
    await handlersGone();
  });

  it('forces at the second', async () => {
    const forced = (force: AbortSignal) =>
      new Observable<string>((subscriber) => {
        force.addEventListener('abort', () => (subscriber.next('forced'), subscriber.complete()));
      });
    const { said } = follow({
      run: (running, { force }) =>
        concat(
          running,
          defer(() => forced(force).pipe(startWith('stopping'))),
        ),
    });
    signal('SIGUSR1');
    expect(said).toEqual(['stopping']);
    while (!said.includes('complete')) {
      await setTimeout(100);
      signal('SIGUSR2');
    }
    expect(said).toEqual(['stopping', 'forced', 'complete']);
    await handlersGone();
  });

  it('takes a signal that comes twice at once as one, as a Ctrl-C under npm does', async () => {
    let aborted = 0;
    const { said, subscription } = follow({
      run: (running, { force }) => {
        force.addEventListener('abort', () => aborted++);
        return concat(running, of('stopping'), NEVER);
      },
    });
    signal('SIGUSR1');
    signal('SIGUSR1');
    expect(said).toEqual(['stopping']);
    expect(process.listenerCount('SIGUSR1')).toBe(1);
    expect(aborted).toBe(0);
    subscription.unsubscribe();
    await handlersGone();
  });

  it('remembers a signal that comes before `running` is subscribed to', () => {
    const { said } = follow({
      run: (running) =>
        concat(
          defer(() => (signal('SIGUSR1'), of('started'))),
          running,
          of('stopped'),
        ),
    });
    expect(said).toEqual(['started', 'stopped', 'complete']);
  });

  it('removes its handlers after an error, too', async () => {
    const { said } = follow({
      run: () => {
        throw new Error('no table');
      },
    });
    expect(said).toEqual(['Error: no table']);
    await handlersGone();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('handles %s when no signal is named', async (name) => {
    const program = programOf(`
      import { runUntilSignal } from 'rxjs-supervisor/node';
      import { concat, of, NEVER } from 'rxjs';
      const alive = setInterval(() => {}, 1e6);
      runUntilSignal({ run: (running) => concat(of('start'), running, of('stopped')) })
        .subscribe({ next: (event) => console.log(event), complete: () => clearInterval(alive) });`);
    await program.says(/start/);
    program.signal(name);
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('start\nstopped\n');
  });

  it('is not killed by a signal that comes again while it ends', async () => {
    const program = programOf(`
      import { runUntilSignal } from 'rxjs-supervisor/node';
      import { concat, of, NEVER } from 'rxjs';
      const alive = setInterval(() => {}, 1e6);
      runUntilSignal({ run: (running) => concat(of('start'), running) }).subscribe({
        next: (event) => console.log(event),
        complete: () => {
          clearInterval(alive);
          process.kill(process.pid, 'SIGINT');
          setTimeout(() => console.log('ended'), 50);
        },
      });`);
    await program.says(/start/);
    program.signal('SIGINT');
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('start\nended\n');
  });

  it('keeps nobody waiting after the end', async () => {
    const program = programOf(`
      import { runUntilSignal } from 'rxjs-supervisor/node';
      import { concat, of } from 'rxjs';
      const alive = setInterval(() => {}, 1e6);
      runUntilSignal({ run: (running) => concat(of('start'), running) }).subscribe({
        next: (event) => console.log(event),
        complete: () => {
          clearInterval(alive);
          // Of the timers those for which the process waits.
          setImmediate(() => console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')));
        },
      });`);
    await program.says(/start/);
    program.signal('SIGINT');
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('start\n[]\n');
  });

  it('stops a supervisor and its processes', async () => {
    const program = programOf(`
      import { childProcess, runUntilSignal } from 'rxjs-supervisor/node';
      import { MemoryTable, Supervisor } from 'rxjs-supervisor';
      const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('up', process.pid)";
      const supervisor = new Supervisor(new MemoryTable([['a', ''], ['b', '']]), {
        process: () => childProcess(process.execPath, ['-e', stubborn]),
        stopTimeout: 60_000,
      });
      supervisor.outputs.subscribe(([key, { line }]) => console.log(line));
      runUntilSignal(supervisor).subscribe(({ type, key, forced }) => console.log(type, key ?? '', forced ?? ''));`);
    await program.says(/up \d+[^]*up \d+/);
    const pids = program.processes();
    expect(pids.map(alive)).toEqual([true, true]);
    program.signal('SIGINT');
    await program.says(/stopping b/);
    expect(pids.map(alive)).toEqual([true, true]);
    while (!program.output.includes('stopped')) {
      program.signal('SIGINT');
      await setTimeout(100);
    }
    expect(await program.ended()).toBe(0);
    expect(program.output).toMatch(/(stopped [ab] true\n){2}down/);
    expect(program.processes()).toEqual([]);
  });

  /** A supervisor with a child that heeds no signal, in a program that says its events. */
  const STUBBORN = `
    import { childProcess, runUntilSignal } from 'rxjs-supervisor/node';
    import { MemoryTable, Supervisor } from 'rxjs-supervisor';
    const supervisor = new Supervisor(new MemoryTable([['a', 'trap "echo no" INT TERM; echo up; while :; do sleep 0.1; done']]), {
      process: (code) => childProcess('sh', ['-c', code]),
      stopTimeout: 600_000,
    });
    supervisor.outputs.subscribe(([, { line }]) => console.log('a says', line));
    runUntilSignal(supervisor).subscribe(({ type, forced }) => console.log(type, forced ?? ''));`;

  /** The first signal stops gracefully, also if it comes several times at once; the next one forces. */
  async function stopsAndForces(program: Program, signal: () => void) {
    await program.says(/a says up/);
    signal();
    await program.says(/stopping[^]*a says no/);
    expect(program.output).not.toContain('stopped');
    while (!program.output.includes('stopped true')) {
      signal();
      await setTimeout(100);
    }
    await program.ended();
    expect(program.output).toMatch(/stopped true\ndown/);
    await eventually(() => program.processes().length === 0);
  }

  describe('under npm', () => {
    const directory = mkdtempSync(join(tmpdir(), 'npm-start-'));
    afterAll(() => rmSync(directory, { recursive: true }));
    const start = join(directory, 'package.json');
    const npm = () => programOf(STUBBORN, ['npm', '--silent', '--prefix', directory, 'run', 'start', '--']);
    beforeAll(() => writeFileSync(start, JSON.stringify({ scripts: { start: `cd ${process.cwd()} && exec` } })));

    it('is stopped, and forced, by Ctrl-C', async () => {
      const program = npm();
      await stopsAndForces(program, () => program.key('SIGINT'));
    });

    it('is stopped, and forced, by a signal to npm', async () => {
      const program = npm();
      await stopsAndForces(program, () => program.signal('SIGTERM'));
    });
  });

  const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const inNamespace = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0 ? it : it.skip;

  inNamespace('works as PID 1 of a container', async () => {
    const program = programOf(`console.log('pid', process.pid); ${STUBBORN}`, UNSHARE);
    const inits = () => program.processes().filter((pid) => /^NSpid:\t\d+\t1$/m.test(ofProcess(pid, 'status')));
    await program.says(/^pid 1\n/);
    await stopsAndForces(program, () => inits().forEach((pid) => kill(pid, 'SIGTERM')));
    expect(program.end).toBe(0);
  });
});
