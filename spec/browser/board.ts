import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BrowserContext, Locator, Page } from 'playwright-core';

/** ms that anything may take, on a machine that is busy. */
export const LIMIT = 100_000;

/** The board's server, at an address of its own, which is where the rows of its pages are too. */
export async function serve(): Promise<{ readonly address: string; close(): void }> {
  const args = ['--conditions=rxjs-supervisor/source', '--import', 'tsx', 'examples/live-board/server/main.ts'];
  const server = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  return { address: /http:\S+/.exec(line.toString())![0], close: () => server.kill() };
}

/** The live board in a page. */
export class Board {
  /** What went wrong in the page. */
  readonly errors: unknown[] = [];
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(LIMIT);
    page.on('pageerror', (error) => this.errors.push(error));
  }

  static async open(context: BrowserContext, address: string): Promise<Board> {
    const board = new Board(await context.newPage());
    await board.page.goto(address);
    await board.becomes('Harbour tide', 'Live');
    return board;
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name }) });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Waits until a feed is in a state. */
  async becomes(name: string, state: string): Promise<void> {
    await this.row(name).locator('.state').filter({ hasText: state }).waitFor();
  }

  /** Waits until a feed's sentence has a text. */
  async says(name: string, text: string | RegExp): Promise<void> {
    await this.row(name).locator('.why').filter({ hasText: text }).waitFor();
  }

  /** Waits until a feed shows a value. */
  async shows(name: string): Promise<void> {
    await this.row(name)
      .locator('.value')
      .filter({ hasText: /^\d+\.\d\d$/ })
      .waitFor();
  }

  async announces(text: RegExp): Promise<void> {
    await this.page.getByRole('log').filter({ hasText: text }).waitFor();
  }

  /** Waits until so many feeds are in a state. */
  async counts(state: string, count: string): Promise<void> {
    await this.page
      .locator('#summary li')
      .filter({ hasText: new RegExp(`${state} ${count}$`) })
      .waitFor();
  }

  async gone(name: string): Promise<void> {
    await this.row(name).waitFor({ state: 'detached' });
  }

  /** Fills the form, and sends it. */
  async fill(name: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.button('Add a feed').click();
    await this.page.getByLabel('Name').fill(name);
    await this.choose(fields);
    await this.button('Add').click();
  }

  /** Adds a feed, and waits until it is live. */
  async add(name: string, fields?: Readonly<Record<string, string>>): Promise<void> {
    await this.fill(name, fields);
    await this.becomes(name, 'Live');
  }

  async choose(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, option] of Object.entries(fields)) await this.page.getByLabel(label).selectOption(option);
  }

  /** What has the focus: a button's name, or a row's name and the cell's class. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const { activeElement } = document;
      const row = activeElement?.closest<HTMLElement>('.row');
      return activeElement?.ariaLabel ?? `${row?.dataset['key'] ?? ''} ${activeElement?.className ?? ''}`.trim();
    });
  }
}
