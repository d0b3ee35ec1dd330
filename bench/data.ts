/** Repeatable operands of the benchmarks. */
import { createHash } from 'node:crypto';
import type { Engine } from '../src/algebra/engine.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS } from '../src/algebra/params.ts';

/** n elements below 2^253, canonical in both fields, 32 bytes each. */
export function elements(n: number, label: string): Uint8Array {
  const bytes = new Uint8Array(32 * n);
  for (let i = 0; i < n; i++) {
    bytes.set(createHash('sha256').update(`${label}/${i}`).digest(), 32 * i);
    bytes[32 * i + 31]! &= 0x1f;
  }
  return bytes;
}

/** n canonical points that are multiples of the generator by hashes. */
export function bases(engine: Engine, which: 'g1' | 'grumpkin', n: number): Uint8Array {
  const curve = engine[which];
  const [params, field] = which === 'g1' ? ([G1_PARAMS, engine.fr] as const) : ([GRUMPKIN_PARAMS, engine.fq] as const);
  return curve.toCanonicalPoints(curve.fixedBase(params.generator, field.fromCanonical(elements(n, which))));
}
