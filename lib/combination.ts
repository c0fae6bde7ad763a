import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import { onAbort } from './abort.ts';
import type { Live, LiveOwner } from './live.ts';
import { Member } from './member.ts';
import type { Process, ProcessContext } from './runnable.ts';

/** What one run of a combinator is given. */
export interface Around {
  readonly subscriber: Subscriber<unknown>;
  readonly running: Observable<never>;
  readonly context: ProcessContext;
}

/** A Runnable whose `run` gives an Observable. */
export interface Combinator<T> {
  run(running: Observable<never>, context: ProcessContext): Observable<T>;
}

/** The Runnable that makes a combination each time it is run. */
export function combinator<T>(make: (around: Around) => Combination): Combinator<T> {
  return {
    run: (running, context) =>
      new Observable((subscriber) => {
        make({ subscriber, running, context }).open();
      }),
  };
}

/**
 * One run of a combinator: members, and one level-triggered step that looks at them and does what is due next.
 *
 * Everything that happens (a member changed, `running` ended, force came) calls `step`; a call during a step makes one
 * more step follow. It reads `force`, so the `Live` around it waits until it settles, and forces its members by `kill`.
 * To unsubscribe it (by hand, since a `Live` doesn't) is to force it without waiting for one member before the next: all
 * are killed in the same frame, the last started first, and what their closing throws is thrown.
 */
export abstract class Combination implements LiveOwner {
  /** In the order in which they were started. */
  protected readonly members: Member[] = [];
  protected closing = false;
  protected forced = false;
  /** The error of `running`: one, or none. */
  protected readonly carried: unknown[] = [];
  /** What went wrong, in the order of time. */
  protected readonly failures: unknown[] = [];
  readonly #around: Around;
  #due = false;
  #stepping = false;
  #finished = false;
  #outcome: readonly unknown[] = [];

  constructor(around: Around) {
    this.#around = around;
  }

  /** Does what is due next, or nothing. */
  protected abstract advance(): void;

  open(): void {
    const { subscriber, context } = this.#around;
    subscriber.add(() => {
      this.#cut();
    });
    subscriber.add(
      onAbort(context.force, () => {
        this.#force();
      }),
    );
    this.step();
  }

  changed(live: Live): void {
    if (live.ended && live.failed) this.failures.push(live.failure);
    this.step();
  }

  emitted(_live: Live, value: unknown): void {
    this.#around.subscriber.next(value);
  }

  protected step(): void {
    this.#due = true;
    if (this.#stepping) return;
    this.#stepping = true;
    while (this.#due && !this.#finished) {
      this.#due = false;
      this.advance();
    }
    this.#stepping = false;
  }

  protected start(process: Process): Member {
    const member = new Member(this, this.#around.context, process);
    this.members.push(member);
    member.connect();
    this.step();
    return member;
  }

  /** Subscribes to `running`: that moment the combinator is ready. Its end asks for closing. */
  protected listen(): void {
    const close = (): void => {
      this.closing = true;
      this.step();
    };
    const error = (e: unknown): void => {
      this.carried.push(e);
      this.failures.push(e);
      close();
    };
    this.#around.subscriber.add(this.#around.running.subscribe({ error, complete: close }));
  }

  /** Everything has ended: passes the first error on, or completes. */
  protected finish(errors: readonly unknown[]): void {
    this.#finished = true;
    this.#outcome = errors;
    if (errors.length > 0) this.#around.subscriber.error(errors[0]);
    else this.#around.subscriber.complete();
  }

  #force(): void {
    this.forced = true;
    this.closing = true;
    const last = this.members.at(-1);
    if (last?.connecting === true) last.kill();
    this.step();
  }

  #cut(): void {
    if (this.#finished) return;
    this.#force();
    for (const member of [...this.members].reverse()) member.kill();
    if (this.#outcome.length > 0) throw this.#outcome[0];
  }
}
