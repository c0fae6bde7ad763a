import { eventually } from '../support/os.ts';
import { programOf } from '../support/program.ts';

/** A program that keeps two children, one of which has a child itself that ignores SIGTERM; then it does what it is told. */
const keeper = (then: string) =>
  programOf(`
    import { childProcess } from 'rxjs-supervisor/node';
    import { merge, NEVER } from 'rxjs';
    const node = (code) =>
      childProcess(process.execPath, ['-e', code]).run(NEVER, { force: new AbortController().signal });
    const LIVES = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log(process.pid);";
    const parent = LIVES + "require('child_process').spawn(process.execPath, ['-e', " + JSON.stringify(LIVES) +
      "], { stdio: 'inherit' });";
    let said = 0;
    merge(node(LIVES), node(parent)).subscribe(({ line }) => {
      console.log('pid ' + line);
      if (++said === 3) { ${then} }
    });`);

describe('the end of the own process', () => {
  it.each([
    ['an exit', 'process.exit(3)', 3],
    ['an error that nobody handles', `throw new Error('oops')`, 1],
    ['a rejection that nobody handles', `Promise.reject(new Error('oops'))`, 1],
  ])('by %s leaves no child', async (_, then, code) => {
    const program = keeper(then);
    expect(await program.ended()).toBe(code);
    expect(program.output.match(/pid/g)).toHaveLength(3);
    await eventually(() => program.processes().length === 0);
  });

  it('has nothing to do when every child has ended', async () => {
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
  });
});
