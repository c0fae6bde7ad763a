import { Subject } from 'rxjs';
import type { StatusRecord } from './apply-event.ts';
import { applyEvent, keepStatus, writeStatus } from './apply-event.ts';
import { Broadcast } from './broadcast.ts';
import type { LifecycleEvent, ProcessEvent } from './events.ts';
import { KeyedSubject } from './keyed-subject.ts';
import type { ProcessStatus } from './status.ts';
import type { Key } from './table.ts';

/** Where everything that a supervisor says comes out: events, statuses, and what processes emit. */
export class Hub<K extends Key, V> {
  readonly #records: ReadonlyMap<K, StatusRecord<K, V>>;
  /** The statuses as others see them, from when somebody asks for the first time. */
  #statuses: Map<K, ProcessStatus<K, V>> | undefined = undefined;
  readonly #said = new Broadcast<LifecycleEvent<K, V>>();
  readonly events = this.#said.values;
  /** The events of one key, and `down`. */
  readonly keyed = new KeyedSubject<K, LifecycleEvent<K, V>>();
  // eslint-disable-next-line rxjs-x/no-exposed-subjects -- the hub is internal
  readonly outputs = new Subject<readonly [K, unknown]>();
  readonly keyedOutputs = new KeyedSubject<K, unknown>();

  constructor(records: ReadonlyMap<K, StatusRecord<K, V>>) {
    this.#records = records;
  }

  /**
   * How all keys are: one live view of immutable values. While nobody has asked for it there is no second Map of a million
   * keys, and no object for each event.
   */
  get statuses(): ReadonlyMap<K, ProcessStatus<K, V>> {
    if (this.#statuses === undefined) {
      this.#statuses = new Map();
      for (const record of this.#records.values()) keepStatus(this.#statuses, record);
    }
    return this.#statuses;
  }

  /** Says what is about the supervisor, or about a row. */
  emit(event: Exclude<LifecycleEvent<K, V>, ProcessEvent<K, V>>): void {
    if (this.#statuses !== undefined) applyEvent(this.#statuses, event);
    this.#said.next(event);
    if (event.type === 'down') this.keyed.broadcast(event);
  }

  /** Says what is about a process, and writes it into its status. */
  say(record: StatusRecord<K, V>, event: ProcessEvent<K, V>): void {
    writeStatus(record, event);
    if (this.#statuses !== undefined) keepStatus(this.#statuses, record);
    this.#said.next(event);
    this.keyed.next(event.key, event);
  }

  output(key: K, value: unknown): void {
    this.keyedOutputs.next(key, value);
    if (this.outputs.observed) this.outputs.next([key, value]);
  }
}
