import fc from 'fast-check';
import { canonicalJson, hashOf, sha256 } from './hash.ts';

describe('canonical JSON', () => {
  test.each([
    ['sorted keys', { b: 1, a: [true, null] }, '{"a":[true,null],"b":1}'],
    ['undefined is left out', { a: undefined, b: 2 }, '{"b":2}'],
    ['nested', { z: { y: 1, x: 2 } }, '{"z":{"x":2,"y":1}}'],
    ['text is escaped', { 'a"': 'ü\n' }, '{"a\\"":"ü\\n"}'],
  ])('%s', (_name, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('does not depend on the order in which fields were set, and says the same as JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(hashOf(reversed)).toBe(hashOf(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 7 },
    );
  });

  test('SHA-256 is the one of FIPS 180-4', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
