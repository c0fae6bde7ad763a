let asked = false;

export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
for (const signal of SIGNALS) process.once(signal, () => (asked = true));

/** Asks this program to stop, as a signal does; but once it has been asked, it isn't a second signal, which would kill. */
export function stop(): void {
  if (asked) return;
  asked = true;
  process.kill(process.pid, 'SIGTERM');
}
