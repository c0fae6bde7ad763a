/**
 * One live feed per row of a table. Run it: node --conditions=rxjs-supervisor/source --import tsx examples/quick-start.ts
 *
 * A feed here counts; the first one breaks after three values. The program edits the table while it is supervised, ends
 * everything after a second, and says all that happens.
 */
import { concat, defer, interval, map, take, throwError, timer } from 'rxjs';
import { backoff, MemoryTable, Supervisor, until } from 'rxjs-supervisor';

interface Feed {
  readonly url: string;
}

const feeds = new MemoryTable<string, Feed>([['btc', { url: 'example.org/btc' }]]);

let opened = 0;
const open = ({ url }: Feed) =>
  defer(() => {
    const values$ = interval(50).pipe(map((n) => `${url} ${n}`));
    const breaks$ = throwError(() => new Error('the feed broke'));
    return ++opened === 1 ? concat(values$.pipe(take(3)), breaks$) : values$;
  });

const supervisor = new Supervisor(feeds, { process: open, restart: { delay: backoff({ initial: 100 }) } });

supervisor.outputs.subscribe(([key, value]) => console.log(`  ${key}: ${value}`));
supervisor.run(until(timer(1_000))).subscribe({
  next: (event) => {
    const key = 'key' in event ? event.key : '';
    const detail = event.type === 'failed' ? String(event.error) : event.type === 'backoff' ? `${event.delay} ms` : '';
    console.log([event.type, key, detail].filter((word) => word !== '').join(' '));
  },
  complete: () => console.log('The end.'),
});

timer(350).subscribe(() => feeds.set('eth', { url: 'example.org/eth' })); // starts it, at once
timer(600).subscribe(() => feeds.set('btc', { url: 'example.net/btc' })); // stops the old one, then starts the new one
timer(850).subscribe(() => feeds.delete('eth')); // stops it
