/**
 * Kernels over one RowMatrix (algebra/engine.ts): linear forms, rows and the cross term.
 * Operands stand in one table, z first and the forms behind it, so that an operand index is an address. All index arrays
 * are uint32. Coefficient 0 is 1 and coefficient 1 is -1: most of them are, and these cost no multiplication.
 */
import { type Code, defineKernel, FIELD_BYTES, FieldCalls, type Kernel, type ModuleBuilder } from './assembler.ts';

const INDEX_BYTES = 4;
const ONE = 0;
const MINUS_ONE = 1;

/** out += coefficient * value, where local `coef` holds the coefficient's index and `scaled` may be overwritten. */
function accumulate(k: Kernel, f: FieldCalls, value: Code, scaled: Code): Code {
  const { c } = k;
  const out = k.get('out');
  const coefficient = k.element(k.get('coefs'), k.get('coef'));
  const isIndex = (index: number) => c.i32_eq(k.get('coef'), c.i32_const(index));
  const general = [f.mul(coefficient, value, scaled), f.add(out, scaled, out)].flat();
  const notOne = c.if(isIndex(MINUS_ONE), f.sub(out, value, out), general);
  return c.if(isIndex(ONE), f.add(out, value, out), notOne);
}

/** Number of terms of the form or row at `start`. */
const terms = (k: Kernel): Code => k.c.i32_sub(k.c.i32_load(k.get('start'), INDEX_BYTES), k.c.i32_load(k.get('start')));

/** For each form or row: out = 0, then `term` once for each of its terms, whose arrays advance by `strides`. */
function sumTerms(k: Kernel, f: FieldCalls, strides: Readonly<Record<string, number>>, ...term: Code[]): Code[] {
  const perRow = { start: INDEX_BYTES, out: FIELD_BYTES };
  return [k.sweep(k.get('n'), perRow, f.zero(k.get('out')), k.sweep(terms(k), strides, ...term))];
}

/** Adds `${p}_forms`, `${p}_quadratic`, `${p}_cross` for the field with prefix `p`. */
export function addRowKernels(module: ModuleBuilder, p: string): void {
  const [AB, BA] = [module.alloc(FIELD_BYTES), module.alloc(FIELD_BYTES)];
  const perProduct = { a: INDEX_BYTES, b: INDEX_BYTES, ci: INDEX_BYTES };

  // Variables of a fresh instance are mostly bits: zeros are skipped, a one adds the coefficient itself.
  defineKernel(
    module,
    { name: `${p}_forms`, params: ['start', 'vars', 'ci', 'coefs', 'z', 'out', 'n'], locals: ['coef', 'value'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const ofOne = f.add(k.get('out'), k.element(k.get('coefs'), k.get('coef')), k.get('out'));
      const term = [
        k.set('coef', c.i32_load(k.get('ci'))),
        c.if(f.isOne(k.get('value')), ofOne, accumulate(k, f, k.get('value'), c.i32_const(AB))),
      ].flat();
      const value = k.set('value', k.element(k.get('z'), c.i32_load(k.get('vars'))));
      return sumTerms(
        k,
        f,
        { vars: INDEX_BYTES, ci: INDEX_BYTES },
        value,
        c.if(c.i32_eqz(f.isZero(k.get('value'))), term),
      );
    },
  );

  defineKernel(
    module,
    { name: `${p}_quadratic`, params: ['start', 'a', 'b', 'ci', 'coefs', 'ops', 'out', 'n'], locals: ['coef'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const ab = c.i32_const(AB);
      const operand = (index: string) => k.element(k.get('ops'), c.i32_load(k.get(index)));
      const product = f.mul(operand('a'), operand('b'), ab);
      return sumTerms(k, f, perProduct, k.set('coef', c.i32_load(k.get('ci'))), product, accumulate(k, f, ab, ab));
    },
  );

  // c (A1 + X A2)(B1 + X B2): the part linear in X is c (A1 B2 + A2 B1). The second witness is the fresh one, with many
  // zeros: activations behind a ReLU, switched-off slots.
  defineKernel(
    module,
    { name: `${p}_cross`, params: ['start', 'a', 'b', 'ci', 'coefs', 'ops1', 'ops2', 'out', 'n'], locals: ['coef'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const [ab, ba] = [c.i32_const(AB), c.i32_const(BA)];
      const product = (running: Code, fresh: Code, out: Code) =>
        c.if(f.isZero(fresh), f.zero(out), f.mul(running, fresh, out));
      const operand = (ops: string, index: string) => k.element(k.get(ops), c.i32_load(k.get(index)));
      return sumTerms(
        k,
        f,
        perProduct,
        k.set('coef', c.i32_load(k.get('ci'))),
        product(operand('ops1', 'a'), operand('ops2', 'b'), ab),
        product(operand('ops1', 'b'), operand('ops2', 'a'), ba),
        f.add(ab, ba, ab),
        accumulate(k, f, ab, ab),
      );
    },
  );
}
