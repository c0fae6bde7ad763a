/** A message was to be sent to somebody who isn't there, or has no channel for it. */
export class NoChannelError extends Error {
  override readonly name = 'NoChannelError';
  readonly code = 'NO_CHANNEL';

  constructor(receiver: string, advice: string) {
    super(`The message can't be sent, since ${receiver} doesn't take any now. ${advice}`);
  }
}
