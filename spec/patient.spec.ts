import { EMPTY, finalize, from, fromEvent, merge, NEVER, takeUntil } from 'rxjs';
import type { Process, Runnable } from '../lib/index.ts';
import { MemoryTable, patient, Supervisor } from '../lib/index.ts';
import { isPatient } from '../lib/patient.ts';
import { expectLanes } from '../lib/testing/index.ts';
import { marbles } from './support/run-process.ts';
import { at, resource, stubborn } from './support/supervised.ts';

const one = (value = 1) => new MemoryTable([['a', value]]);
const over = (process: Process) => new MemoryTable([['inner', process]]);

describe('a process that is patient', () => {
  it('is one that says so, such as a Supervisor', () => {
    expect(isPatient(new Supervisor(one(), { process: () => NEVER }))).toBe(true);
    expect(isPatient({ [patient]: true })).toBe(true);
    expect(isPatient({ [Symbol.for('rxjs-supervisor/patient')]: true })).toBe(true);
    for (const process of [undefined, null, 1, {}, { [patient]: false }, NEVER]) expect(isPatient(process)).toBe(false);
  });

  it(
    'has Infinity for its graceful time, whoever made it',
    marbles(({ cold }) => {
      const slow = { [patient]: true, ...resource(EMPTY, cold('120m |')) };
      expectLanes(new Supervisor(over(slow)).run(cold('1m |'))).toBe({ inner: '0 SR  1m G  121m E  3h' });
    }),
  );

  it(
    'has Infinity for its end after force, and is never stuck',
    marbles(({ cold }) => {
      const slow = { [patient]: true, ...stubborn(cold('120m |')) };
      expectLanes(new Supervisor(over(slow), { stopTimeout: 0 }).run(cold('1m |'))).toBe({ inner: '0 SR  1m G  2h E' });
    }),
  );

  it(
    'is forced, and stuck, in the time that a policy gives it',
    marbles(({ cold }) => {
      const slow = { [patient]: true, ...stubborn(NEVER) };
      const timeouts = { stopTimeout: 2_000, killTimeout: 3_000 };
      expectLanes(new Supervisor(over(slow), timeouts).run(cold('1s |'))).toBe({ inner: '0 SR  1s G  6s K  1h' });
      expectLanes(new Supervisor(over(slow), { policy: () => timeouts }).run(cold('1s |'))).toBe({
        inner: '0 SR  1s G  6s K  1h',
      });
    }),
  );
});

describe('a nested supervisor', () => {
  it(
    'is waited for until its own children have ended, however long their timeouts are',
    marbles(({ cold }) => {
      const timeouts = { stopTimeout: 600_000, killTimeout: 600_000 };
      const inner = new Supervisor(one(), { process: () => stubborn(NEVER), ...timeouts });
      expectLanes(inner.events).toBe({ a: '0 SR  1m G  21m K  2h' });
      expectLanes(new Supervisor(over(inner)).run(cold('1m |'))).toBe({ inner: '0 SR  1m G  21m E  2h' });
    }),
  );

  it(
    'is waited for when its row changes: the next one starts only when the first is down',
    marbles(({ cold }) => {
      const table = one();
      const options = { process: () => resource(EMPTY, cold('60s |')), stopTimeout: 120_000 };
      const make = (row: number) => new Supervisor(one(row), options);
      at(1_000, () => table.set('a', 2));
      expectLanes(new Supervisor(table, { process: make }).run()).toBe({ a: '0 SR  1s G  61s ESR  2m' });
    }),
  );
});

describe('three levels of supervisors', () => {
  /** A tree of four processes in three supervisors, and what each is told. */
  function tree(leaf: Runnable) {
    const log: string[] = [];
    const told = (name: string, process: Runnable): Runnable => ({
      run: (running, context) => {
        context.stop$.subscribe(() => log.push(`${name} asked`));
        context.force.addEventListener('abort', () => log.push(`${name} forced`));
        return from(process.run(running, context)).pipe(finalize(() => log.push(`${name} gone`)));
      },
    });
    const level = (name: string, child: Runnable): Runnable =>
      told(name, new Supervisor(new MemoryTable([['child', child]])));
    const processes = new MemoryTable([['outer', level('outer', level('middle', told('leaf', leaf)))]]);
    const supervisor = new Supervisor(processes, { stopTimeout: Infinity, killTimeout: Infinity });
    return { supervisor, log };
  }
  const asked = ['outer asked', 'middle asked', 'leaf asked'];
  const forced = ['outer forced', 'middle forced', 'leaf forced'];
  const gone = ['leaf gone', 'middle gone', 'outer gone'];

  it(
    'are asked from the outside in, and have ended from the inside out',
    marbles(({ cold, flush }) => {
      const { supervisor, log } = tree(resource(EMPTY, cold('3s |')));
      supervisor.run(cold('1s |')).subscribe();
      at(1_001, () => expect(log).toEqual(asked));
      flush();
      expect(log).toEqual([...asked, ...gone]);
    }),
  );

  it(
    'are all asked before one of them is forced, and forced from the outside in',
    marbles(({ cold, flush }) => {
      const { supervisor, log } = tree(stubborn(cold('3s |')));
      const force = new AbortController();
      supervisor.run(NEVER, { force: force.signal }).subscribe();
      at(1_000, () => {
        force.abort();
        expect(log).toEqual([...asked, ...forced]);
      });
      flush();
      expect(log).toEqual([...asked, ...forced, ...gone]);
    }),
  );

  it(
    'are asked, then forced, then gone in the frame in which the outermost run is unsubscribed',
    marbles(({ flush }) => {
      const { supervisor, log } = tree({
        run: (running, { force }) => merge(running, NEVER).pipe(takeUntil(fromEvent(force, 'abort'))),
      });
      const subscription = supervisor.run().subscribe();
      at(1_000, () => {
        subscription.unsubscribe();
        expect(log.filter((said) => asked.includes(said))).toEqual(asked);
        expect(log.filter((said) => forced.includes(said))).toEqual(forced);
        expect(log.indexOf('leaf asked')).toBeLessThan(log.indexOf('leaf forced'));
        expect(log.slice(6)).toEqual(gone);
      });
      flush();
    }),
  );
});
