import { execFileSync } from 'node:child_process';
import { jest } from '@jest/globals';
import type { BrowserContext, Locator, WebSocket } from 'playwright-core';
import { describeInBrowser } from '../support/browser.ts';
import { Board, LIMIT, serve } from './board.ts';

jest.setTimeout(3 * LIMIT);

// One server and one page for all, since to make a database in IndexedDB takes long: each spec adds rows of its own.
describeInBrowser('the live board', (browser) => {
  let server: Awaited<ReturnType<typeof serve>>;
  let context: BrowserContext;
  let board: Board;

  beforeAll(async () => {
    execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'examples/live-board'], {
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
      stdio: 'pipe',
    });
    server = await serve();
    context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
    board = await Board.open(context, server.address);
  });
  afterEach(() => expect(board.errors.splice(0)).toEqual([]));
  afterAll(() => server.close());

  it('has a live feed for each row that it begins with, but for the one that the server refuses', async () => {
    for (const name of ['Pier wind', 'Lock gate', 'River level', 'Old buoy']) await board.becomes(name, 'Live');
    await board.becomes('Lost buoy', 'Given up');
    await board.says('Lost buoy', 'no such signal');
    await board.shows('Pier wind');
  });

  it('starts the feed of a row that is added, and says it', async () => {
    await board.add('Added', { Signal: 'wind' });
    await board.shows('Added');
    await board.announces(/Added.*: live/);
    expect(await board.page.getByRole('dialog').isVisible()).toBe(false);
  });

  it('refuses a name that is taken, and keeps the form', async () => {
    await board.fill('Pier wind');
    await board.page.getByRole('alert').filter({ hasText: 'There is a feed named Pier wind already.' }).waitFor();
    await board.page.keyboard.press('Escape');
    await board.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await board.row('Pier wind').count()).toBe(1);
  });

  it('says what the database said when it refuses to save, keeps the form as it is, and moves nothing', async () => {
    const dialog = board.page.getByRole('dialog');
    await board.button('Add a feed').click();
    const before = await dialog.boundingBox();
    // PostgreSQL has no text with a NUL in it.
    await board.page.getByLabel('Name').fill('Refused\0');
    await board.choose({ Signal: 'wind' });
    await board.button('Add').click();
    const alert = dialog
      .getByRole('alert')
      .filter({ hasText: 'Not saved: the database should keep this feed, but said' });
    await alert.filter({ hasText: 'invalid byte sequence' }).filter({ hasText: 'save again' }).waitFor();
    expect(await dialog.boundingBox()).toEqual(before);
    expect(await alert.evaluate((element) => element.scrollHeight - element.clientHeight)).toBe(0);
    expect(await board.page.getByLabel('Signal').inputValue()).toBe('wind');
    await board.page.getByLabel('Name').fill('Mended');
    await board.button('Add').click();
    await board.says('Mended', 'wind');
    await dialog.waitFor({ state: 'hidden' });
    await board.button('Add a feed').click();
    expect((await dialog.getByRole('alert').allTextContents()).join('')).toBe('');
    await board.button('Cancel').click();
  });

  it('says that a row was removed while it was edited', async () => {
    await board.add('Fleeting');
    await board.button('Edit Fleeting').click();
    const other = await Board.open(context, server.address);
    await other.button('Remove Fleeting').click();
    await other.gone('Fleeting');
    await other.page.close();
    await board.button('Save').click();
    await board.page.getByRole('alert').filter({ hasText: 'was removed while you edited it' }).waitFor();
    await board.button('Cancel').click();
  });

  it('says that the database can’t be reached, and sends no second attempt meanwhile', async () => {
    const alone = await browser().newContext();
    const { page, ...lost } = await Board.open(alone, server.address);
    await Promise.all(page.workers().map((worker) => worker.evaluate(() => globalThis.close())));
    await page.getByRole('button', { name: 'Add a feed' }).click();
    await page.getByLabel('Name').fill('Unheard');
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .filter({ hasText: /Not saved yet: .* has not for 5 s\. Wait, or .* reload/ })
      .waitFor();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').filter({ hasText: 'Not saved yet' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Add a feed' }).click();
    expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0);
    expect(lost.errors).toEqual([]);
    await alone.close();
  });

  it('replaces the feed of a row that is edited, and leaves the others alone', async () => {
    await board.add('Edited', { Signal: 'wind' });
    await board.says('Edited', 'wind, every 250 ms');
    const opened: string[] = [];
    const note = (socket: WebSocket) => opened.push(new URL(socket.url()).search);
    board.page.on('websocket', note);
    await board.button('Edit Edited').click();
    await board.choose({ Signal: 'tide', 'A value every': '1000' });
    await board.button('Save').click();
    await board.says('Edited', 'tide, every 1000 ms');
    await board.becomes('Edited', 'Live');
    board.page.off('websocket', note);
    // The flaky one comes and goes by itself.
    expect(opened.filter((search) => !search.includes('flaky'))).toEqual(['?signal=tide&every=1000&closing=0']);
  });

  it('starts a row that comes back while its feed still closes only when that has ended', async () => {
    const alive = { now: 0, most: 0, ever: 0 };
    const count = (socket: WebSocket) => {
      if (!socket.url().endsWith('signal=steps&every=100&closing=4000')) return;
      alive.ever++;
      alive.most = Math.max(alive.most, ++alive.now);
      socket.on('close', () => alive.now--);
    };
    board.page.on('websocket', count);
    await board.add('Slow', { Signal: 'steps', 'A value every': '100', 'Closing takes': '4000' });
    await board.button('Remove Slow').click();
    await board.becomes('Slow', 'Closing');
    await board.says('Slow', 'its row is gone');
    await board.button('Put Slow back').click();
    await board.says('Slow', /^then it starts again$/);
    expect(alive).toEqual({ now: 1, most: 1, ever: 1 });
    await board.becomes('Slow', 'Live');
    expect(alive).toEqual({ now: 1, most: 1, ever: 2 });
    board.page.off('websocket', count);
  });

  it('takes a row away when its feed has closed', async () => {
    await board.add('Removed', { 'Closing takes': '2000' });
    await board.button('Remove Removed').click();
    await board.becomes('Removed', 'Closing');
    await board.gone('Removed');
    await board.announces(/Removed.*: removed/);
  });

  it('waits while the server is cut off, and is live again once it is back', async () => {
    const power = board.page.getByRole('switch', { name: 'Feed server' });
    await power.click();
    await board.page.getByRole('switch', { checked: false }).waitFor();
    await board.counts('live', '0');
    await board.says('Pier wind', /the connection was lost · try \d+ in \d s/);
    const picture = board.row('Pier wind').getByRole('img', { name: /failed [1-9]\d* times/ });
    await picture.waitFor();
    await power.click();
    await board.becomes('Pier wind', 'Live');
    await board.becomes('Harbour tide', 'Live');
    expect(Number(await board.row('Pier wind').locator('.restarts').textContent())).toBeGreaterThan(0);
    await board.becomes('Lost buoy', 'Given up');
  });

  it('restarts a feed that fails, and counts it', async () => {
    await board.add('Failing', { Signal: 'flaky' });
    expect(await board.row('Failing').locator('.restarts').textContent()).toBe('0');
    await board.becomes('Failing', 'Waiting');
    await board.says('Failing', 'the sensor broke');
    await board.becomes('Failing', 'Live');
    expect(await board.row('Failing').locator('.restarts').textContent()).toBe('1');
  });

  it('stops a feed until somebody starts it', async () => {
    await board.add('Stopped');
    await board.button('Stop Stopped').click();
    await board.becomes('Stopped', 'Stopped');
    await board.button('Start Stopped').click();
    await board.becomes('Stopped', 'Live');
  });

  it('has its rows after a reload', async () => {
    await board.add('Kept', { Signal: 'walk' });
    await board.add('Dropped');
    await board.button('Remove Dropped').click();
    await board.gone('Dropped');
    await board.page.reload();
    await board.becomes('Kept', 'Live');
    await board.says('Kept', 'walk');
    expect(await board.row('Dropped').count()).toBe(0);
  });

  it('shows in one tab what was done in another', async () => {
    const other = await Board.open(context, server.address);
    await other.add('Shared');
    await board.page.bringToFront();
    await board.becomes('Shared', 'Live');
    expect(other.errors).toEqual([]);
    await other.page.close();
  });

  describe('with the keyboard alone', () => {
    it('goes from cell to cell, as one stop of the Tab key', async () => {
      await board.page.reload();
      await board.add('Last');
      const { keyboard } = board.page;
      await board.button('Add a feed').focus();
      await keyboard.press('Tab');
      expect(await board.focused()).toBe('Harbour tide feed');
      await keyboard.press('ArrowDown');
      expect(await board.focused()).toBe('Pier wind feed');
      for (let i = 0; i < 5; i++) await keyboard.press('ArrowRight');
      expect(await board.focused()).toBe('Stop Pier wind');
      await keyboard.press('Enter');
      await board.becomes('Pier wind', 'Stopped');
      expect(await board.focused()).toBe('Start Pier wind');
      await keyboard.press('Enter');
      await board.becomes('Pier wind', 'Live');
      await keyboard.press('End');
      expect(await board.focused()).toBe('Stop Last');
      await keyboard.press('Home');
      expect(await board.focused()).toBe('Stop Harbour tide');
      await keyboard.press('Shift+Tab');
      expect(await board.focused()).toBe('primary');
    });

    it('keeps its place when the row with the focus goes', async () => {
      await board.add('Going');
      await board.add('Staying');
      await board.button('Remove Going').focus();
      await board.page.keyboard.press('Enter');
      await board.gone('Going');
      expect(await board.focused()).toBe('Remove Staying');
    });

    it('edits, and comes back to where it was', async () => {
      const { keyboard } = board.page;
      await board.add('Typed');
      await board.button('Edit Typed').focus();
      await keyboard.press('Enter');
      await board.page.getByRole('dialog', { name: 'Edit Typed' }).waitFor();
      await keyboard.press('w'); // of the list, "Wind"
      for (let i = 0; i < 4; i++) await keyboard.press('Tab');
      await keyboard.press('Enter');
      await board.says('Typed', 'wind');
      expect(await board.focused()).toBe('Edit Typed');
    });
  });

  it.each([
    ['light', 'wide', { width: 1280, height: 800 }],
    ['dark', 'wide', { width: 1280, height: 800 }],
    ['light', 'narrow', { width: 390, height: 844 }],
    ['dark', 'narrow', { width: 390, height: 844 }],
    ['light', 'medium', { width: 1080, height: 768 }],
    ['dark', 'medium', { width: 1110, height: 768 }],
  ] as const)('fits a %s page, %s', async (colorScheme, width, viewport) => {
    await board.page.emulateMedia({ colorScheme });
    await board.page.setViewportSize(viewport);
    await board.becomes('Lock gate', 'Live');
    await board.becomes('Old buoy', 'Waiting');
    await board.button('Restart Lock gate').click();
    await board.becomes('Lock gate', 'Closing');
    await board.page.screenshot({ path: `spec/browser/screenshots/${width}-${colorScheme}.png` });
    expect(await board.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    const box = async (locator: Locator) => (await locator.boundingBox())!;
    const [actions, sheet] = [
      await box(board.row('Lock gate').locator('.actions')),
      await box(board.page.locator('#board')),
    ];
    expect(actions.x + actions.width).toBeLessThan(sheet.x + sheet.width);
    const ground = await board.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(Number(/\d+/.exec(ground)?.[0]) > 128).toBe(colorScheme === 'light');
  });

  it('moves nothing at 200 rows, from the load of the page on, whatever becomes of their feeds', async () => {
    await board.page.setViewportSize({ width: 1280, height: 800 });
    await board.page.addInitScript(() => {
      const shifts: string[] = [];
      Object.assign(globalThis, { shifts });
      interface LayoutShift extends PerformanceEntry {
        readonly value: number;
        readonly sources: readonly { readonly node?: Node }[];
      }
      new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries() as LayoutShift[]) {
          const moved = sources.map(({ node }) => (node instanceof Element ? node : node?.parentElement)?.outerHTML);
          shifts.push(`${String(value)} of the page: ${moved.join(' ')}`);
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await board.page.reload();
    await board.becomes('Harbour tide', 'Live');
    await board.button('Fill to 200').click();
    await board.counts('live', '1[5-9]\\d');
    await board.page.getByRole('row').nth(200).waitFor({ state: 'attached' });
    await board.page.getByRole('switch').click();
    await board.counts('live', '0');
    await board.page.getByRole('switch').click();
    await board.counts('live', '1[5-9]\\d');
    await board.shows('Pier wind');
    await board.row('Station 150').scrollIntoViewIfNeeded();
    await board.shows('Station 150');
    expect(await board.page.getByRole('row').count()).toBe(201); // and the heading
    expect(await board.page.evaluate(() => (globalThis as unknown as { shifts: string[] }).shifts)).toEqual([]);
  });

  it.each([1280, 390])(
    'has each icon of the summary nearer to its own label than to the count before it, %i wide',
    async (width) => {
      await board.page.setViewportSize({ width, height: 800 });
      const gaps = await board.page.locator('#summary').evaluate((summary) =>
        Array.from(summary.querySelectorAll('li'), (item) => {
          const rectOf = (...nodes: (Node | null | undefined)[]) => {
            const range = document.createRange();
            range.setStartBefore(nodes[0]!);
            range.setEndAfter(nodes.at(-1)!);
            return range.getBoundingClientRect();
          };
          const before = item.previousElementSibling;
          const icon = rectOf(item.querySelector('.icon')!.firstChild);
          const previous = before === null ? undefined : rectOf(before.firstChild, before.lastChild);
          const inLine = previous !== undefined && Math.abs(previous.bottom - icon.bottom) < 10;
          return {
            own: rectOf(item.querySelector('.icon')!.nextSibling).left - icon.right,
            other: inLine ? icon.left - previous.right : Infinity,
          };
        }),
      );
      expect(gaps).toHaveLength(6);
      for (const { own, other } of gaps) expect(own).toBeLessThan(other);
    },
  );

  it('removes all, when that is meant', async () => {
    board.page.once('dialog', (dialog) => void dialog.dismiss());
    await board.button('Remove all').click();
    expect(await board.page.getByRole('row').count()).toBeGreaterThan(1);
    board.page.once('dialog', (dialog) => void dialog.accept());
    await board.button('Remove all').click();
    await board.page.getByText('No feeds. Add one, or fill the board.').waitFor();
    expect(await board.page.getByRole('row').count()).toBe(1);
    await board.add('First again');
  });
});
