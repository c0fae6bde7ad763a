import type { Interface } from 'node:readline';
import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import { Observable } from 'rxjs';
import { stop } from './stop.ts';

const { stdin, stdout } = process;
/** Somebody sits there, who is to see what is typed while other lines come. */
const INTERACTIVE = stdin.isTTY && stdout.isTTY;

let prompt: Interface | undefined;

// Whoever has read the output has gone (`npm start | head`): there is nobody to go on for.
stdout.once('error', stop).on('error', () => undefined);

function clearPrompt(): void {
  if (prompt === undefined) return;
  moveCursor(stdout, 0, -prompt.getCursorPos().rows);
  cursorTo(stdout, 0);
  clearScreenDown(stdout);
}

export const terminal = {
  /** The lines that are typed, or piped in. Completes when the input is closed; unsubscribing lets go of it. */
  line$: new Observable<string>((subscriber) => {
    const lines = createInterface({ input: stdin, ...(INTERACTIVE && { output: stdout, prompt: 'sql> ' }) });
    if (INTERACTIVE) prompt = lines;
    lines
      .on('line', (line) => {
        subscriber.next(line);
        prompt?.prompt();
      })
      // A terminal that is gone can't be read, nor be left as it was.
      .on('error', stop)
      // A terminal that is read key by key gives a Ctrl-C to its reader.
      .on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      .once('close', () => {
        clearPrompt();
        prompt = undefined;
        subscriber.complete();
      });
    prompt?.prompt();
    return () => lines.close();
  }),

  /** Prints a line above the one that is being typed. */
  print: (text: string): void => {
    clearPrompt();
    stdout.write(`${text}\n`);
    prompt?.prompt(true);
  },
};
