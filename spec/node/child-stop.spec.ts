import { CHILD, LIVES, run, script } from '../support/child.ts';
import { alive, eventually } from '../support/os.ts';

describe('stopping a childProcess', () => {
  it('sends SIGTERM and waits for the end', async () => {
    const child =
      script(`process.on('SIGTERM', () => { console.log('closing'); process.exitCode = 5; clearInterval(i) });
      const i = setInterval(() => {}, 1e6); console.log('open')`);
    await eventually(() => child.said().length === 1);
    child.ask();
    expect(child.end).toBe('alive');
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['open', 'closing']);
    expect(alive(child.pid)).toBe(false);
  });

  it('sends the signal that is asked for', async () => {
    const child = script(
      `process.on('SIGINT', () => { console.log('SIGINT'); process.exit() }); console.log('open'); ${LIVES}`,
      { stopSignal: 'SIGINT' },
    );
    await eventually(() => child.said().length === 1);
    child.ask();
    await child.ended();
    expect(child.said()).toEqual(['open', 'SIGINT']);
  });

  it('lets its children close gracefully too', async () => {
    const child = run('sh', [
      '-c',
      `"${process.execPath}" -e "process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit() }, 300));
        console.log('open'); ${LIVES}" & wait`,
    ]);
    await eventually(() => child.said().length === 1);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['open', 'closed']);
  });

  it('stops, when it was asked before it was spawned', async () => {
    const child = script(LIVES);
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(child.pid)).toBe(false);
  });

  it('kills by force the one who ignores the signal, and all its children', async () => {
    const child = script(`process.on('SIGTERM', () => console.log('no')); ${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.ask();
    await eventually(() => child.said().length === 2);
    expect(child.end).toBe('alive');
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect([child.pid, Number(child.said()[0])].map(alive)).toEqual([false, false]);
  });

  it('kills by force the children that outlive it', async () => {
    const child = script(`${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.ask();
    await eventually(() => !alive(child.pid));
    expect(child.end).toBe('alive');
    expect(alive(Number(child.said()[0]))).toBe(true);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(Number(child.said()[0]))).toBe(false);
  });

  it('kills by force without being asked', async () => {
    const child = script(LIVES);
    child.force();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(alive(child.pid)).toBe(false);
  });

  it('kills all of the group when it is unsubscribed', async () => {
    const child = script(`${CHILD} ${LIVES}`);
    await eventually(() => child.said().length === 1);
    child.unsubscribe();
    await eventually(() => ![child.pid, Number(child.said()[0])].some(alive));
  });

  it('takes no notice of an unsubscription before the start has failed', async () => {
    run('no-such-command').unsubscribe();
    await script('').ended();
  });
});
