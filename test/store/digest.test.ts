import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { sha256Hex, sha256Json } from '../../src/store/digest.ts';
import { foldErrorOf } from '../helpers/errors.ts';

describe('digests', () => {
  test('the published vector of SHA-256, whole and in chunks', () => {
    const abc = new TextEncoder().encode('abc');
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex(abc)).toBe(digest);
    expect(sha256Hex(abc.subarray(0, 1), abc.subarray(1))).toBe(digest);
  });

  test('keys are sorted at every level, text is minimal', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü"' }], a: -0.5 })).toBe('{"a":-0.5,"b":[1,{"c":"ü\\"","d":null}]}');
  });

  test('the order in which keys were written does not matter; the value does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        fc.pre(!JSON.stringify(object).includes('__proto__'));
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(sha256Json(reversed)).toBe(sha256Json(object));
        expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
    expect(sha256Json([1, 2])).not.toBe(sha256Json([2, 1]));
  });

  test.each([[undefined], [{ a: undefined }], [1n], [Number.NaN], [new Map()], [() => 1]])(
    '%o has no form',
    (value) => {
      expect(foldErrorOf(() => canonicalJson(value)).code).toBe('E_BUG');
    },
  );
});
