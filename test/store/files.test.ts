import { createHash } from 'node:crypto';
import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { decodeFile, encodeFile } from '../../src/store/files.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const body = { name: 'x', values: [1, -2, 2 ** 40, 0.5], bytes: Uint8Array.of(1, 2, 3), none: null, yes: true };
const file = encodeFile('plan', 2, body);
const open = (bytes: Uint8Array) => decodeFile(bytes, 'plan', [1, 2], 1e6);
const codeOf = (bytes: Uint8Array): string => foldErrorOf(() => open(bytes)).code;
const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

/** The container spelled out by hand from RFC 8949: the independent twin. */
function byHand(format: string, version: number, inner: Uint8Array): Buffer {
  const digest = createHash('sha256').update(`layerfold ${format} ${version}\n`).update(inner).digest();
  const text = (s: string) => Buffer.concat([Buffer.of(0x60 + s.length), utf8(s)]);
  const bytes = (b: Uint8Array) =>
    Buffer.concat([b.length < 24 ? Buffer.of(0x40 + b.length) : Buffer.of(0x58, b.length), b]);
  return Buffer.concat([
    Buffer.of(0xa4),
    ...[text('body'), bytes(inner), text('format'), text(format)],
    ...[text('sha256'), bytes(digest), text('version'), Buffer.of(version)],
  ]);
}

describe('the container', () => {
  test('what went in comes out, with its version', () => {
    expect(open(file)).toEqual({ version: 2, body });
    expect(open(Buffer.from(file)).body).toEqual(body);
  });

  test('the bytes are those of the specification', () => {
    const inner = Uint8Array.of(0x82, 0x01, 0x02);
    expect(Buffer.from(encodeFile('plan', 2, [1, 2]))).toEqual(byHand('plan', 2, inner));
    expect(open(byHand('plan', 2, inner)).body).toEqual([1, 2]);
  });

  test('round trip of random values; the same value gives the same bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!canonicalJson(value).includes('"__proto__"'));
        const bytes = encodeFile('plan', 1, value);
        expect(canonicalJson(open(bytes).body)).toBe(canonicalJson(value));
        expect(encodeFile('plan', 1, open(bytes).body)).toEqual(bytes);
      }),
    );
    expect(encodeFile('plan', 1, { a: 1, b: 2 })).toEqual(encodeFile('plan', 1, { b: 2, a: 1 }));
  });

  test('undefined is not written', () => {
    expect(foldErrorOf(() => encodeFile('plan', 1, { a: undefined })).code).toBe('E_BUG');
  });
});

describe('refusals', () => {
  test('every truncation', () => {
    for (let length = 0; length < file.length; length++) expect(codeOf(file.subarray(0, length))).toBe('E_FORMAT');
  });

  test('every flipped bit', () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const bad = file.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(codeOf(bad)).toBe('E_FORMAT');
    }
  });

  test('trailing bytes', () => {
    expect(codeOf(Uint8Array.from([...file, 0]))).toBe('E_FORMAT');
  });

  test('another format, an unknown version: expected and got', () => {
    const other = foldErrorOf(() => open(encodeFile('proof', 2, body)));
    expect([other.code, other.expected, other.got]).toEqual(['E_FORMAT', 'plan', 'proof']);
    const future = foldErrorOf(() => open(encodeFile('plan', 3, body)));
    expect([future.code, future.expected, future.got]).toEqual(['E_FORMAT', 'version 1 or 2', 'version 3']);
  });

  test('a version relabelled to one that is read, the digest kept', () => {
    const bad = Buffer.from(encodeFile('plan', 1, [1, 2]));
    bad[bad.length - 1] = 2;
    expect(foldErrorOf(() => open(bad)).message).toContain('damaged');
  });

  test('unknown, missing and ill-typed fields', () => {
    const whole = { format: 'plan', version: 1, sha256: new Uint8Array(32), body: new Uint8Array(1) };
    const { body: _, ...missing } = whole;
    for (const bad of [
      { ...whole, extra: 1 },
      missing,
      { ...whole, version: '1' },
      { ...whole, sha256: new Uint8Array(31) },
      [],
    ])
      expect(foldErrorOf(() => open(encode(bad))).message).toContain('no plan file');
  });

  test.each<[string, number[]]>([
    ['a long form of a small integer', [0x82, 0x18, 0x01, 0x02]],
    ['a long form of a length', [0x98, 0x02, 0x01, 0x02]],
    ['unsorted keys', [0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02]],
    ['a key twice', [0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02]],
    ['an indefinite array', [0x9f, 0x01, 0xff]],
    ['a float where an integer would do', [0xf9, 0x3c, 0x00]],
    ['NaN', [0xf9, 0x7e, 0x00]],
    ['undefined', [0xf7]],
    ['a tag', [0xc1, 0x01]],
    ['a length of 2^32', [0x9b, 0, 0, 0, 1, 0, 0, 0, 0]],
    ['a string of 2^53 bytes', [0x7b, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ['two values', [0x01, 0x02]],
    ['a key that would set the prototype', [0xa1, 0x69, ...utf8('__proto__'), 0xa0]],
  ])('a body with the right digest but %s', (_, inner) => {
    expect(codeOf(byHand('plan', 1, Uint8Array.from(inner)))).toBe('E_FORMAT');
  });

  test('nesting 200,000 deep', () => {
    expect(codeOf(new Uint8Array(200_000).fill(0x81))).toBe('E_FORMAT');
  });

  test('larger than the reader allows, before decoding', () => {
    expect(foldErrorOf(() => decodeFile(file, 'plan', [2], file.length - 1)).code).toBe('E_TOO_LARGE');
  });

  test('random bytes never throw anything but a FoldError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(() => open(bytes)).toThrow(FoldError);
      }),
    );
  });
});
