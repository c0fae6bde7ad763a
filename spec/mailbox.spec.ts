import { asyncScheduler } from 'rxjs';
import { Mailbox } from '../lib/mailbox.ts';

describe('Mailbox', () => {
  it('does a task before post returns', () => {
    const log: string[] = [];
    new Mailbox(asyncScheduler).post(() => log.push('done'));
    expect(log).toEqual(['done']);
  });

  it('lets what comes while it is busy wait for its turn, in the order in which it came', () => {
    const mailbox = new Mailbox(asyncScheduler);
    const log: string[] = [];
    mailbox.post(() => {
      mailbox.post(() => {
        log.push('b');
        mailbox.post(() => log.push('d'));
      });
      mailbox.post(() => log.push('c'));
      log.push('a');
    });
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does a chain of a hundred thousand tasks in order, without growing the stack', () => {
    const mailbox = new Mailbox(asyncScheduler);
    const log: number[] = [];
    const next = (i: number) => {
      log.push(i);
      if (i < 100_000) mailbox.post(() => next(i + 1));
    };
    mailbox.post(() => next(1));
    expect(log).toHaveLength(100_000);
    expect(log.every((i, index) => i === index + 1)).toBe(true);
  });

  it('does the others when one throws, and then throws what that did', () => {
    const mailbox = new Mailbox(asyncScheduler);
    const log: string[] = [];
    const first = () => {
      mailbox.post(() => {
        throw new Error('broken');
      });
      mailbox.post(() => log.push('other'));
    };
    expect(() => mailbox.post(first)).toThrow('broken');
    mailbox.post(() => log.push('next'));
    expect(log).toEqual(['other', 'next']);
  });

  it('has one time for each step: of its clock, when that is first asked for it', () => {
    let time = 0;
    const mailbox = new Mailbox({ now: () => ++time });
    const log: number[][] = [];
    mailbox.post(() => {
      log.push([mailbox.now, mailbox.now]);
      mailbox.post(() => log.push([mailbox.now, mailbox.now]));
      mailbox.step();
      log.push([mailbox.now, mailbox.now]);
    });
    expect(log).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});
