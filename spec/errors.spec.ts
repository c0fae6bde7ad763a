import * as errors from '../lib/errors.ts';
import { describe as describeValue, showKey, someCause } from '../lib/errors.ts';

const found = { any: 'thing' };
const cause = new Error('cause');

const ALL: [error: Error, code: string, facts: object, message: string][] = [
  [
    new errors.NotRunningError('start'),
    'NOT_RUNNING',
    { command: 'start' },
    'start needs a supervisor that runs: subscribe to run() first.',
  ],
  [new errors.ProcessNotFoundError('a', 'no row'), 'PROCESS_NOT_FOUND', { key: 'a' }, 'No process of key "a": no row.'],
  [
    new errors.ProcessNotRunningError(1, 'starting', found),
    'PROCESS_NOT_RUNNING',
    { key: 1, state: 'starting', process: found },
    'The process of key 1 was expected to run, but it is starting',
  ],
  [
    new errors.ProcessExistsError(1n, 'stopping'),
    'PROCESS_EXISTS',
    { key: 1n, state: 'stopping' },
    "Key 1n can't be started: it has a process, which is stopping.",
  ],
  [new errors.PermanentError('no such port', { cause }), 'PERMANENT', { cause }, 'no such port'],
  [
    new errors.StartTimeoutError('a', 500),
    'START_TIMEOUT',
    { key: 'a', startTimeout: 500 },
    "was expected to be ready within 500 ms, but hasn't subscribed to `running`: do so once everything is open, or raise startTimeout.",
  ],
  [
    new errors.ProcessStuckError(Symbol.for('a')),
    'PROCESS_STUCK',
    { key: Symbol.for('a') },
    "of key Symbol(a) was asked to stop and forced, and hasn't ended. It is left alone until it does; restart(key) abandons it.",
  ],
  [
    new errors.ReadTimeoutError('entries', 100),
    'READ_TIMEOUT',
    { operation: 'entries', readTimeout: 100 },
    "The table's entries was expected to end within 100 ms, but hasn't: mend the table, or raise readTimeout.",
  ],
  [
    new errors.InvalidRowError('getMany', 'rows', found),
    'INVALID_ROW',
    { operation: 'getMany', found },
    "The table's getMany was expected to give rows, but gave a plain object.",
  ],
  [new errors.DuplicateKeyError(true), 'DUPLICATE_KEY', { key: true }, 'Key true came twice'],
  [
    new errors.InvalidProcessError('x'),
    'INVALID_PROCESS',
    { found: 'x' },
    'but was a string "x". Return one of them from `process`, or let the row be one.',
  ],
  [
    new errors.InvalidOptionError('interval', 'ms', -1),
    'INVALID_OPTION',
    { option: 'interval', found: -1 },
    'Option `interval` must be ms, but was a number -1.',
  ],
  [
    new errors.CallbackError('equals', 'a', 'It counts as changed.', cause),
    'CALLBACK',
    { callback: 'equals', key: 'a', cause },
    '`equals` threw for key "a": Error: cause. It counts as changed.',
  ],
  [new errors.NamedError('web', cause), 'NAMED', { process: 'web', cause }, 'web: cause'],
];

describe('errors', () => {
  it.each(ALL)('%s has a name, a code, its facts and a message', (error, code, facts, message) => {
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(error.constructor.name);
    expect(error).toMatchObject({ code, ...facts });
    expect(error.message).toContain(message);
  });

  it('each has a code and a name of its own', () => {
    const classes = Object.keys(errors).filter((name) => name.endsWith('Error'));
    expect(new Set(ALL.map(([, code]) => code)).size).toBe(classes.length);
    expect(new Set(ALL.map(([error]) => error.name)).size).toBe(classes.length);
  });

  it('names what was thrown when it is no Error', () => {
    expect(new errors.NamedError('web', 'text').message).toBe('web: text');
  });
});

describe('showKey', () => {
  it.each([
    ['a"b', '"a\\"b"'],
    [1, '1'],
    ['1', '"1"'],
    [1n, '1n'],
    [false, 'false'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows %p as %s', (key, shown) => {
    expect(showKey(key)).toBe(shown);
  });
});

describe('describe', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['x', 'a string "x"'],
    [2, 'a number 2'],
    [2n, 'a bigint 2n'],
    [[1, 2], 'an array of 2'],
    [{}, 'a plain object'],
    [Object.create(null), 'a plain object'],
    [new Map(), 'an object of class Map'],
    [parseInt, 'a function parseInt'],
    [
      (
        () => () =>
          1
      )(),
      'a function',
    ],
  ])('%p', (value, described) => {
    expect(describeValue(value)).toBe(described);
  });
});

describe('someCause', () => {
  const isText = (error: unknown) => error === 'text';

  it('looks at the error and at every cause', () => {
    expect(someCause('text', isText)).toBe(true);
    expect(someCause(new Error('a', { cause: new Error('b', { cause: 'text' }) }), isText)).toBe(true);
    expect(someCause(new Error('a', { cause: new Error('b') }), isText)).toBe(false);
  });

  it.each([undefined, null, 0, {}])('ends at %p', (end) => {
    expect(someCause(new Error('a', { cause: end }), isText)).toBe(false);
  });

  it('ends when causes go in a circle', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(someCause(a, isText)).toBe(false);
    expect(someCause(a, (error) => error === b)).toBe(true);
  });
});
