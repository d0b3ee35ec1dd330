/** Montgomery form with 2^256, in which the files of snarkjs hold coordinates, whatever form an engine has inside. */
import type { Engine } from './engine.ts';
import { FIELD_BYTES } from './engine.ts';
import { field } from './field.ts';
import { Q } from './params.ts';

const Fq = field(Q);
export const MONTGOMERY_INVERSE = Fq.inv(Fq.create(1n << 256n));

/** Elements a 2^256 mod q as bytes to canonical a, all by the engine: one multiplication by 2^-256 each. */
export function fromMontgomery(bytes: Uint8Array, engine: Engine): Uint8Array {
  const { fq } = engine;
  const product = fq.fromBits(new Uint8Array(bytes.length / FIELD_BYTES));
  fq.axpy(product, fq.encode([MONTGOMERY_INVERSE]), fq.fromCanonical(bytes));
  return fq.toCanonical(product);
}
