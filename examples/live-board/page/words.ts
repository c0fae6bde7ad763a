import type { Explanation, ProcessStatus } from 'rxjs-supervisor';
import type { Feed } from './feed.ts';
import type { History } from './history.ts';
import { SHOWN } from './history.ts';
import { states } from './states.ts';

const seconds = (ms: number): string => `${String(Math.max(0, Math.round(ms / 1_000)))} s`;

/** Why a feed is as it is, in a few words. */
export function sentence(status: ProcessStatus<string, Feed>, { next }: Explanation, now: number): string {
  const { signal, every } = status.value;
  const error = status.error instanceof Error ? status.error.message : String(status.error);
  switch (status.state) {
    case 'running':
      return `${signal}, every ${String(every)} ms · for ${seconds(now - status.since)}`;
    case 'backoff':
      return `${error} · try ${String(status.attempt + 1)} in ${seconds((status.until ?? now) - now)}`;
    case 'stopping':
      // What the supervisor says after its deadline.
      return next.replace(/^.* ms, /, '').replace(/,? (with|so) .*/, '');
    case 'given-up':
      return `${error} · edit it`;
    case 'held':
      return 'stopped by hand';
    default:
      return next;
  }
}

/** The last minute, for whoever doesn't see the picture. */
export function pastInWords({ spans, failures, restarts }: History, now: number): string {
  const times = new Map<string, number>();
  spans.forEach(({ from, state }, i) => {
    const end = spans[i + 1]?.from ?? now;
    const time = end - Math.max(from, now - SHOWN);
    if (time > 0) times.set(states[state].label, (times.get(states[state].label) ?? 0) + time);
  });
  const parts = [...times].map(([label, time]) => `${label.toLowerCase()} ${seconds(time)}`);
  const failed = failures.filter((at) => at > now - SHOWN).length;
  return `In the last minute: ${parts.join(', ')}; failed ${String(failed)} times. Restarts so far: ${String(restarts)}.`;
}
