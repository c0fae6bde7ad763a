import * as fc from 'fast-check';
import { compositeKey } from 'rxjs-supervisor/postgres';
import { keyParams, parseKey, parseKeys } from '../../lib/postgres/keys.ts';

const part = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.bigInt().filter((n) => !Number.isSafeInteger(Number(n))),
);

describe('keys', () => {
  it('come out of a notification as they went in', () => {
    const json = (key: unknown) => (typeof key === 'bigint' ? String(key) : JSON.stringify(key));
    fc.assert(
      fc.property(fc.array(part), (keys) => {
        expect(parseKeys(`[${keys.map(json).join()}]`)).toEqual(keys);
      }),
    );
  });

  it('of several columns are taken apart into what they were made of', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
        const key = compositeKey(...parts);
        const written = parts.map((one) => (/number|bigint/.test(typeof one) ? String(one) : one));
        expect(keyParams([key, key], parts.length)).toEqual(written.map((one) => [one]));
        expect(parseKey(JSON.stringify(key))).toBe(key);
      }),
    );
  });
});
