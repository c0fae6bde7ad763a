import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { alive, eventually } from '../support/os.ts';
import type { Program } from '../support/program.ts';
import { programFrom } from '../support/program.ts';

/** A start takes seconds, for the database alone; more on a machine that is busy with other specs. */
const LIMIT = 180_000;

const MAIN = 'examples/service-manager/main.ts';
const directory = mkdtempSync(join(tmpdir(), 'service-manager-'));
const fresh = join(directory, 'fresh');
let folders = 0;

/** Making a database takes much longer than opening one, so it is made once. */
beforeAll(async () => {
  const program = await startIn('--data', fresh);
  program.type('\\q');
  expect(await program.ended()).toBe(0);
}, LIMIT);
afterAll(() => rmSync(directory, { recursive: true }));

/** The program of `npm start`, once it takes SQL; by then the services of a new database are starting. */
async function startIn(...args: string[]) {
  const program = programFrom(MAIN, ...args);
  await program.says(/ready +what is in the table has been started/);
  return program;
}

/** The folder of a database that has just been made. */
function folder(): string {
  const path = join(directory, String(++folders));
  cpSync(fresh, path, { recursive: true });
  return path;
}
const start = () => startIn('--data', folder());

/** A script in Node as an array of arguments in SQL. */
const node = (script: string) => `'node', array['-e', $$${script.replaceAll(/\n\s*/g, ' ')}$$]`;
const LIVES = 'setInterval(() => {}, 1e6);';
const STUBBORN = `process.on('SIGTERM', () => {}); ${LIVES}`;

/** Starts a service that says that it is up, and gives its pid. */
async function insert(program: Program, name: string, script = LIVES): Promise<number> {
  program.type(
    `insert into services (name, command, args) values ('${name}', ${node(`${script} console.log('up');`)})`,
  );
  await program.says(new RegExp(`${name} +\\| up`));
  return pidOf(program, name);
}
async function pidOf(program: Program, name: string): Promise<number> {
  return Number(await program.says(new RegExp(`${name} +running +pid (\\d+)`)));
}

const fetched = (url: string) =>
  new Promise<string>((resolve, reject) =>
    get(url, (response) => response.setEncoding('utf8').on('data', resolve)).on('error', reject),
  );

