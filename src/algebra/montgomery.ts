/** Montgomery form with 2^256, in which the files of snarkjs hold coordinates and coefficients, whatever form an engine has inside. */
import { type Engine, FIELD_BYTES } from './engine.ts';
import { field } from './field.ts';
import { Q } from './params.ts';

/** 2^256 modulo a field's modulus turns values into Montgomery form. */
export const MONTGOMERY = 1n << 256n;
const Fq = field(Q);
export const MONTGOMERY_INVERSE = Fq.inv(Fq.create(MONTGOMERY));

/** k 2^256 for each internal element k of a field, as canonical bytes: Montgomery form. */
export function toMontgomery(internal: Uint8Array, engine: Engine, name: 'fr' | 'fq'): Uint8Array {
  return scaled(internal, engine, name, MONTGOMERY);
}

/** Elements a 2^256 mod q as bytes to canonical a, all by the engine: one multiplication by 2^-256 each. */
export function fromMontgomery(bytes: Uint8Array, engine: Engine): Uint8Array {
  return scaled(engine.fq.fromCanonical(bytes), engine, 'fq', MONTGOMERY_INVERSE);
}

function scaled(internal: Uint8Array, engine: Engine, name: 'fr' | 'fq', factor: bigint): Uint8Array {
  const kernels = engine[name];
  const out = kernels.fromBits(new Uint8Array(internal.length / FIELD_BYTES));
  kernels.axpy(out, kernels.encode([factor]), internal);
  return kernels.toCanonical(out);
}
