import type { LifecycleEvent, Supervisor } from 'rxjs-supervisor';
import type { ChildProcess, OutputLine } from 'rxjs-supervisor/node';
import { ProcessExitError } from 'rxjs-supervisor/node';
import { colour, plain } from './colour.ts';
import type { Service } from './service.ts';

type Event = LifecycleEvent<string, Service>;

const NAME_WIDTH = 12;
const EVENT_WIDTH = 11;

/** One line about what has happened. */
export function formatEvent(event: Event, supervisor: Supervisor<string, Service, ChildProcess>): string {
  const name = 'key' in event ? serviceName(event.key) : colour.dim('—'.padEnd(NAME_WIDTH));
  const kind = KINDS[event.type](event.type.padEnd(EVENT_WIDTH));
  return `${time(event.at)} ${name} ${kind} ${details(event, supervisor)}`.trimEnd();
}

/** One line of what a service has written. */
export function formatOutput(name: string, { stream, line }: OutputLine): string {
  return `${time(Date.now())} ${serviceName(name)} ${stream === 'stderr' ? colour.red('!') : colour.dim('|')} ${plain(line)}`;
}

const KINDS: Readonly<Record<Event['type'], (text: string) => string>> = {
  queued: colour.dim,
  starting: colour.dim,
  running: colour.green,
  updated: colour.green,
  stopping: colour.dim,
  stopped: colour.yellow,
  completed: colour.green,
  failed: colour.red,
  backoff: colour.yellow,
  'given-up': colour.red,
  held: colour.yellow,
  stuck: colour.red,
  removed: colour.dim,
  ready: colour.green,
  reconciled: colour.dim,
  'row-failed': colour.red,
  'table-failed': colour.red,
  'changes-lost': colour.red,
  shutdown: colour.yellow,
  down: colour.green,
};

const START_CAUSES = {
  initial: 'it is in the table',
  interval: 'it is in the table',
  change: 'its row is new or has changed',
  request: 'it was asked for',
  restart: 'it has ended',
  update: 'its row has changed',
};

const STOP_CAUSES = {
  removed: 'its row is gone or disabled',
  request: 'it was asked for',
  update: 'its row has changed',
  timeout: 'it was not ready in time',
  shutdown: 'everything stops',
};

function details(event: Event, supervisor: Supervisor<string, Service, ChildProcess>): string {
  switch (event.type) {
    case 'starting':
    case 'queued':
      return `${START_CAUSES[event.cause]}${event.attempt > 1 ? `, try ${event.attempt}` : ''}`;
    case 'running':
      return `pid ${pidOf(event.key, supervisor)}, ready after ${duration(event.took)}`;
    case 'updated':
      return 'it has its new row';
    case 'stopping':
      return STOP_CAUSES[event.cause];
    case 'stopped':
      return `${event.uptime === 0 ? 'before it was ready' : `after ${duration(event.uptime)}`}${event.forced ? ', by force' : ''}${
        event.error === undefined ? '' : `, with an error: ${reason(event.error)}`
      }`;
    case 'completed':
      return 'exited with code 0';
    case 'failed':
      return reason(event.error);
    case 'backoff':
      return `next try in ${duration(event.delay)}`;
    case 'given-up':
      return 'no restart until its row changes';
    case 'held':
      return 'no start until its row changes';
    case 'stuck':
      return 'it was killed, and lives on';
    case 'removed':
      return '';
    case 'ready':
      return event.complete ? 'what is in the table has been started' : 'the table could not be read in full';
    case 'reconciled':
      return (
        `${count(event.rows, 'row')}: ${event.started} started, ${event.stopped} stopped, ` +
        `${event.restarted + event.updated} changed${event.complete ? '' : '; not all could be read'}`
      );
    case 'row-failed':
      return `its row can't be read: ${reason(event.error)}`;
    case 'table-failed':
    case 'changes-lost':
      return reason(event.error);
    case 'shutdown':
      return 'everything is asked to stop; Ctrl-C again kills';
    case 'down':
      return event.keys.length === 0 ? 'nothing runs any more' : `lives on: ${event.keys.map(plain).join(', ')}`;
  }
}

/** An error in one line; what a service wrote before it exited has been printed already. */
export function reason(error: unknown): string {
  if (error instanceof ProcessExitError) {
    return error.signal === null ? `exited with code ${error.exitCode ?? '?'}` : `was killed by ${error.signal}`;
  }
  return plain(error instanceof Error ? error.message : String(error));
}

/** It may have ended by the time its start is told. */
function pidOf(name: string, supervisor: Supervisor<string, Service, ChildProcess>): string {
  return supervisor.status(name)?.state === 'running' ? String(supervisor.get(name).pid) : 'unknown';
}

const serviceName = (name: string): string => colour.ofName(name)(plain(name).padEnd(NAME_WIDTH));

const time = (at: number): string => colour.dim(new Date(at).toTimeString().slice(0, 8));

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
