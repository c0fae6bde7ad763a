import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** ms that a command may take, also on a busy machine. */
const LIMIT = 300_000;
const root = process.cwd();
const folders: string[] = [];
afterAll(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const makeFolder = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `rxjs-supervisor-${name}-`));
  folders.push(folder);
  return folder;
};

/** Runs a program in a folder, in an environment that is not this Jest's. Gives what it printed; throws if it failed. */
const run = async (folder: string, command: string, args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], CI: 'true', npm_config_loglevel: 'error' };
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: folder, env, timeout: LIMIT }).catch(
    (error: unknown) => {
      const { message, stdout } = error as { message: string; stdout: string };
      throw new Error(`${message}\n${stdout}`);
    },
  );
  return stdout + stderr;
};

/** The package as it would be published, built and packed from a copy of this repository. Gives the tarball's path. */
export async function packed(): Promise<string> {
  const folder = makeFolder('pack');
  for (const name of ['lib', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.cjs.json']) {
    cpSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const [{ filename }] = JSON.parse((await run(folder, 'npm', ['pack', '--json', '--silent'])).replace(/^[^[]*/, ''));
  return join(folder, filename as string);
}

/** A project somewhere else, which has the package installed from its tarball. */
export class Consumer {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `manifest`: its package.json. `files`: their texts by their names. `peers`: what else it has, from this repository. */
  static async install(
    tarball: string,
    manifest: object,
    files: Readonly<Record<string, string>>,
    peers: readonly string[] = ['rxjs'],
  ): Promise<Consumer> {
    const consumer = new Consumer(makeFolder('consumer'));
    consumer.write({ 'package.json': JSON.stringify(manifest), ...files });
    // Nothing is fetched: the package has no dependencies, and its peers are those that are here.
    await consumer.run('npm', 'install', tarball, '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund');
    for (const peer of peers) {
      const link = join(consumer.folder, 'node_modules', peer);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, 'node_modules', peer), link);
    }
    return consumer;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
  }

  run(command: string, ...args: readonly string[]): Promise<string> {
    return run(this.folder, command, args);
  }

  /** A file of this repository's node_modules, run by Node. */
  tool(path: string, ...args: readonly string[]): Promise<string> {
    return this.run(process.execPath, join(root, 'node_modules', path), ...args);
  }
}
