import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { PostgresServer } from '../support/postgres-server.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
const program = `
  const { PostgresServer } = await import('${pathToFileURL('spec/support/postgres-server.ts').href}');
  const server = await PostgresServer.start();
  const { rows } = await server.query('show data_directory');
  console.log(JSON.stringify([server.config(), rows[0].data_directory]));
`;

describe('the server of a spec', () => {
  it('ends with the program that has started it, also when that is killed, and takes its data along', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await new Promise<string[]>((resolve) => {
      createInterface(child.stdout).once('line', (...found: string[]) => resolve(found));
    });
    const [config, directory] = JSON.parse(line!) as [ReturnType<PostgresServer['config']>, string];
    child.kill('SIGKILL');
    const refused = async () => {
      const client = new pg.Client(config);
      client.on('error', () => undefined);
      const found = await client.connect().catch((error: unknown) => (error as NodeJS.ErrnoException).code);
      await client.end();
      return found === 'ECONNREFUSED';
    };
    while (!(await refused())) await pause();
    while (existsSync(directory)) await pause();
  }, 120_000);
});
