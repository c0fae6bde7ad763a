import type { Observable, Unsubscribable } from 'rxjs';
import { defer, Subscription } from 'rxjs';
import type { ForceSignal } from './abort.ts';
import { onAbort } from './abort.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Reconciled } from './events.ts';
import { FullReads } from './full-reads.ts';
import type { Asker } from './keyed-reads.ts';
import { KeyedReads } from './keyed-reads.ts';
import { KeyedSubject } from './keyed-subject.ts';
import type { Slot } from './slot.ts';
import type { Slots, SlotsRun } from './slots.ts';
import type { Key, Table } from './table.ts';
import { endOf } from './teardown.ts';

/** How a run ends: `error` is what `running` errored with. */
export type RunEnd = (failure?: { readonly error: unknown }) => void;

/** One run of a supervisor: from the subscription to `changes` until everything has ended. */
export class Run<K extends Key, V> implements SlotsRun<K> {
  readonly full: FullReads<K, V>;
  /** Commands to stop a key: they call off those to start it that still wait for its row to be read. */
  readonly stops = new KeyedSubject<K, void>();
  readonly #keyed: KeyedReads<K, V>;
  readonly #feed: ChangeFeed<K, V>;
  readonly #slots: Slots<K, V>;
  readonly #running: Observable<never>;
  readonly #onEnd: RunEnd;
  /** What feeds it, but for the reads and the changes. */
  readonly #subscriptions = new Subscription();
  /** Listens to `force` until the run is down: a shutdown that has begun can still be forced. */
  readonly #force = new Subscription();
  #firstRead: Reconciled | undefined = undefined;
  #ready = false;
  #closing = false;
  #ended = false;
  /** How many slots' ends the shutdown waits for. */
  #waitingFor = 0;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(table: Table<K, V>, slots: Slots<K, V>, running: Observable<never>, onEnd: RunEnd) {
    this.#slots = slots;
    this.#running = running;
    this.#onEnd = onEnd;
    this.#keyed = new KeyedReads(table, slots);
    this.full = new FullReads(table, slots, this.#keyed);
    this.#feed = new ChangeFeed(table, slots, (change) => {
      if (change === 'all') this.full.request('change');
      else this.#keyed.changed(change);
    });
  }

  begin(force?: ForceSignal): void {
    const { settings, mailbox } = this.#slots;
    this.#slots.beginRun(this);
    if (force?.aborted === true) {
      this.force();
      return;
    }
    if (force !== undefined) this.#force.add(onAbort(force, () => mailbox.post(() => this.force())));
    this.#subscriptions.add(this.#slots.alarms.set(settings.initialWait, { timeIsUp: () => this.#becomeReady() }));
    this.#feed.subscribe();
    this.#tick();
    this.full.request('initial');
  }

  /** Whatever is read of this key from here on is newer than a full read that is under way. */
  look(key: K, asker?: Asker<V>): void {
    this.full.touch(key);
    this.#keyed.want(key, asker);
    this.#keyed.readSoon();
  }

  /** A command was about this key: a full read that is under way is older than that. */
  touch(key: K): void {
    if (this.full.touch(key)) this.look(key);
  }

  reconciled(summary: Reconciled): void {
    this.#firstRead ??= summary;
    this.startsEnded();
  }

  get waitsForStarts(): boolean {
    return this.#firstRead !== undefined && !this.#ready && !this.#closing;
  }

  startsEnded(): void {
    if (this.waitsForStarts && this.#slots.gate.idle) this.#becomeReady();
  }

  slotEnded(): void {
    if (this.#waitingFor > 0 && --this.#waitingFor === 0) this.#down();
  }

  /** Graceful: everything is asked to stop, with its own time to do so. */
  shutDown(): void {
    if (this.#closing) return;
    this.#close();
    const up: Slot<K, V>[] = [];
    // One more until all were told, so that the last end meanwhile isn't taken for the end of all.
    this.#waitingFor = 1;
    for (const slot of this.#slots.byKey.values()) {
      slot.shutDown();
      if (slot.live !== undefined && slot.state !== 'stuck') this.#waitingFor++;
      if (slot.up) up.push(slot);
    }
    // First it is said of all, so that an end that another one's end brings about is one that was asked for.
    for (const slot of up) slot.announceStop('shutdown');
    for (const slot of up) slot.carryOutStop();
    this.slotEnded();
  }

  /** Forces everything. */
  force(): void {
    if (this.#ended) return; // since this was asked for, while it waited for its turn
    this.shutDown();
    for (const slot of this.#slots.byKey.values()) slot.kill();
  }

  /**
   * Nobody listens any more: ends everything now, in this frame. What doesn't end is stuck, but for a process whose
   * teardown is on the stack.
   */
  cut(): void {
    if (this.#ended) return;
    this.force();
    for (const slot of this.#slots.byKey.values())
      if (slot.state === 'stopping' && slot.live?.closed === false) slot.markStuck();
  }

  #tick(): void {
    const { settings, mailbox } = this.#slots;
    const { interval } = settings;
    const tick = (): void => {
      if (this.#closing) return;
      this.full.tick();
      this.#keyed.readNow();
    };
    if (typeof interval !== 'number') {
      this.#subscriptions.add(
        interval.subscribe({
          next: () => mailbox.post(tick),
          error: (error: unknown) =>
            mailbox.post(() => {
              if (!this.#closing) this.#slots.tableFailed('interval', error);
            }),
        }),
      );
      return;
    }
    let timer: Unsubscribable | undefined;
    const arm = (): void => {
      timer = this.#slots.alarms.set(interval, {
        timeIsUp: () => {
          arm();
          tick();
        },
      });
    };
    this.#subscriptions.add(() => timer?.unsubscribe());
    arm();
  }

  #becomeReady(): void {
    const { hub, mailbox } = this.#slots;
    if (this.#ready || !this.#slots.open) return;
    this.#ready = true;
    hub.emit({ type: 'ready', at: mailbox.now, complete: this.#firstRead?.complete === true });
    this.#subscriptions.add(
      defer(() => this.#running).subscribe({
        complete: () => mailbox.post(() => this.shutDown()),
        error: (error: unknown) => {
          this.#failure = { error };
          mailbox.post(() => this.shutDown());
        },
      }),
    );
  }

  /** Nothing comes in any more, and nothing starts. */
  #close(): void {
    const { hub, mailbox } = this.#slots;
    this.#closing = true;
    this.#slots.open = false;
    const thrown = endOf(this.#subscriptions);
    if (thrown !== undefined) this.#failure ??= thrown;
    this.#feed.cancel();
    this.#keyed.cancel();
    this.full.cancel();
    hub.emit({ type: 'shutdown', at: mailbox.now });
  }

  #down(): void {
    const { hub, mailbox } = this.#slots;
    this.#ended = true;
    this.#force.unsubscribe();
    const keys = this.#slots.endRun();
    mailbox.step(); // that took its time
    hub.emit({ type: 'down', at: mailbox.now, keys });
    this.#onEnd(this.#failure);
  }
}

/**
 * Ends a run that nobody listens to any more: everything is asked, aborted and unsubscribed, in this frame. In the turn
 * of whoever unsubscribes nothing starts any more, and a process that emits is ended by that.
 */
export function endNow<K extends Key, V>(run: Run<K, V>, slots: Slots<K, V>): void {
  slots.open = false;
  slots.cut = true;
  slots.mailbox.post(() => run.cut());
}
