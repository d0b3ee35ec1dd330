/**
 * Kernels over the S-boxes of one RowMatrix (algebra/engine.ts), the rows l^5 - out u^4. Operands stand in one table, z first
 * and the forms behind it.
 */
import { type Code, defineKernel, FIELD_BYTES, FieldCalls, type ModuleBuilder } from './assembler.ts';

const INDEX_BYTES = 4;

/** Adds `${p}_boxes` and `${p}_box_sums` for the field with prefix `p`. */
export function addBoxKernels(module: ModuleBuilder, p: string): void {
  const scratch = (): number => module.alloc(FIELD_BYTES);
  const [POWER, U4] = [scratch(), scratch()];
  const [A2, B2, AB, PRODUCT, TERM] = [scratch(), scratch(), scratch(), scratch(), scratch()];

  // The S-boxes whose operand indices stand at `inputs` and `outputs`.
  defineKernel(
    module,
    { name: `${p}_boxes`, params: ['inputs', 'outputs', 'u', 'ops', 'rows', 'n'], locals: ['l'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const [power, u4] = [c.i32_const(POWER), c.i32_const(U4)];
      const operand = (list: string) => k.element(k.get('ops'), c.i32_load(k.get(list)));
      return [
        f.square(k.get('u'), u4),
        f.square(u4, u4),
        k.sweep(
          k.get('n'),
          { inputs: INDEX_BYTES, outputs: INDEX_BYTES, rows: FIELD_BYTES },
          k.set('l', operand('inputs')),
          f.square(k.get('l'), power),
          f.square(power, power),
          f.mul(power, k.get('l'), k.get('rows')),
          f.mul(operand('outputs'), u4, power),
          f.sub(k.get('rows'), power, k.get('rows')),
        ),
      ];
    },
  );

  // (inputs, outputs, ops1, ops2, weights, sums, n): with a = l1, b = l2 and their weight w, sums of w a^4 b, w a^3 b^2,
  // w a^2 b^3, w a b^4, w out1 and w out2.
  defineKernel(
    module,
    {
      name: `${p}_box_sums`,
      params: ['inputs', 'outputs', 'ops1', 'ops2', 'weights', 'sums', 'n'],
      locals: ['a', 'b'],
    },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const [a2, b2, ab] = [c.i32_const(A2), c.i32_const(B2), c.i32_const(AB)];
      const [product, term] = [c.i32_const(PRODUCT), c.i32_const(TERM)];
      const [a, b, weight] = [k.get('a'), k.get('b'), k.get('weights')];
      const operand = (ops: string, list: string) => k.element(k.get(ops), c.i32_load(k.get(list)));
      const sum = (index: number) => k.offset(k.get('sums'), index * FIELD_BYTES);
      const add = (x: Code, y: Code, index: number) => [...f.mul(x, y, term), ...f.add(sum(index), term, sum(index))];
      return [
        ...Array.from({ length: 6 }, (_, index) => f.zero(sum(index))),
        k.sweep(
          k.get('n'),
          { inputs: INDEX_BYTES, outputs: INDEX_BYTES, weights: FIELD_BYTES },
          k.set('a', operand('ops1', 'inputs')),
          k.set('b', operand('ops2', 'inputs')),
          f.square(a, a2),
          f.square(b, b2),
          f.mul(weight, a, ab),
          f.mul(ab, b, ab),
          f.mul(ab, a2, product),
          add(product, a, 0),
          add(product, b, 1),
          f.mul(ab, b2, product),
          add(product, a, 2),
          add(product, b, 3),
          add(weight, operand('ops1', 'outputs'), 4),
          add(weight, operand('ops2', 'outputs'), 5),
        ),
      ];
    },
  );
}
