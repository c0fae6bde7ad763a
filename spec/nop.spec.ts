import { Subject } from 'rxjs';
import { nop } from '../lib/nop.ts';
import { within } from './support/processes.ts';
import { lifeOf, marbles, runProcess } from './support/run-process.ts';

describe('nop', () => {
  it(
    'is ready at once and ends when it is asked',
    marbles(({ cold, expectObservable }) => {
      expectObservable(lifeOf(nop, { ask: cold('---x') })).toBe('R--|');
    }),
  );

  it('ends when it is forced', () => {
    expect(runProcess(nop).kill().log).toEqual(['ready', 'ended']);
  });

  it('errors with the error of running', () => {
    const running = new Subject<never>();
    const run = runProcess(within(nop, running));
    running.error('boom');
    expect(run.failure).toBe('boom');
  });
});
