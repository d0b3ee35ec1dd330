/**
 * Kernels over the hypercube of 2^n indices: the table of eq and the polynomial of a line (protocol section 3).
 * One wasm call does one coordinate; coordinate j weighs bit j of the index.
 */
import { defineKernel, FIELD_BYTES, FieldCalls, type ModuleBuilder } from './assembler.ts';

/** Adds `${p}_eq_level` and `${p}_line_level` for the field with prefix `p`. */
export function addHypercubeKernels(module: ModuleBuilder, p: string): void {
  const TMP = module.alloc(FIELD_BYTES);

  // Splits each of the n entries at `low`: the upper half (bit set) gets e r, the lower e - e r = e (1 - r).
  defineKernel(module, { name: `${p}_eq_level`, params: ['low', 'high', 'r', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const [low, high] = [k.get('low'), k.get('high')];
    const step = { low: FIELD_BYTES, high: FIELD_BYTES };
    return [k.sweep(k.get('n'), step, f.mul(low, k.get('r'), high), f.sub(low, high, low))];
  });

  /*
   * `values` holds 2 n polynomials in X of d coefficients each, by index. Neighbours a, b (they differ in the lowest bit,
   * whose coordinate is rho + X delta) become (1 - x) a + x b = a + (rho + X delta)(b - a), with d + 1 coefficients, in
   * place: writing never overtakes reading, since pair i is written from i (d + 1) <= 2 i d on, and b - a is computed
   * into `diff` (d elements) before. Products: 2 d per pair, so 4 2^n for the whole polynomial.
   */
  defineKernel(
    module,
    { name: `${p}_line_level`, params: ['values', 'n', 'd', 'rho', 'delta', 'diff'], locals: ['out', 'a', 'b', 'e'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const tmp = c.i32_const(TMP);
      const out = k.get('out');
      const bytes = k.element(c.i32_const(0), k.get('d'));
      return [
        k.set('out', k.get('values')),
        k.set('a', k.get('values')),
        k.sweep(
          k.get('n'),
          {},
          k.set('b', c.i32_add(k.get('a'), bytes)),
          k.set('values', k.get('a')),
          k.set('e', k.get('diff')),
          k.sweep(
            k.get('d'),
            { a: FIELD_BYTES, b: FIELD_BYTES, e: FIELD_BYTES },
            f.sub(k.get('b'), k.get('a'), k.get('e')),
          ),
          // Coefficient 0 and every other: a_i + rho e_i + delta e_(i-1); `tmp` carries delta e_(i-1).
          f.zero(tmp),
          k.set('e', k.get('diff')),
          k.sweep(
            k.get('d'),
            { values: FIELD_BYTES, e: FIELD_BYTES, out: FIELD_BYTES },
            f.add(k.get('values'), tmp, out),
            f.mul(k.get('e'), k.get('delta'), tmp),
            f.mul(k.get('e'), k.get('rho'), k.get('e')),
            f.add(out, k.get('e'), out),
          ),
          f.copy(tmp, out),
          k.advance('out', FIELD_BYTES),
          k.set('a', k.get('b')),
        ),
      ];
    },
  );
}
