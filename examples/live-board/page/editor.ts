import { find } from './dom.ts';
import type { Feed } from './feed.ts';

export type Edited = Omit<Feed, 'position'>;

/**
 * The form for a new feed, or for one that is there. `save` says what is wrong, if something is: then the form stays open.
 */
export class Editor {
  readonly #dialog = find(HTMLDialogElement, '#editor');
  readonly #form = find(HTMLFormElement, '#editor form');
  #save: (feed: Edited) => Promise<string | undefined> = () => Promise.resolve(undefined);

  constructor() {
    find(HTMLButtonElement, '#editor [value=cancel]').addEventListener('click', () => this.#dialog.close());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  open(feed: Feed | undefined, save: (feed: Edited) => Promise<string | undefined>): void {
    this.#save = save;
    this.#form.reset();
    this.#say('');
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

  async #submit(): Promise<void> {
    const fields = new FormData(this.#form);
    const text = (field: string): string => (fields.get(field) as string).trim();
    const problem = await this.#save({
      name: text('name'),
      signal: text('signal'),
      every: Number(text('every')),
      closing: Number(text('closing')),
    });
    this.#say(problem ?? '');
    if (problem === undefined) this.#dialog.close();
    else find(HTMLInputElement, '#name').select();
  }

  #say(problem: string): void {
    find(HTMLElement, '#name-problem').textContent = problem;
    find(HTMLInputElement, '#name').ariaInvalid = String(problem !== '');
  }
}
