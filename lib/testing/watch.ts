import type { Observable } from 'rxjs';
import { catchError, ReplaySubject, tap } from 'rxjs';
import type { Change, Key } from '../index.ts';
import { contractError, show } from './contract-error.ts';

/** One subscription to `changes`, and all that it was told. */
export class Watch<K extends Key> {
  readonly told: Change<K>[] = [];
  readonly #told$ = new ReplaySubject<Change<K>>(Infinity);
  readonly #subscription;

  constructor(changes$: Observable<Change<K>>) {
    this.#subscription = changes$.pipe(tap((change) => this.told.push(change))).subscribe(this.#told$);
  }

  /** All of it, from the first. */
  get told$(): Observable<Change<K>> {
    return this.#told$.pipe(
      catchError((error: unknown) => {
        throw contractError('changes to go on', `its error ${show(error)}`, 'Fail only when something is lost.', error);
      }),
    );
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  toString(): string {
    return this.told.length === 0 ? 'none' : show(this.told);
  }
}
