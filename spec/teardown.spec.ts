import { finalize, NEVER, Subscription, UnsubscriptionError } from 'rxjs';
import { endOf, tornDown } from '../lib/teardown.ts';

const boom = new Error('boom');
const bang = new Error('bang');
const throwing = (error: unknown) => (): never => {
  throw error;
};

describe('endOf', () => {
  it('unsubscribes, and hands back nothing', () => {
    const subscription = NEVER.subscribe();
    expect(endOf(subscription)).toBeUndefined();
    expect(subscription.closed).toBe(true);
  });

  it('takes that there is nothing to unsubscribe', () => {
    expect(endOf(undefined)).toBeUndefined();
  });

  it('hands back what the teardown throws', () => {
    expect(endOf(NEVER.pipe(finalize(throwing(boom))).subscribe())).toEqual({ error: boom });
    expect(endOf({ unsubscribe: throwing(boom) })).toEqual({ error: boom });
  });

  it('hands back also that undefined was thrown', () => {
    expect(endOf({ unsubscribe: throwing(undefined) })).toEqual({ error: undefined });
  });

  it('runs every teardown, and hands back all that they throw', () => {
    const subscription = new Subscription();
    let ran = 0;
    for (const error of [boom, bang]) subscription.add(throwing(error));
    subscription.add(() => ran++);
    const thrown = endOf(subscription)?.error as UnsubscriptionError;
    expect(ran).toBe(1);
    expect(thrown).toBeInstanceOf(UnsubscriptionError);
    expect(thrown.errors).toEqual([boom, bang]);
  });
});

describe('tornDown', () => {
  /** What RxJS throws when teardowns throw. */
  const wrapped = (...errors: readonly unknown[]): unknown => {
    const subscription = new Subscription();
    for (const error of errors) subscription.add(throwing(error));
    try {
      subscription.unsubscribe();
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  };

  it('takes a single error out of what RxJS wraps it in, however often', () => {
    expect(wrapped(boom)).toBeInstanceOf(UnsubscriptionError);
    expect(tornDown(wrapped(boom))).toBe(boom);
    expect(tornDown(wrapped(wrapped(boom)))).toBe(boom);
  });

  it('leaves several errors as RxJS wraps them, and what it doesn’t wrap', () => {
    for (const error of [wrapped(boom, bang), boom, undefined]) expect(tornDown(error)).toBe(error);
  });
});
