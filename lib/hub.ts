import { Subject } from 'rxjs';
import { applyEvent, statusAfter } from './apply-event.ts';
import type { LifecycleEvent, ProcessEvent } from './events.ts';
import { KeyedSubject } from './keyed-subject.ts';
import type { ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/** Where everything that a supervisor says comes out: events, statuses, and what processes emit. */
export class Hub<K extends Key, V> {
  readonly statuses = new Map<K, ProcessStatus<K, V>>();
  // eslint-disable-next-line rxjs-x/no-exposed-subjects -- the hub is internal
  readonly events = new Subject<LifecycleEvent<K, V>>();
  /** The events of one key, and `down`. */
  readonly keyed = new KeyedSubject<K, LifecycleEvent<K, V>>();
  // eslint-disable-next-line rxjs-x/no-exposed-subjects -- the hub is internal
  readonly outputs = new Subject<readonly [K, unknown]>();
  readonly keyedOutputs = new KeyedSubject<K, unknown>();

  /** Says what is about the supervisor, or about a row. */
  emit(event: Exclude<LifecycleEvent<K, V>, ProcessEvent<K, V>>): void {
    applyEvent(this.statuses, event);
    this.events.next(event);
    if (event.type === 'down') this.keyed.broadcast(event);
  }

  /** Says what is about a process. Its slot keeps the status too: a look-up less for each event. */
  say(slot: { status: ProcessStatus<K, V> | undefined }, event: ProcessEvent<K, V>): void {
    const was = slot.status;
    const status = (slot.status = statusAfter(was, event));
    if (status === undefined) this.statuses.delete(event.key);
    else if (status !== was) this.statuses.set(event.key, status);
    this.events.next(event);
    this.keyed.next(event.key, event);
  }

  output(key: K, value: unknown): void {
    this.keyedOutputs.next(key, value);
    if (this.outputs.observed) this.outputs.next([key, value]);
  }
}
