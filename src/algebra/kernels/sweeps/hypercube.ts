/**
 * Kernels over the hypercube of 2^n indices: the table of eq and the polynomial of a line (protocol section 3).
 * One call does one coordinate; coordinate j weighs bit j of the index.
 */
import { FIELD_BYTES } from '../../engine.ts';
import { type Assembler, indexed, offset } from '../assembly/assembler.ts';
import { i32 } from '../assembly/code.ts';
import { clear, copy, type PackedField } from '../field/packed-field.ts';
import type { PairField } from '../field/pair-field.ts';
import { pairwise } from './vectors.ts';

/** Adds `${name}_eq_level` and `${name}_line_level`. */
export function addHypercubeKernels(asm: Assembler, name: string, pairs: PairField, packed: PackedField): void {
  const [x, y] = [pairs.slot(), pairs.slot()];
  const [ofRho, ofDelta] = [i32.const(asm.reserve(FIELD_BYTES)), i32.const(asm.reserve(FIELD_BYTES))];

  // Splits each of the n entries at `low`: the upper half (bit set) gets e r, the lower e - e r = e (1 - r).
  asm.define(`${name}_eq_level`, 4, (s, low, high, r, n) => [
    pairs.load(r.get, r.get, y),
    pairwise(s, n, [low, high], (next) => [
      pairs.load(low.get, next(low), x),
      // The second half first: for an odd last element both are the same, and low must be reduced once only.
      pairs.mulStore(x, y, high.get, next(high)),
      packed.sub(next(low), next(high), ofRho),
      packed.sub(low.get, high.get, low.get),
      copy(ofRho, next(low)),
    ]),
  ]);

  /*
   * `values` holds 2 n polynomials in X of d coefficients each, by index. Neighbours a, b (they differ in the lowest bit,
   * whose coordinate is rho + X delta) become (1 - x) a + x b = a + (rho + X delta)(b - a), with d + 1 coefficients, in
   * place: writing never overtakes reading, since pair i is written from i (d + 1) <= 2 i d on, and b - a is computed
   * into `diff` (d elements) before. One pair multiplication makes rho e and delta e.
   */
  asm.define(`${name}_line_level`, 6, (s, values, n, d, rho, delta, diff) => {
    const [out, a, b, e] = [s.local('i32'), s.local('i32'), s.local('i32'), s.local('i32')];
    return [
      pairs.load(rho.get, delta.get, y),
      out.set(values.get),
      a.set(values.get),
      s.repeat(
        n.get,
        [],
        b.set(indexed(a.get, d.get, FIELD_BYTES)),
        values.set(a.get),
        e.set(diff.get),
        s.repeat(
          d.get,
          [
            [a, FIELD_BYTES],
            [b, FIELD_BYTES],
            [e, FIELD_BYTES],
          ],
          packed.sub(b.get, a.get, e.get),
        ),
        // Coefficient i of the result: a_i + rho e_i + delta e_(i-1).
        clear(ofDelta),
        e.set(diff.get),
        s.repeat(
          d.get,
          [
            [values, FIELD_BYTES],
            [e, FIELD_BYTES],
            [out, FIELD_BYTES],
          ],
          packed.add(values.get, ofDelta, out.get),
          pairs.load(e.get, e.get, x),
          pairs.mulStore(x, y, ofRho, ofDelta),
          packed.add(out.get, ofRho, out.get),
        ),
        copy(ofDelta, out.get),
        out.set(offset(out.get, FIELD_BYTES)),
        a.set(b.get),
      ),
    ];
  });
}
