import { jest } from '@jest/globals';
import { abortHandle, onAbort } from '../lib/abort.ts';

describe('onAbort', () => {
  it('calls the listener when the signal aborts', () => {
    const { signal, abort } = bound();
    const listener = jest.fn();
    onAbort(signal, listener);
    expect(listener).not.toHaveBeenCalled();
    abort();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('calls it now if the signal has aborted', () => {
    const { signal, abort } = bound();
    const listener = jest.fn();
    abort();
    onAbort(signal, listener)();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('returns what takes the listener away', () => {
    const { signal, abort } = bound();
    const listener = jest.fn();
    onAbort(signal, listener)();
    abort();
    expect(listener).not.toHaveBeenCalled();
  });
});

function bound() {
  const handle = abortHandle();
  return { signal: handle.signal, abort: () => handle.abort() };
}
