/**
 * Kernels over the S-boxes of one RowMatrix (algebra/engine.ts), the rows l^5 - out u^4. Operands stand in one table, z first
 * and the forms behind it.
 */
import { defineKernel, FIELD_BYTES, FieldCalls, type ModuleBuilder } from './assembler.ts';

const INDEX_BYTES = 4;

/** Adds `${p}_boxes` for the field with prefix `p`. */
export function addBoxKernels(module: ModuleBuilder, p: string): void {
  const [POWER, U4] = [module.alloc(FIELD_BYTES), module.alloc(FIELD_BYTES)];

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
}
