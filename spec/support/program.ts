import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { eventually, Mark, ofProcess } from './os.ts';

/** ms that an answer takes at most. */
const LIMIT = 100_000;

const programs: Program[] = [];
afterEach(() => programs.splice(0).forEach((program) => program.kill()));

/** A program of this repository as a process of its own, run from the sources, with what it prints. */
export class Program {
  readonly child: ChildProcess;
  /** All that it has printed so far, stderr too. */
  output = '';
  /** How it ended: an exit code, or a signal. */
  end: number | NodeJS.Signals | undefined = undefined;
  /** Its processes inherit it, whatever becomes of their parents. */
  readonly #mark = new Mark();
  #told = 0;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ['--conditions=rxjs-supervisor/source', '--import', 'tsx', ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...this.#mark.variable },
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
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has gone meanwhile.
      }
    }
  }
}

/** A program that is given as code. */
export function programOf(code: string): Program {
  return new Program('--input-type=module', '--eval', code);
}
