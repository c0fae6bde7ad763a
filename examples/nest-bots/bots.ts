import { Logger } from '@nestjs/common';
import type { Runnable, Supervisor } from 'rxjs-supervisor';
import { fromAsync, PermanentError } from 'rxjs-supervisor';

/** A row of the table `bots`. */
export interface Bot {
  readonly name: string;
  readonly token: string;
}

export type Bots = Supervisor<string, Bot, Runnable>;

/** What the supervisor, and its health, are injected by. */
export const BOTS = Symbol('bots');
export const BOTS_HEALTH = Symbol('health of the bots');

/**
 * Polls for a bot's messages, one poll after the other. Ready when the messenger knows the bot; ended when the messenger
 * says that nobody polls it any more, so that its successor isn't refused.
 */
export const poller =
  (chat: string) =>
  ({ name, token }: Bot): Runnable =>
    fromAsync(async ({ signal, ready }) => {
      const ask = async (method: string, signal?: AbortSignal): Promise<string> => {
        const answer = await fetch(`${chat}/${token}/${method}`, { ...(signal && { signal }) });
        if (answer.status === 401) throw new PermanentError(`The messenger knows no bot with the token of ${name}.`);
        if (!answer.ok) throw new Error(`${method}: ${String(answer.status)} ${await answer.text()}`);
        return answer.text();
      };
      await ask('me', signal);
      ready();
      try {
        for (;;) Logger.log(await ask('updates', signal), name);
      } finally {
        await ask('close');
      }
    });
