import type { ChildProcessOptions } from 'rxjs-supervisor/node';
import { NoChannelError } from 'rxjs-supervisor/node';
import { CHILD, LIVES, script } from '../support/child.ts';
import { alive, eventually } from '../support/os.ts';

const ECHO = `process.on('message', (message) => process.send(message)); process.send('up');`;

/** A script that talks, and all that it has sent. */
async function talk(code: string, options?: ChildProcessOptions) {
  const messages: unknown[] = [];
  const child = script(code, { ipc: true, ...options });
  child.child.message$.subscribe((message) => messages.push(message));
  await eventually(() => messages.includes('up'));
  return Object.assign(child, { messages });
}

describe('the channel of a childProcess', () => {
  it('carries messages both ways', async () => {
    const child = await talk(ECHO);
    child.child.send({ a: [1], when: new Date(0) });
    await eventually(() => child.messages.length === 2);
    expect(child.messages[1]).toEqual({ a: [1], when: '1970-01-01T00:00:00.000Z' });
  });

  it('carries structures when it is an advanced one', async () => {
    const child = await talk(ECHO, { ipc: 'advanced' });
    child.child.send(new Map([[1n, new Date(0)]]));
    await eventually(() => child.messages.length === 2);
    expect(child.messages[1]).toEqual(new Map([[1n, new Date(0)]]));
  });

  it('takes nothing when there is none, or when it is closed', async () => {
    const silent = script(LIVES);
    await eventually(() => silent.ready);
    expect(() => silent.child.send('x')).toThrow(NoChannelError);
    expect(() => silent.child.send('x')).toThrow(/can't be sent, since ".*node" doesn't take any now. Set `ipc`/);

    const child = await talk(ECHO);
    child.force();
    await child.ended();
    expect(() => child.child.send('x')).toThrow(NoChannelError);
  });

  it('gives every message, also those just before the exit', async () => {
    const child = await talk(
      `process.send('up'); for (let i = 0; i < 1000; i++) process.send(i);
      process.send('last', () => process.exit())`,
    );
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.messages).toHaveLength(1_002);
  });
});

describe('a childProcess with a stopMessage', () => {
  it('is asked by that, and not by a signal', async () => {
    const child = await talk(
      `process.on('SIGTERM', () => console.log('SIGTERM'));
      process.on('message', (message) => { console.log(message.type); process.disconnect(); }); process.send('up');`,
      { stopMessage: { type: 'shutdown' } },
    );
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['shutdown']);
  });

  it('has its children asked by the signal when it has gone', async () => {
    const child = await talk(
      `require('child_process').spawn(process.execPath, ['-e',
        "process.on('SIGTERM', () => { console.log('asked'); process.exit() }); console.log('open'); ${LIVES}"],
        { stdio: 'inherit' });
      process.on('message', () => process.exit()); process.send('up')`,
      { stopMessage: 'stop' },
    );
    await eventually(() => child.said().includes('open'));
    child.ask();
    await child.ended();
    expect(child.end).toBe('completed');
    expect(child.said()).toEqual(['open', 'asked']);
  });

  it('is asked by the signal when it has closed its channel', async () => {
    const child = await talk(
      `process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(); }); process.send('up');
      process.send('bye', () => process.disconnect()); process.on('disconnect', () => console.log('alone')); ${LIVES}`,
      { stopMessage: 'stop' },
    );
    await eventually(() => child.said().includes('alone'));
    child.ask();
    await child.ended();
    expect(child.said()).toEqual(['alone', 'SIGTERM']);
  });

  it('is killed when it takes no notice, with all its children', async () => {
    const child = await talk(`${CHILD} process.on('message', () => process.send('no')); process.send('up')`, {
      stopMessage: 'stop',
    });
    await eventually(() => child.said().length === 1);
    child.ask();
    await eventually(() => child.messages.includes('no'));
    expect(child.end).toBe('alive');
    child.force();
    await child.ended();
    expect([child.pid, Number(child.said()[0])].map(alive)).toEqual([false, false]);
  });
});
