/** Inversion by divsteps against Euclid's algorithm on bigints. */
import { expect, it } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { Assembler } from '../../../src/algebra/kernels/assembly/assembler.ts';
import { addInverse } from '../../../src/algebra/kernels/field/divsteps.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { Random } from '../random.ts';

it.each([
  ['Fr', R],
  ['Fq', Q],
  // The matrices and limbs are for every odd modulus below 2^256.
  ['a small field', 65537n],
  ['a large field', 2n ** 256n - 189n],
])('inverts in %s, 0 to 0', async (_, p) => {
  const asm = new Assembler();
  addInverse(asm, 'f', p);
  const [a, out] = [asm.reserve(32), asm.reserve(32)];
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(asm.build(), { env: { memory } });
  const F = field(p);
  const invert = (x: bigint): bigint => {
    Buffer.from(memory.buffer, a, 32).set(F.toBytes(x));
    (instance.exports.f_inverse as (a: number, out: number) => void)(a, out);
    return BigInt(
      `0x${Buffer.from(memory.buffer.slice(out, out + 32))
        .reverse()
        .toString('hex')}`,
    );
  };
  const powers = Array.from({ length: 257 }, (_power, k) => 2n ** BigInt(k)).flatMap((v) => [v - 1n, v, v + 1n]);
  const edges = [0n, 1n, 2n, 3n, p - 1n, p - 2n, p / 2n, p / 2n + 1n, p / 3n, ...powers, ...powers.map((v) => p - v)];
  for (const x of [...edges.map((x) => F.create(x)), ...new Random(`inverse ${p}`).elements(p, 2000)]) {
    const inverse = invert(x);
    expect(inverse < p).toBe(true);
    expect(x === 0n ? inverse : F.mul(x, inverse)).toBe(x === 0n ? 0n : 1n);
  }
});
