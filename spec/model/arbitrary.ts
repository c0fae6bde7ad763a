import fc from 'fast-check';
import type { Action, Announced, Config, History, Life, PolicySpec, Reading, RowSpec, Step } from './history.ts';

const pick = fc.constantFrom;

/** Most often the first: so that most of what happens is ordinary, and shrinking leads there. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return pick(usual, usual, usual, ...others);
}

/** Kinds of processes, often and less often, that end in the frame in which they are told to. */
const atOnce: readonly Life['kind'][] = [
  'runnable',
  'plain',
  'runnable',
  'patient',
  'patient',
  'promise',
  'iterator',
  'array',
  'supervisor',
];
/** These too settle in a microtask. */
const inMicrotasks: readonly Life['kind'][] = [
  ...atOnce,
  'real promise',
  'real function',
  'real function',
  'real generator',
];

type Kinds = readonly Life['kind'][];

const life = (kinds: Kinds, calls: fc.Arbitrary<Life['calls']>): fc.Arbitrary<Life> =>
  fc.record({
    kind: pick(...kinds),
    throws: pick<Life['throws'][]>(
      'never',
      'never',
      'never',
      'never',
      'never',
      'never',
      'in build',
      'in subscribe',
      'in teardown',
    ),
    ready: pick(0, 0, 0, 2, 7, Infinity),
    ends: mostly<Life['ends']>('never', 'never', 'completes', 'fails', 'fails', 'gives up'),
    after: pick(0, 0, 1, 4, 30),
    stops: pick(0, 0, 2, 6, Infinity),
    dies: pick(0, 0, 1, 4, Infinity),
    stopFails: mostly(false, true),
    emits: pick(0, 0, 1, 2),
    works: pick(0, 0, 0, 0, 0, 2),
    listens: pick(false, true),
    calls,
  });

const policy: fc.Arbitrary<PolicySpec> = fc.record({
  when: mostly<PolicySpec['when']>('always', 'on-failure', 'never'),
  delay: pick<PolicySpec['delay'][]>(3, 0, 1, 20, 1_200, 'grows', 'throws'),
  resetAfter: pick(30_000, 0, 10),
  limit: mostly<PolicySpec['limit']>(
    undefined,
    { max: 0, within: 100 },
    { max: 1, within: 50 },
    { max: 2, within: 1_000 },
  ),
  onChange: pick<PolicySpec['onChange'][]>('restart', 'restart', 'update', 'update', 'ignore', 'by number', 'throws'),
  startTimeout: pick(10, 1, 0, 1_000, Infinity),
  stopTimeout: pick(5, 3, 0, 1_000),
  killTimeout: pick(3, 2, 0, 1_000),
});

const rowOf = (kinds: Kinds, calls: fc.Arbitrary<Life['calls']>): fc.Arbitrary<RowSpec> =>
  fc.record({
    lives: fc.array(life(kinds, calls), { minLength: 1, maxLength: 3 }),
    policy: fc.option(policy, { freq: 3, nil: undefined }).map((value) => value),
  });

const reading: fc.Arbitrary<Reading> = fc.record({
  takes: pick(0, 0, 1, 4, 12),
  sees: pick<Reading['sees'][]>('the last moment', 'the first moment', 'half of each'),
  fault: pick<Reading['fault'][]>(
    'none',
    'none',
    'none',
    'throws',
    'fails',
    'fails half-way',
    'hangs',
    'a malformed row',
    'a key twice',
  ),
});

const announced = pick<Announced[]>('now', 'now', 'now', 'now', 'late', 'never', 'twice', 'as all', 'before');
const key = fc.nat({ max: 3 });
const patience = pick(Infinity, Infinity, 0, 3);
const within = pick(undefined, undefined, 0, 2, 8);
const how = pick<History['end'][]>(
  'gracefully',
  'gracefully',
  'by force',
  'by unsubscribing',
  'with an error',
  'by close',
);

