/** A constraint system kept as bytes: the same when it is read back, and nothing where the bytes are damaged. */
import { expect, test } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { decodeR1cs, encodeR1cs } from '../../../src/wrap/r1cs/stored.ts';
import { build, mixed } from '../random-circuit.ts';

const { r1cs } = build(await createEngine(), mixed([5n, R - 3n], 7));

test('a system is the same when it is read back, at any place of other bytes', () => {
  const bytes = encodeR1cs(r1cs);
  expect(decodeR1cs(bytes)).toEqual(r1cs);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeR1cs(moved.subarray(3))).toEqual(r1cs);
  expect(decodeR1cs(bytes)!.a.signal.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('bytes that are no system are none', () => {
  const bytes = encodeR1cs(r1cs);
  const withByte = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  for (const damaged of [
    new Uint8Array(),
    bytes.subarray(0, 3),
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Uint8Array.of(0)]),
    withByte(0, bytes[0]! ^ 1),
    withByte(3, 255),
    withByte(4, 32),
  ])
    expect(decodeR1cs(damaged)).toBeUndefined();
});
