import { KeyedSubject } from '../lib/keyed-subject.ts';

describe('KeyedSubject', () => {
  it('tells each listener what is about its key', () => {
    const subject = new KeyedSubject<string, number>();
    const log: unknown[] = [];
    subject.of('a').subscribe((value) => log.push(['a', value]));
    subject.of('b').subscribe((value) => log.push(['b', value]));
    subject.of('a').subscribe((value) => log.push(['a again', value]));
    subject.next('a', 1);
    subject.next('c', 2);
    expect(log).toEqual([
      ['a', 1],
      ['a again', 1],
    ]);
  });

  it('tells the listeners of every key', () => {
    const subject = new KeyedSubject<string, number>();
    const log: unknown[] = [];
    subject.of('a').subscribe((value) => log.push(['a', value]));
    subject.of('b').subscribe((value) => log.push(['b', value]));
    subject.broadcast(1);
    expect(log).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('goes on for those who stay and those who come back', () => {
    const subject = new KeyedSubject<string, number>();
    const log: number[] = [];
    const first = subject.of('a').subscribe();
    const second = subject.of('a').subscribe((value) => log.push(value));
    first.unsubscribe();
    subject.next('a', 1);
    second.unsubscribe();
    subject.next('a', 2);
    subject.of('a').subscribe((value) => log.push(value));
    subject.next('a', 3);
    expect(log).toEqual([1, 3]);
  });

  it('takes a listener that comes as another goes, in the same call', () => {
    const subject = new KeyedSubject<string, number>();
    const log: number[] = [];
    const first = subject.of('a').subscribe(() => {
      first.unsubscribe();
      subject.of('a').subscribe((value) => log.push(value));
    });
    subject.next('a', 1);
    subject.next('a', 2);
    expect(log).toEqual([2]);
  });
});
