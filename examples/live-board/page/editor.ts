import type { Observable } from 'rxjs';
import { exhaustMap, from, fromEvent, map, merge, startWith, Subject, switchMap, takeUntil, tap, timer } from 'rxjs';
import { find } from './dom.ts';
import type { Feed } from './feed.ts';

export type Edited = Omit<Feed, 'position'>;

/** What there is to say about a feed that isn't saved: beside its name, or where there is no field to `name`, below all. */
export interface Problem {
  readonly field?: 'name';
  readonly text: string;
}

/** Saves a feed. Gives what is wrong, if something is; rejects with what the database said. */
export type Save = (feed: Edited) => Promise<Problem | undefined>;

/** ms without an answer, until that is said. */
const PATIENCE = 5_000;

const NOTHING: Problem = { text: '' };
const LATE: Problem = {
  text:
    `Not saved yet: the database should answer at once, and has not for ${String(PATIENCE / 1_000)} s. ` +
    'Wait, or note down what you entered and reload the page.',
};

const refusal = (error: unknown): Problem => ({
  text:
    `Not saved: the database should keep this feed, but said “${error instanceof Error ? error.message : String(error)}”. ` +
    'Change what you entered and save again, or cancel.',
});

/** The form for a new feed, or for one that is there. It stays open, with what was entered, until that is saved. */
export class Editor {
  readonly #dialog = find(HTMLDialogElement, '#editor');
  readonly #form = find(HTMLFormElement, '#editor form');
  readonly #opened$ = new Subject<Save>();

  constructor() {
    find(HTMLButtonElement, '#editor [value=cancel]').addEventListener('click', () => this.#dialog.close());
    const submitted$ = fromEvent(this.#form, 'submit').pipe(tap((event) => event.preventDefault()));
    // One attempt at a time, and none that was for a form that has been left.
    this.#opened$
      .pipe(switchMap((save) => submitted$.pipe(exhaustMap(() => this.#attempt(save)))))
      .subscribe((problem) => {
        this.#say(problem ?? NOTHING);
        if (problem === undefined) this.#dialog.close();
      });
  }

  open(feed: Feed | undefined, save: Save): void {
    this.#opened$.next(save);
    this.#form.reset();
    this.#say(NOTHING);
    find(HTMLElement, '#editor-title').textContent = feed === undefined ? 'Add a feed' : `Edit ${feed.name}`;
    find(HTMLElement, '#editor [type=submit]').textContent = feed === undefined ? 'Add' : 'Save';
    const name = find(HTMLInputElement, '#name');
    name.readOnly = feed !== undefined;
    if (feed !== undefined) {
      name.value = feed.name;
      for (const field of ['signal', 'every', 'closing'] as const) {
        find(HTMLSelectElement, `#${field}`).value = String(feed[field]);
      }
    }
    this.#dialog.showModal();
    (feed === undefined ? name : find(HTMLElement, '#signal')).focus();
  }

  /** What there is to say meanwhile, and at last `undefined` when it is saved. */
  #attempt(save: Save): Observable<Problem | undefined> {
    const answer$ = from(save(this.#edited()).catch(refusal));
    const late$ = timer(PATIENCE).pipe(
      map(() => LATE),
      takeUntil(answer$),
    );
    return merge(answer$, late$).pipe(startWith(NOTHING));
  }

  #edited(): Edited {
    const fields = new FormData(this.#form);
    const text = (field: string): string => (fields.get(field) as string).trim();
    return {
      name: text('name'),
      signal: text('signal'),
      every: Number(text('every')),
      closing: Number(text('closing')),
    };
  }

  #say({ field, text }: Problem): void {
    const name = find(HTMLInputElement, '#name');
    find(HTMLElement, '#name-problem').textContent = field === 'name' ? text : '';
    find(HTMLElement, '#problem').textContent = field === undefined ? text : '';
    name.ariaInvalid = String(field === 'name');
    if (field === 'name') name.select();
  }
}
