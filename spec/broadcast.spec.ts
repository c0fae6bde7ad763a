import { jest } from '@jest/globals';
import type { Observer } from 'rxjs';
import { Broadcast } from '../lib/broadcast.ts';

/** Listens, and notes each value that is said to it: also what it no longer hears, since it has left. */
function listen(broadcast: Broadcast<number>) {
  const subscription = broadcast.values.subscribe();
  const next = jest.spyOn(subscription as unknown as Observer<number>, 'next');
  return { subscription, next };
}

describe('Broadcast', () => {
  it('lets go of who has left, and goes on telling the others', () => {
    const broadcast = new Broadcast<number>();
    const [leaves, stays] = [listen(broadcast), listen(broadcast)];
    broadcast.next(1);
    leaves.subscription.unsubscribe();
    broadcast.next(2);
    expect(leaves.next.mock.calls).toEqual([[1]]);
    expect(stays.next.mock.calls).toEqual([[1], [2]]);
  });
});