describe('the service manager', () => {
  it(
    'starts with three services to look at',
    async () => {
      const program = await start();
      const pids = [await pidOf(program, 'clock'), await pidOf(program, 'web')];
      expect(pids.map(alive)).toEqual([true, true]);
      await program.says(/clock +\| It is /);
      expect(await fetched(await program.says(/web +\| (http\S+)/))).toBe('Hello from a row\n');
      await program.says(/flaky +! Out of luck/);
      await program.says(/flaky +failed +exited with code 1/);
      await program.says(/flaky +backoff +next try in/);
      await program.says(/flaky +starting +it has ended, try 2/);

      program.type('select name, command, enabled from services order by name;');
      await program.says(
        /^name +command +enabled\n-+ +-+ +-+\nclock +node +true\nflaky +node +true\nweb +node +true\n\(3 rows\)\n/m,
      );

      program.signal('SIGTERM');
      expect(await program.ended()).toBe(0);
      expect(program.answer).toMatch(/shutdown[^]*clock +stopped[^]*down +nothing runs any more\n$/);
      expect(program.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'runs what the rows say, whatever is wrong with some of them',
    async () => {
      const program = await start();
      program.type('delete from services');
      await eventually(() => program.processes().length === 0);

      const first = await insert(program, 'worker');
      expect(program.processes()).toEqual([first]);

      program.type(
        `update services set env = '{"GREETING": "hello"}', args = array['-e', $$${LIVES} console.log(process.env.GREETING)$$]`,
      );
      await program.says(/worker +\| hello/);
      await program.says(/worker +stopped[^]*worker +starting +its row has changed/);
      const second = await pidOf(program, 'worker');
      expect(second).not.toBe(first);
      expect(program.processes()).toEqual([second]);

      program.type(`update services set cwd = '/no/such/directory'`);
      await program.says(
        /worker +failed +"node" can't be started: its directory "\/no\/such\/directory" doesn't exist/,
      );
      program.type(`update services set cwd = null, restart = 'sometimes'`);
      await program.says(/worker +failed +restart must be one of always, on-failure, never, but is "sometimes"/);
      program.type(`update services set restart = 'always'`);
      const third = await pidOf(program, 'worker');

      program.type(`insert into services (name, command) values ('nope', 'no-such-command')`);
      await program.says(/nope +failed +"no-such-command" can't be started: there is no such command/);
      await program.says(/nope +backoff +next try in/);
      program.type(
        `insert into services (name, command, env) values ('env', 'sleep', '["A"]'), ('value', 'sleep', '{"A": {}}')`,
      );
      await program.says(
        /env +failed +env must be a JSON object such as {"PORT": "8080"}, but is an array\n[^]*env +backoff/,
      );
      await program.says(/value +failed +env must hold texts, but A is an object\n[^]*value +backoff/);
      program.type(`insert into services (name, command, restart) values ('policy', 'sleep', 'sometimes')`);
      await program.says(
        /policy +failed +restart must be one of always, on-failure, never, but is "sometimes"[^]*policy +backoff/,
      );
      program.type(`update services set restart = 'on-failure', command = 'true' where name = 'policy'`);
      await program.says(/policy +completed/);

      program.type(`insert into services (name, command) values ('', 'sleep')`);
      await program.says(/ERROR: .* violates check constraint "a_service_has_a_name"/);
      program.type(
        `insert into services (name, command) values ('half', 'sleep'); insert into services (name) values ('done')`,
      );
      await program.says(/ERROR: null value in column "command"/);
      program.type('selec nothing');
      await program.says(/ERROR: syntax error at or near "selec"/);
      program.type('\\h');
      await program.says(/The rows of the table services are what runs/);
      program.type(`select name from services order by name`);
      await program.says(/env\nnope\npolicy\nvalue\nworker\n\(5 rows\)/);

      expect(program.processes()).toEqual([third]);
      program.type('select 1 as one');
      process.kill(third, 'SIGKILL');
      await program.says(/worker +failed +was killed by SIGKILL/);
      await program.says(/worker +starting +it has ended, try \d+\n[^]*worker +\| hello/);
      expect(program.processes()).toEqual([await pidOf(program, 'worker')]);

      program.type(`update services set enabled = false where name = 'worker'`);
      await program.says(/worker +stopping +its row is gone or disabled[^]*worker +removed/);
      expect(program.processes()).toEqual([]);
      program.type(`update services set enabled = true where name = 'worker'`);
      const fifth = await pidOf(program, 'worker');
      program.type(`delete from services`);
      await program.says(/worker +removed/);
      expect(alive(fifth)).toBe(false);

      program.type('\\q');
      expect(await program.ended()).toBe(0);
      expect(program.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'starts and stops a service as its row says, and shows how all of them are',
    async () => {
      const program = await start();
      const script = `process.on('SIGINT', () => { console.log('closing'); process.exit() });
        process.on('SIGUSR2', () => console.log('open at 1')); console.log('up'); ${LIVES}`;
      program.type(
        `insert into services (name, command, args, ready, stop) values ('late', ${node(script)}, '/open at \\d/', 'SIGINT')`,
      );
      await program.says(/late +\| up/);
      program.type('\\services');
      const pid = Number(await program.says(/^late +starting +(\d+) +0\n/m));
      expect(program.answer).not.toMatch(/late +running/);
      process.kill(pid, 'SIGUSR2');
      await program.says(/late +running +pid/);
      program.type(`update services set enabled = false where name = 'web'`);
      await program.says(/web +removed/);
      program.type('\\services');
      await program.says(/\(4 services\)/);
      expect(program.answer).toMatch(
        new RegExp(
          '^name +state +pid +uptime +restarts +next try +last error\\n[- ]+\\n' +
            'clock +running +\\d+ +[0-9.]+ m?s +0\\n' +
            `flaky +[^]*\nlate +running +${pid} +[0-9.]+ m?s +0\nweb +disabled\n`,
          'm',
        ),
      );
      // It may be tried again just then.
      do {
        program.type('\\services');
        await program.says(/\(4 services\)/);
      } while (!/^flaky +backoff +\d+ +in [0-9.]+ m?s +exited with code 1$/m.test(program.answer));

      program.type(`update services set stop = 'SIGFOO' where name = 'late'`);
      await program.says(/late +\| closing[^]*late +stopped +after [0-9.]+ m?s\n/);
      await program.says(/late +failed +stop must be the name of a signal such as SIGTERM, but is "SIGFOO"/);
      program.type(`update services set stop = 'SIGTERM', ready = 'soon' where name = 'late'`);
      await program.says(/late +failed +ready must be null, \/a line that matches\/, :port or message, but is "soon"/);
      program.type(`update services set ready = '/(/' where name = 'late'`);
      await program.says(/late +failed +Invalid regular expression/);

      program.type('alter table services rename to elsewhere');
      await program.says(/ALTER/);
      program.type('\\services');
      await program.says(/ERROR: relation "services" does not exist/);
      program.type('\\q');
      expect(await program.ended()).toBe(0);
      expect(program.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'runs the same rows again when it is started again, and lets nobody else at them meanwhile',
    async () => {
      const data = folder();
      const program = await startIn('--data', data);
      program.type(`delete from services where name <> 'clock'`);
      await insert(program, 'kept');

      const other = programFrom(MAIN, '--data', data);
      expect(await other.ended()).toBe(1);
      expect(other.output).toContain(`${data} is in use by process ${String(program.child.pid)}.`);

      program.signal('SIGINT');
      expect(await program.ended()).toBe(0);
      expect(program.processes()).toEqual([]);

      const again = await startIn('--data', data);
      const pids = [await pidOf(again, 'clock'), await pidOf(again, 'kept')];
      expect(again.processes().sort()).toEqual(pids.sort());
      expect(again.output).not.toMatch(/web|flaky +starting/);
      again.signal('SIGTERM');
      expect(await again.ended()).toBe(0);
      expect(again.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'goes on without input, and is stopped with the children of its services',
    async () => {
      const program = await start();
      const service = await insert(
        program,
        'parent',
        `require('child_process').spawn(process.execPath, ['-e', "${LIVES}"]); ${LIVES}`,
      );
      program.child.stdin!.end();
      await program.says(/clock +\| It is [^]*clock +\| It is /);
      await eventually(
        () => program.processes().length >= 4,
        () => program.output,
      );
      expect(alive(service)).toBe(true);
      program.signal('SIGINT');
      expect(await program.ended()).toBe(0);
      expect(program.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'kills at the second Ctrl-C',
    async () => {
      const program = await start();
      const service = await insert(program, 'stubborn', STUBBORN);
      program.signal('SIGINT');
      await program.says(/clock +stopped/);
      expect(alive(service)).toBe(true);
      while (!/stubborn +stopped/.test(program.output)) {
        program.signal('SIGINT');
        await setTimeout(100);
      }
      expect(program.output).toMatch(/stubborn +stopped +after .*, by force/);
      expect(await program.ended()).toBe(0);
      expect(program.processes()).toEqual([]);
    },
    LIMIT,
  );

  it(
    'says what is wrong with its options',
    async () => {
      const program = programFrom(MAIN, '--dta', directory);
      expect(await program.ended()).toBe(2);
      expect(program.output).toContain(`Unknown option '--dta'`);
    },
    LIMIT,
  );
});
