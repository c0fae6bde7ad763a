import type { Observable } from 'rxjs';
import { endWith, takeUntil } from 'rxjs';
import type { LiveOwner } from './live.ts';
import { Live } from './live.ts';
import type { Process, ProcessContext } from './runnable.ts';

/** A process inside a combinator: its life is its own, its key and its row are those of the combinator. */
export class Member extends Live {
  readonly #around: ProcessContext;

  constructor(owner: LiveOwner, around: ProcessContext, process: Process) {
    super(owner, around.key, around.incarnation, process);
    this.#around = around;
  }

  override get rows$(): Observable<unknown> {
    return this.#around.rows$.pipe(takeUntil(this.stop$.pipe(endWith(undefined))));
  }

  /** What it failed with: one error, or none. */
  get failures(): readonly unknown[] {
    return this.failed ? [this.failure] : [];
  }
}
