import type { Sighting, Verdict } from '../lib/judge.ts';
import { judge } from '../lib/judge.ts';
import type { ChangeReaction } from '../lib/policy.ts';
import type { ProcessState } from '../lib/status.ts';

const none = (): ChangeReaction => {
  throw new Error('nothing has to react');
};

describe('judge', () => {
  it.each<[ProcessState | undefined, Sighting, Verdict]>([
    [undefined, 'changed', 'start'],
    [undefined, 'absent', 'keep'],
    ['queued', 'same', 'keep'],
    ['queued', 'changed', 'note'],
    ['queued', 'absent', 'remove'],
    ['starting', 'same', 'keep'],
    ['starting', 'absent', 'stop'],
    ['running', 'same', 'keep'],
    ['running', 'absent', 'stop'],
    ['stopping', 'same', 'note'],
    ['stopping', 'changed', 'note'],
    ['stopping', 'absent', 'note'],
    ['stuck', 'same', 'note'],
    ['stuck', 'changed', 'note'],
    ['stuck', 'absent', 'note'],
    ...(['backoff', 'completed', 'given-up', 'held'] as const).flatMap((rest): [ProcessState, Sighting, Verdict][] => [
      [rest, 'same', 'keep'],
      [rest, 'changed', 'start'],
      [rest, 'absent', 'remove'],
    ]),
  ])('for a key that is %s and a row that is %s: %s', (state, sighting, verdict) => {
    expect(judge(state, sighting, none, false)).toBe(verdict);
  });

  it.each<['starting' | 'running', ChangeReaction, boolean, Verdict]>([
    ['starting', 'restart', false, 'restart'],
    ['starting', 'ignore', false, 'note'],
    ['starting', 'update', false, 'note'],
    ['running', 'restart', true, 'restart'],
    ['running', 'ignore', true, 'note'],
    ['running', 'update', true, 'update'],
    ['running', 'update', false, 'restart'],
  ])(
    'for a changed row of a key that is %s and reacts with %s (listens to rows: %s): %s',
    (state, reaction, listens, verdict) => {
      expect(judge(state, 'changed', () => reaction, listens)).toBe(verdict);
    },
  );
});
