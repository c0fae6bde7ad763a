import { Observable, Subject } from 'rxjs';
import type { Process, ProcessContext, Runnable } from 'rxjs-supervisor';
import { Supervisor, MemoryTable } from 'rxjs-supervisor';
import { isPatient } from '../../lib/patient.ts';
import { Census } from '../../lib/testing/census.ts';
import { deferred, turn } from '../support/deferred.ts';

const context = (incarnation: number) => ({ key: 'a', incarnation }) as ProcessContext<string, never>;

const census = () => {
  const broken: string[] = [];
  const counting = new Census<string>((what) => broken.push(what));
  return {
    broken,
    count: <P extends Process>(process: P, incarnation = 1) => counting.count(process, context(incarnation)) as P,
    living: () => [...counting.living('a')],
  };
};

describe('the census', () => {
  it('counts an Observable until its own teardown has run', () => {
    const { count, living } = census();
    const seen: number[][] = [];
    const process = count(new Observable(() => () => seen.push(living())));
    expect(living()).toEqual([]);
    const subscription = process.subscribe();
    expect(living()).toEqual([1]);
    subscription.unsubscribe();
    expect([seen, living()]).toEqual([[[1]], []]);
  });

  it('counts a Runnable, which stays what it is', () => {
    const { count, living } = census();
    const end = new Subject<void>();
    class Own implements Runnable {
      readonly #name = 'own';
      run = () => end;
      name = () => this.#name;
    }
    const process = count(new Own());
    expect([process.name(), process instanceof Own]).toEqual(['own', true]);
    new Observable((subscriber) => (process.run() as Observable<void>).subscribe(subscriber)).subscribe();
    expect(living()).toEqual([1]);
    end.complete();
    expect(living()).toEqual([]);
    expect(isPatient(count(new Supervisor(new MemoryTable<string, Own>())))).toBe(true);
  });

  it('counts a Promise until it has settled', async () => {
    const { count, living } = census();
    const { promise, reject } = deferred();
    const process = count(promise);
    expect(living()).toEqual([1]);
    reject(new Error());
    await process.catch(() => undefined);
    expect(living()).toEqual([]);
  });

  it('counts an async iterable until it is done, or has been returned', async () => {
    const { count, living } = census();
    async function* generate() {
      yield 1;
    }
    for await (const _ of count(generate())) expect(living()).toEqual([1]);
    expect(living()).toEqual([]);
    const iterator = count(generate(), 2)[Symbol.asyncIterator]();
    await iterator.next();
    expect(living()).toEqual([2]);
    await iterator.return();
    await turn();
    expect(living()).toEqual([]);
  });

  it('leaves an array as it is', () => {
    const { count } = census();
    const process = [1];
    expect(count(process)).toBe(process);
  });

  it('sees two of one key', () => {
    const { count, broken } = census();
    count(new Observable(() => undefined)).subscribe();
    expect(broken).toEqual([]);
    count(new Observable(() => undefined), 2).subscribe();
    expect(broken).toEqual(['incarnation 2 begins while 1 lives']);
  });
});
