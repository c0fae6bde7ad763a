import { Subject } from 'rxjs';
import type { StatusRecord } from './apply-event.ts';
import { writeStatus } from './apply-event.ts';
import { Broadcast } from './broadcast.ts';
import type { LifecycleEvent, ProcessEvent } from './events.ts';
import { KeyedSubject } from './keyed-subject.ts';
import { Statuses } from './statuses.ts';
import type { Key } from './table.ts';

/** Where everything that a supervisor says comes out: events, statuses, and what processes emit. */
export class Hub<K extends Key, V> {
  readonly statuses: Statuses<K, V>;
  readonly #said = new Broadcast<LifecycleEvent<K, V>>();
  readonly events = this.#said.values;
  /** The events of one key, and `down`. */
  readonly keyed = new KeyedSubject<K, LifecycleEvent<K, V>>();
  // eslint-disable-next-line rxjs-x/no-exposed-subjects -- the hub is internal
  readonly outputs = new Subject<readonly [K, unknown]>();
  readonly keyedOutputs = new KeyedSubject<K, unknown>();

  constructor(records: ReadonlyMap<K, StatusRecord<K, V>>) {
    this.statuses = new Statuses(records);
  }

  /** Says what is about the supervisor, or about a row. */
  emit(event: Exclude<LifecycleEvent<K, V>, ProcessEvent<K, V>>): void {
    this.statuses.apply(event);
    this.#said.next(event);
    if (event.type === 'down') this.keyed.broadcast(event);
  }

  /** Says what is about a process, and writes it into its status. */
  say(record: StatusRecord<K, V>, event: ProcessEvent<K, V>): void {
    writeStatus(record, event);
    this.statuses.changed(record);
    this.#said.next(event);
    this.keyed.next(event.key, event);
  }

  output(key: K, value: unknown): void {
    this.keyedOutputs.next(key, value);
    if (this.outputs.observed) this.outputs.next([key, value]);
  }
}
