import { answer } from '../../examples/service-manager/sql.ts';
import { memoryDatabase } from '../support/pglite.ts';

const held = memoryDatabase();
const lines = async (sql: string) => (await answer(held.database, sql)).split('\n');

describe('the answer to SQL', () => {
  it.each([
    ['a bigint', '9007199254740993::bigint', '9007199254740993'],
    ['an array of them', 'array[9007199254740993]', '["9007199254740993"]'],
    ['a boolean', 'true', 'true'],
    ['bytes', `'\\xdead'::bytea`, '\\xdead'],
    ['no number', `'NaN'::float8`, 'NaN'],
    ['infinity', `'infinity'::timestamptz`, 'Infinity'],
    ['nothing', 'null', ''],
    ['what would move the cursor', `E'a\\x1b[2Jb\\nc'`, 'ab c'],
  ])('shows %s', async (_, value, text) => {
    expect((await lines(`select ${value} as value`))[2]).toBe(text);
  });

  it('shows two columns of one name', async () => {
    expect(await lines('select 1 as a, 2 as a')).toEqual(['a  a', '-  -', '1  2', '(1 row)']);
  });

  it('shows very many rows', async () => {
    expect((await lines('select * from generate_series(1, 200000)')).at(-1)).toBe('(200000 rows)');
  });

  it('refuses to copy from an input that it has none of', async () => {
    await answer(held.database, 'create table t (a int)');
    expect(await lines('COPY t  FROM STDIN')).toEqual(['ERROR: copy from stdin has no input here: use insert']);
    expect(await lines('select 1 as a')).toHaveLength(4);
  });
});
