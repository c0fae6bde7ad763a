import type { LifecycleEvent, ProcessStatus } from 'rxjs-supervisor';
import { applyEvent } from 'rxjs-supervisor';
import { EventRules } from '../../lib/testing/event-rules.ts';

type Event = LifecycleEvent<string, number>;

/** What is said of events; `by`: the statuses that a supervisor gives after each, if not those that the events tell. */
const said = (events: readonly Partial<Event>[], by = applyEvent<string, number>): string[] => {
  const broken: string[] = [];
  const statuses = new Map<string, ProcessStatus<string, number>>();
  const rules = new EventRules<string, number>({ statuses: () => statuses }, (what) => broken.push(what));
  for (const event of events) {
    by(statuses, event as Event);
    rules.hear(event as Event);
  }
  return broken;
};

const of = (type: string, incarnation = 1, more = {}) =>
  ({ type, key: 'a', incarnation, value: 1, at: 0, attempt: 1, ...more }) as Partial<Event>;
const shutdown: Partial<Event> = { type: 'shutdown', at: 0 };
const down = (...keys: string[]): Partial<Event> => ({ type: 'down', at: 0, keys });
const stopped = of('stopped', 1, { cause: 'shutdown' });

describe('the rules for events', () => {
  it.each<[string, Partial<Event>[]]>([
    ['a life', [of('starting'), of('running'), of('updated'), of('stopping'), of('stopped'), of('removed')]],
    ['a failure and another try', [of('starting'), of('failed'), of('backoff'), of('backoff'), of('starting', 2)]],
    [
      'a place in the queue',
      [of('queued'), of('starting'), of('running'), of('completed'), of('backoff'), of('queued', 2)],
    ],
    ['a shutdown', [of('starting'), of('running'), shutdown, of('stopping'), stopped, down()]],
    ['a failure during a shutdown', [of('starting'), of('stopping'), shutdown, of('failed'), down()]],
    ['a run that ends while a key waits, and another', [of('queued'), shutdown, down(), of('starting', 2)]],
    ['what is stuck, and ends later', [of('starting'), of('stopping'), shutdown, of('stuck'), down('a'), stopped]],
    [
      'what is stuck, and ends in the next run',
      [of('starting'), of('stopping'), shutdown, of('stuck'), down('a'), of('stopped'), of('removed')],
    ],
    [
      'what is stuck, and is abandoned',
      [of('starting'), of('stopping'), shutdown, of('stuck'), down('a'), of('starting', 2)],
    ],
  ])('allow %s', (_, events) => {
    expect(said(events)).toEqual([]);
  });

  it.each<[string, Partial<Event>[], string]>([
    ['an event out of turn', [of('starting'), of('updated')], '"a" has updated after starting'],
    ['a second start', [of('starting'), of('starting', 2)], '"a" has starting after starting'],
    ['an end without a start', [of('completed')], '"a" has completed after none'],
    ['a start during a shutdown', [shutdown, of('starting')], '"a" has starting after none during a shutdown'],
    [
      'a backoff during a shutdown',
      [of('starting'), shutdown, of('failed'), of('backoff')],
      'after none during a shutdown',
    ],
    ['a read during a shutdown', [shutdown, { type: 'reconciled' }], 'there is a reconciled'],
    ['an incarnation that is used again', [of('starting'), of('failed'), of('starting')], 'starting of 1 after 1'],
    ['an incarnation that changes', [of('queued'), of('starting', 2)], 'starting of 2 after 1'],
    ['a start without an end', [of('starting'), shutdown, down()], 'at down "a" is starting'],
    [
      'something stuck that down leaves out',
      [of('starting'), of('stopping'), shutdown, of('stuck'), down()],
      '"a" is stuck',
    ],
    ['something that down says is stuck', [of('starting'), shutdown, of('failed'), down('a')], '"a" is none'],
  ])('see %s', (_, events, what) => {
    expect(said(events)).toContainEqual(expect.stringContaining(what));
  });

  it.each<[string, typeof applyEvent<string, number>, string]>([
    ['is missing', (statuses) => statuses, 'the status of "a" is none, and by the events starting'],
    ['is another', (statuses, e) => applyEvent(statuses, { ...e, at: 1 }), 'the status of "a" is starting'],
    [
      'is too many',
      (statuses, e) => applyEvent(applyEvent(statuses, e), { ...e, key: 'b' } as Event),
      'there are 2 statuses',
    ],
  ])('see when a status %s', (_, by, what) => {
    expect(said([of('starting')], by)).toEqual([expect.stringContaining(what)]);
  });
});
