import { LIMIT, serve } from './board.ts';

describe('the server of the live board', () => {
  it(
    'lives on when it is asked for what makes no sense, and gives nothing from outside of the page',
    async () => {
      const { address, close } = await serve();
      try {
        const status = async (path: string) => (await fetch(address.replace(/\/$/, '') + path)).status;
        for (const path of ['/%', '//', '/%2e%2e%2fserver%2fmain.ts', '/%00']) {
          expect([path, await status(path)]).toEqual([path, 404]);
        }
        expect(await status('/feeds')).toBe(200);
      } finally {
        close();
      }
    },
    LIMIT,
  );
});
