import type { Observable } from 'rxjs';
import { ReplaySubject } from 'rxjs';
import type { Change, Key } from '../index.ts';
import { show } from './contract-error.ts';

/** One subscription to `changes`, and all that it was told. */
export class Watch<K extends Key> {
  readonly told: Change<K>[] = [];
  readonly #told$ = new ReplaySubject<Change<K>>();
  readonly #subscription;

  constructor(changes$: Observable<Change<K>>) {
    this.#subscription = changes$.subscribe({
      next: (change) => {
        this.told.push(change);
        this.#told$.next(change);
      },
      error: (error: unknown) => this.#told$.error(error),
      complete: () => this.#told$.complete(),
    });
  }

  /** All of it, from the first. */
  get told$(): Observable<Change<K>> {
    return this.#told$;
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  toString(): string {
    return this.told.length === 0 ? 'none' : show(this.told);
  }
}
