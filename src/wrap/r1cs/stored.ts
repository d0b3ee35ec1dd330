/**
 * A constraint system as one run of bytes, to be kept and read back in a fraction of the time in which it is built: length of the
 * header u32, the header in JSON (counts, scopes, lengths of the arrays), then the arrays one after another, words little-endian.
 */
import { z } from 'zod';
import type { R1cs } from './r1cs.ts';

const count = z.int().nonnegative();
const Header = z.strictObject({
  modulus: z.string().regex(/^[0-9]{1,78}$/),
  signals: count,
  publicInputs: count,
  constraints: count,
  scopes: z.array(z.strictObject({ name: z.string(), constraints: count, signals: count, coefficients: count })),
  /** In words. */
  lengths: z.array(count),
});

/** The arrays of words, in their order in the file. */
function arraysOf({ a, b, c, splits, constraintScope, coefficients }: R1cs): Uint32Array[] {
  const matrices = [a, b, c].flatMap(({ start, signal, coef }) => [start, signal, coef]);
  const values = new Uint32Array(coefficients.buffer, coefficients.byteOffset, coefficients.length / 4);
  return [...matrices, splits.start, splits.product, constraintScope, values];
}

export function encodeR1cs(r1cs: R1cs): Uint8Array {
  const { modulus, signals, publicInputs, constraints, scopes } = r1cs;
  const arrays = arraysOf(r1cs);
  const lengths = arrays.map(({ length }) => length);
  const header = { modulus: modulus.toString(), signals, publicInputs, constraints, scopes, lengths };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(4 + text.length + 4 * lengths.reduce((sum, n) => sum + n, 0));
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 4);
  let at = 4 + text.length;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    out.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return out;
}

/** The system, its arrays in shared memory; undefined for bytes that are none. */
export function decodeR1cs(bytes: Uint8Array): R1cs | undefined {
  if (bytes.length < 4) return undefined;
  const first = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = headerOf(bytes.subarray(4, first));
  if (!header) return undefined;
  const { lengths, modulus, ...counts } = header;
  if (lengths.length !== 13 || first + 4 * lengths.reduce((sum, n) => sum + n, 0) !== bytes.length) return undefined;
  let at = first;
  const arrays = lengths.map((length) => {
    const words = new Uint32Array(new SharedArrayBuffer(4 * length));
    new Uint8Array(words.buffer).set(bytes.subarray(at, at + 4 * length));
    at += 4 * length;
    return words;
  });
  const matrix = (k: number) => ({ start: arrays[k]!, signal: arrays[k + 1]!, coef: arrays[k + 2]! });
  return {
    ...counts,
    modulus: BigInt(modulus),
    a: matrix(0),
    b: matrix(3),
    c: matrix(6),
    splits: { start: arrays[9]!, product: arrays[10]! },
    constraintScope: arrays[11]!,
    coefficients: new Uint8Array(arrays[12]!.buffer),
  };
}

function headerOf(text: Uint8Array): z.infer<typeof Header> | undefined {
  try {
    return Header.safeParse(JSON.parse(new TextDecoder().decode(text))).data;
  } catch {
    return undefined;
  }
}
