import type { Explanation, ProcessStatus } from 'rxjs-supervisor';
import { find } from './dom.ts';
import { drawPast } from './draw.ts';
import type { Feed } from './feed.ts';
import type { History } from './history.ts';
import { currentPalette } from './palette.ts';
import { states } from './states.ts';
import { pastInWords, sentence } from './words.ts';

/** What the buttons of a row do. */
export type Action = 'restart' | 'stop' | 'start' | 'edit' | 'remove' | 'restore';

/** One row on the page. */
export class RowView {
  readonly element: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #history: History;
  #status: ProcessStatus<string, Feed>;

  constructor(status: ProcessStatus<string, Feed>, history: History, act: (action: Action, feed: Feed) => void) {
    this.#history = history;
    this.#status = status;
    const content = find(HTMLTemplateElement, '#row').content.cloneNode(true) as DocumentFragment;
    this.element = find(HTMLElement, '.row', content);
    this.#canvas = find(HTMLCanvasElement, 'canvas', this.element);
    this.element.dataset['key'] = status.key;
    this.#text('.name', status.key);
    this.element.addEventListener('click', ({ target }) => {
      const button = target instanceof Element ? target.closest<HTMLElement>('[data-action]') : null;
      if (button !== null && button.ariaDisabled !== 'true') {
        act(button.dataset['action'] as Action, this.#status.value);
      }
    });
    this.show(status);
  }

  get key(): string {
    return this.#status.key;
  }

  get position(): number {
    return this.#status.value.position;
  }

  /** How it is now. */
  show(status: ProcessStatus<string, Feed>): void {
    this.#status = status;
    const { label, icon } = states[status.state];
    this.element.dataset['state'] = status.state;
    this.#text('.icon', icon);
    this.#text('.label', label);
    this.#text('.restarts', String(this.#history.restarts));
    this.#buttons();
  }

  /** What changes with time, in words. */
  tell(now: number, explanation: Explanation): void {
    const last = this.#history.readings.at(-1);
    this.#text('.value', this.#status.state === 'running' && last !== undefined ? last.value.toFixed(2) : '–');
    this.#text('.why', sentence(this.#status, explanation, now));
    this.#buttons();
    const past = pastInWords(this.#history, now);
    if (this.#canvas.ariaLabel !== past) this.#canvas.ariaLabel = past;
  }

  /** And as a picture. */
  draw(now: number): void {
    drawPast(this.#canvas, this.#history, now, currentPalette());
  }

  #buttons(): void {
    const { state, key } = this.#status;
    const { removed } = this.#history;
    const ends = state === 'stopping' || state === 'stuck';
    const rests = state === 'held' || state === 'given-up' || state === 'completed' || state === 'backoff';
    this.#button('.restart', 'restart', `Restart ${key}`, removed);
    if (rests) this.#button('.hold', 'start', `Start ${key}`);
    else this.#button('.hold', 'stop', `Stop ${key}`, ends);
    this.#button('.edit', 'edit', `Edit ${key}`, removed);
    if (removed) this.#button('.remove', 'restore', `Put ${key} back`);
    else this.#button('.remove', 'remove', `Remove ${key}`);
  }

  #text(selector: string, text: string): void {
    const element = find(HTMLElement, selector, this.element);
    if (element.textContent !== text) element.textContent = text;
  }

  /** One that does nothing now stays where it is, and can be reached. */
  #button(selector: string, action: Action, label: string, disabled = false): void {
    const button = find(HTMLButtonElement, selector, this.element);
    if (button.ariaLabel === label && button.ariaDisabled === String(disabled)) return;
    button.dataset['action'] = action;
    button.ariaLabel = button.title = label;
    button.ariaDisabled = String(disabled);
  }
}
