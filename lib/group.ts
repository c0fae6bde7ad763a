import type { Around, Combinator } from './combination.ts';
import { Combination, combinator } from './combination.ts';
import type { Live } from './live.ts';
import type { Process } from './runnable.ts';

/** The two switches that make chain, sequential and parallel of one mechanism. */
export interface GroupOrder {
  /** Start one after another, each when the one before is ready; stop in reverse order. Else all at once. */
  readonly inOrder: boolean;
  /** Each runs inside those before it: it is forced when one of them ends, and the earliest error counts. */
  readonly nested: boolean;
}

/**
 * Processes that live and die together; ready when all of them are. An empty group is `nop`.
 *
 * It closes when `running` ends, when a member ends, and when it is forced: whoever is ready is asked, whoever still
 * starts is killed. In order, the next outer one is told only after the inner one has ended.
 */
export function group<T>(processes: readonly Process[], order: GroupOrder): Combinator<T> {
  return combinator((around) => new GroupRun(around, processes, order));
}

class GroupRun extends Combination {
  readonly #processes: readonly Process[];
  readonly #order: GroupOrder;

  constructor(around: Around, processes: readonly Process[], order: GroupOrder) {
    super(around);
    this.#processes = processes;
    this.#order = order;
  }

  override changed(live: Live): void {
    if (live.ended) this.closing = true;
    super.changed(live);
  }

  protected override advance(): void {
    const started = this.members.length;
    if (this.closing) this.#close();
    else if (started === this.#processes.length) this.#listenIfReady();
    else if (!this.#order.inOrder || started === 0 || this.members[started - 1]?.ready === true)
      this.start(this.#processes[started] as Process);
  }

  #listenIfReady(): void {
    if (this.members.every((member) => member.ready)) this.listen();
  }

  #close(): void {
    const left = [...this.members.entries()].reverse();
    const firstEnded = this.members.findIndex((member) => member.ended);
    for (const [i, member] of left) {
      const broken = this.#order.nested && firstEnded !== -1 && firstEnded < i;
      if (this.forced || broken || !member.ready) member.kill();
      else member.ask();
      if (this.#order.inOrder && !member.ended) return;
    }
    if (this.members.every((member) => member.ended)) this.finish(this.#errors());
  }

  #errors(): readonly unknown[] {
    if (this.#order.nested) return this.failures;
    if (this.carried.length > 0) return this.carried;
    const errors = this.members.flatMap((member) => member.failures);
    return errors.length > 1 ? [aggregate(errors)] : errors;
  }
}

function aggregate(errors: readonly unknown[]): AggregateError {
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  return new AggregateError(errors, `${errors.length} processes failed: ${messages.join('; ')}`);
}