const actionOf = (row: fc.Arbitrary<RowSpec>): fc.Arbitrary<Action> =>
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant('set' as const), key, row, announced }) },
    {
      weight: 9,
      arbitrary: fc.record({
        do: pick<('delete' | 'revert' | 'rewrite' | 'spoil')[]>(
          'delete',
          'delete',
          'delete',
          'revert',
          'revert',
          'rewrite',
          'spoil',
        ),
        key,
        announced,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('announce' as const), key: fc.oneof(key, fc.constant('all' as const)) }),
    },
    { weight: 5, arbitrary: fc.record({ do: pick<('stop' | 'start')[]>('stop', 'start'), key, within, patience }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), key, patience }) },
    { weight: 2, arbitrary: fc.record({ do: pick<('reconcile' | 'plan')[]>('reconcile', 'plan'), patience }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('reads' as const), reading, times: pick(1, 2, 4) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'lose changes' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'tick' as const }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), how }) },
    { weight: 1, arbitrary: fc.constant({ do: 'run' as const }) },
  );

const wait = pick(0, 0, 0, 1, 1, 2, 3, 5, 11, 30, 1_100, 2_500);

const stepOf = (action: fc.Arbitrary<Action>, plainAction: fc.Arbitrary<Action>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.tuple(wait, action).map(([wait, action]): Step => ({ wait, ...action })) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('on' as const),
        wait,
        event: pick(
          'starting',
          'running',
          'stopping',
          'stopped',
          'failed',
          'completed',
          'backoff',
          'held',
          'given-up',
          'removed',
          'stuck',
          'updated',
          'queued',
          'ready',
          'reconciled',
          'table-failed',
          'shutdown',
          'down',
        ),
        who: pick(0, 1),
        then: plainAction,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const), wait }) },
  );

const quick: Reading = { takes: 0, sees: 'the last moment', fault: 'none' };

const config: fc.Arbitrary<Config> = fc.record({
  keys: pick<Config['keys'][]>(
    ['a'],
    ['a', 'b'],
    [1, '1'],
    [0, NaN, false],
    [1n, 'x', true, Symbol('s')],
    [Symbol('s'), Symbol('s')],
    ['', '0', 0, 0n],
    [Infinity, -1.5, 'true', true],
  ),
  table: pick<Config['table'][]>('getMany', 'get', 'versions', 'numbered get'),
  changes: mostly<Config['changes']>('says all', 'says nothing', 'none'),
  batches: pick<Config['batches'][]>('array', 'observable', 'generator'),
  reading: fc.oneof(
    { weight: 2, arbitrary: fc.constant(quick) },
    { weight: 1, arbitrary: reading.map((r): Reading => ({ ...r, fault: 'none' })) },
  ),
  interval: pick<Config['interval'][]>(Infinity, 40, 1_000, 'ticks'),
  readTimeout: pick(30, 5, 1_000),
  initialWait: pick(1_000, 0, 5),
  startConcurrency: pick(Infinity, Infinity, 1, 2),
  policy,
});

/** A stop of a key, and what follows it in the same frame is most often about that key too. */
const stopAnd = (next: fc.Arbitrary<Action>): fc.Arbitrary<readonly Action[]> =>
  fc
    .record({ key, within, patience, next })
    .map(({ key: ofRow, within: ms, patience: waits, next: then }) => [
      { do: 'stop', key: 'key' in then && then.key !== 'all' ? then.key : ofRow, within: ms, patience: waits },
      then,
    ]);

const historyOf = (kinds: Kinds): fc.Arbitrary<History> => {
  const plainRow = rowOf(kinds, fc.constant(undefined));
  const plainAction = actionOf(plainRow);
  const when = ['subscribe', 'build', 'ready', 'asked', 'teardown'] as const;
  const calls = fc.option(
    fc.record({ when: pick(...when), do: fc.oneof(fc.tuple(plainAction), stopAnd(plainAction)) }),
    { freq: 12, nil: undefined },
  );
  const row = rowOf(kinds, calls);
  return fc.record({
    config,
    rows: fc.array(row, { maxLength: 4 }),
    steps: fc.array(stepOf(actionOf(row), plainAction), { minLength: 1, maxLength: 14, size: 'max' }),
    end: how,
  });
};

/** Histories: a table and options, the first rows, and what then happens. */
export const history = historyOf(atOnce);
/** Also with real Promises, which need microtasks. */
export const slowHistory = historyOf(inMicrotasks);
