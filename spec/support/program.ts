import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { jest } from '@jest/globals';
import { eventually, kill, Mark, ofProcess } from './os.ts';

/** ms that an answer takes at most. */
const LIMIT = 100_000;
// A machine that is busy with other things starts programs slowly.
jest.setTimeout(LIMIT + 20_000);

const programs: Program[] = [];
afterEach(() => programs.splice(0).forEach((program) => program.kill()));

/** A program as a process of its own, with what it prints. */
export class Program {
  readonly child: ChildProcess;
  /** All that it has printed so far, stderr too. */
  output = '';
  /** How it ended: an exit code, or a signal. */
  end: number | NodeJS.Signals | undefined = undefined;
  /** Its processes inherit it, whatever becomes of their parents. */
  readonly #mark = new Mark();
  #told = 0;

  /** It leads a process group of its own, as what is started in a terminal does. */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(command, args, {
      env: { ...process.env, NODE_OPTIONS: '', ...env, ...this.#mark.variable },
      detached: true,
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.child.on('close', (code, signal) => (this.end = code ?? signal!));
    programs.push(this);
  }

  /** What it has printed since it was last told something. */
  get answer(): string {
    return this.output.slice(this.#told);
  }

  /** Types a line. */
  type(line: string): void {
    this.#told = this.output.length;
    this.child.stdin!.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#told = this.output.length;
    this.child.kill(signal);
  }

  /** A signal to all of its group, as a key of a terminal gives it. */
  key(signal: NodeJS.Signals): void {
    this.#told = this.output.length;
    kill(-this.child.pid!, signal);
  }

  /** Waits for a match in its answer, and gives the first group of it. */
  async says(pattern: RegExp): Promise<string> {
    const found = () => `${String(pattern)} in\n${this.answer}\nafter\n${this.output.slice(0, this.#told)}`;
    await eventually(
      () => {
        if (this.end !== undefined && !pattern.test(this.answer)) throw new Error(`It ended without ${found()}`);
        return pattern.test(this.answer);
      },
      found,
      LIMIT,
    );
    return pattern.exec(this.answer)?.[1] ?? '';
  }

  /** Waits for its end, and gives its exit code or signal. */
  async ended(): Promise<number | NodeJS.Signals> {
    await eventually(
      () => this.end !== undefined,
      () => `the end of\n${this.output}`,
      LIMIT,
    );
    return this.end!;
  }

  /**
   * The processes that the operating system knows to be its own, or its children's, without itself and what compiles
   * it. Linux only.
   */
  processes(): number[] {
    return this.#mark
      .processes()
      .filter((pid) => pid !== this.child.pid && !ofProcess(pid, 'cmdline').includes('esbuild'));
  }

  kill(): void {
    if (this.end === undefined) this.child.kill('SIGKILL');
    for (const pid of this.processes()) kill(pid, 'SIGKILL');
  }
}

/** What Node is told to run from the sources. */
const SOURCES = ['--conditions=rxjs-supervisor/source', '--import', 'tsx'];

/** A program of this repository, run from the sources. */
export function programFrom(file: string, ...args: readonly string[]): Program {
  return new Program(process.execPath, [...SOURCES, file, ...args]);
}

/** A program that is given as code. `within`: what runs the command that follows it. */
export function programOf(code: string, within: readonly string[] = []): Program {
  const [command, ...args] = [...within, process.execPath, ...SOURCES, '--input-type=module', '--eval', code];
  return new Program(command, args);
}
