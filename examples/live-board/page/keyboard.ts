import { find } from './dom.ts';

/**
 * The keys of the grid, which is one stop of the Tab key: arrows move from cell to cell and to the buttons, Home and End
 * to the first and the last row. Where a row with the focus goes, its neighbour has the focus.
 */
export class GridKeys {
  readonly #rows: HTMLElement;
  /** Where Tab leads. */
  #stop: HTMLElement | undefined;

  constructor(rows: HTMLElement) {
    this.#rows = rows;
    rows.addEventListener('focusin', ({ target }) => this.#stopAt(target as HTMLElement));
    rows.addEventListener('keydown', (event) => {
      const target = this.#targetOf(event.key);
      if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      target.focus();
      // The row as a whole, below the heading that stays.
      target.closest('.row')?.scrollIntoView({ block: 'nearest' });
    });
  }

  /** To be called after a row has come. */
  added(): void {
    if (this.#stop === undefined) this.#stopAt(cellsOf(this.#rows.firstElementChild)[1]);
  }

  /** Takes a row away. */
  remove(row: HTMLElement): void {
    const column = cellsOf(row).indexOf(this.#stop as HTMLElement);
    const focused = row.contains(document.activeElement);
    const neighbour = cellsOf(row.nextElementSibling ?? row.previousElementSibling)[column];
    row.remove();
    if (column < 0) return;
    this.#stopAt(neighbour);
    if (focused) (neighbour ?? find(HTMLElement, '#add')).focus({ preventScroll: true });
  }

  #stopAt(cell: HTMLElement | undefined): void {
    if (this.#stop !== undefined) this.#stop.tabIndex = -1;
    this.#stop = cell;
    if (cell !== undefined) cell.tabIndex = 0;
  }

  #targetOf(key: string): HTMLElement | undefined {
    const row = this.#stop?.closest('.row') ?? null;
    const cells = cellsOf(row);
    const column = cells.indexOf(this.#stop as HTMLElement);
    switch (key) {
      case 'ArrowLeft':
        return cells[column - 1];
      case 'ArrowRight':
        return cells[column + 1];
      case 'ArrowUp':
        return cellsOf(row?.previousElementSibling)[column];
      case 'ArrowDown':
        return cellsOf(row?.nextElementSibling)[column];
      case 'Home':
        return cellsOf(this.#rows.firstElementChild)[column];
      case 'End':
        return cellsOf(this.#rows.lastElementChild)[column];
      default:
        return undefined;
    }
  }
}

function cellsOf(row: Element | null | undefined): HTMLElement[] {
  return Array.from(row?.querySelectorAll<HTMLElement>('[tabindex]') ?? []);
}
