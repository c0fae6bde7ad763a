import { Subject } from 'rxjs';
import { applyEvent } from './apply-event.ts';
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

  emit(event: LifecycleEvent<K, V>): void {
    applyEvent(this.statuses, event);
    this.events.next(event);
    if (isProcessEvent(event)) this.keyed.next(event.key, event);
    else if (event.type === 'down') this.keyed.broadcast(event);
  }

  output(key: K, value: unknown): void {
    this.keyedOutputs.next(key, value);
    if (this.outputs.observed) this.outputs.next([key, value]);
  }
}

export function isProcessEvent<K extends Key, V>(event: LifecycleEvent<K, V>): event is ProcessEvent<K, V> {
  return 'incarnation' in event;
}
