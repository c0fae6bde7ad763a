import { accessSync, constants } from 'node:fs';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Where Chromium is: as the environment's CHROMIUM says, or where Linux has it. */
const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && isExecutable(path),
);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `describe`, with a real Chromium; where there is none it says so, and leaves the specs out. */
export function describeInBrowser(name: string, specs: (browser: () => Browser) => void): void {
  if (executablePath === undefined) {
    process.stderr.write(
      `Left out: the browser specs of ${name}, since there is no Chromium. ` +
        'To run them: apt-get install chromium, or CHROMIUM=/path/to/chromium npx jest spec/browser\n',
    );
  }
  (executablePath === undefined ? describe.skip : describe)(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath!, args: FLAGS });
    }, 60_000);
    afterAll(() => browser?.close());
    specs(() => browser!);
  });
}
