import type { Key } from '../../lib/index.ts';
import type { Action, Config, History, Life, PolicySpec, Reading, RowSpec, Step } from './history.ts';

/** A history as lines to read: the options, the rows, one line for each step. */
export function showHistory({ config, rows, steps, end }: History): string {
  const key = (index: number): string => showKey(config.keys[index % config.keys.length] as Key);
  return [
    `options  ${showConfig(config)}`,
    ...rows.slice(0, config.keys.length).map((row, index) => `row      ${key(index)} = ${showRow(row)}`),
    'step     run',
    ...steps.map((step) => `step     ${step.wait > 0 ? `+${String(step.wait)} ms: ` : ''}${showStep(step, key)}`),
    `end      ${end}`,
  ].join('\n');
}

export function showKey(key: Key): string {
  return typeof key === 'string' ? JSON.stringify(key) : typeof key === 'bigint' ? `${String(key)}n` : String(key);
}

function showConfig({
  keys,
  table,
  changes,
  batches,
  reading,
  interval,
  readTimeout,
  initialWait,
  startConcurrency,
  policy,
}: Config): string {
  return [
    `${String(keys.length)} keys`,
    `table: ${table}, ${batches}, changes: ${changes}, ${showReading(reading)}, readTimeout ${String(readTimeout)}`,
    `interval ${String(interval)}, initialWait ${String(initialWait)}, startConcurrency ${String(startConcurrency)}`,
    showPolicy(policy),
  ].join('; ');
}

function showReading({ takes, sees, fault }: Reading): string {
  return [takes === 0 ? 'read at once' : `read in ${String(takes)} ms as of ${sees}`, fault === 'none' ? '' : fault]
    .filter(Boolean)
    .join(', ');
}

function showPolicy({
  when,
  delay,
  resetAfter,
  limit,
  onChange,
  startTimeout,
  stopTimeout,
  killTimeout,
}: PolicySpec): string {
  return [
    `restart ${when} after ${String(delay)}`,
    limit === undefined ? '' : `at most ${String(limit.max)} in ${String(limit.within)}`,
    `reset ${String(resetAfter)}`,
    `onChange ${onChange}`,
    `start/stop/kill ${[startTimeout, stopTimeout, killTimeout].join('/')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

export function showRow({ lives, policy }: RowSpec): string {
  return lives.map(showLife).join(' then ') + (policy === undefined ? '' : ` with ${showPolicy(policy)}`);
}

function showLife(life: Life): string {
  const { kind, throws, ready, ends, after, stops, dies, stopFails, emits, works, listens, calls } = life;
  return `[${[
    kind,
    throws === 'never' ? '' : `throws ${throws}`,
    ready === 0 ? '' : ready === Infinity ? 'never ready' : `ready@${String(ready)}`,
    ends === 'never' ? '' : `${ends}@${String(after)}`,
    stops === 0 ? '' : stops === Infinity ? 'ignores stop' : `stops in ${String(stops)}`,
    dies === 0 ? '' : dies === Infinity ? 'ignores force' : `dies in ${String(dies)}`,
    stopFails ? 'stop fails' : '',
    emits === 0 ? '' : `emits ${String(emits)}`,
    works === 0 ? '' : `works for ${String(works)}`,
    listens ? 'listens' : '',
    calls === undefined ? '' : `at ${calls.when}: ${calls.do.map((action) => showAction(action, String)).join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ')}]`;
}

function showStep(step: Step, key: (index: number) => string): string {
  if (step.do === 'settle') return 'settle';
  if (step.do === 'on') return `on ${step.event}, subscriber ${String(step.who + 1)}: ${showAction(step.then, key)}`;
  return showAction(step, key);
}

function showAction(action: Action, key: (index: number) => string): string {
  const patience =
    'patience' in action && action.patience !== Infinity ? `, abandoned after ${String(action.patience)}` : '';
  switch (action.do) {
    case 'set':
      return `set ${key(action.key)} = ${showRow(action.row)}, announced ${action.announced}`;
    case 'revert':
    case 'rewrite':
    case 'delete':
    case 'spoil':
      return `${action.do} ${key(action.key)}, announced ${action.announced}`;
    case 'announce':
      return `announce ${action.key === 'all' ? 'all' : key(action.key)}`;
    case 'reads':
      return `next ${String(action.times)} reads: ${showReading(action.reading)}`;
    case 'start':
    case 'stop':
      return `${action.do} ${key(action.key)}${action.within === undefined ? '' : ` within ${String(action.within)}`}${patience}`;
    case 'restart':
      return `restart ${key(action.key)}${patience}`;
    case 'reconcile':
    case 'plan':
      return `${action.do}${patience}`;
    case 'end':
      return `end ${action.how}`;
    default:
      return action.do;
  }
}
