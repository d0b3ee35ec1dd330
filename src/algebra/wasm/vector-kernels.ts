/**
 * Kernels over vectors of one field, elementwise and conversions. All elements are in Montgomery form a 2^256 mod p,
 * except where a name says canonical. Each function's last parameter `n` counts elements.
 */
import { type Code, defineKernel, FIELD_BYTES, FieldCalls, type ModuleBuilder } from './assembler.ts';

/** Adds `${p}_vec*`, `${p}_axpy*`, `${p}_dot`, `${p}_bit*`, `${p}_from*` for the field with prefix `p`. */
export function addVectorKernels(module: ModuleBuilder, p: string): void {
  const TMP = module.alloc(FIELD_BYTES);

  for (const op of ['add', 'sub', 'mul'] as const) {
    defineKernel(module, { name: `${p}_vec_${op}`, params: ['a', 'b', 'out', 'n'] }, (k) => {
      const f = new FieldCalls(module, p, k);
      const step = { a: FIELD_BYTES, b: FIELD_BYTES, out: FIELD_BYTES };
      return [k.sweep(k.get('n'), step, f[op](k.get('a'), k.get('b'), k.get('out')))];
    });
  }

  // Number of leading elements that are canonical; n when all are.
  defineKernel(module, { name: `${p}_vec_canonical`, params: ['a', 'n'], locals: ['good'], returns: true }, (k) => {
    const f = new FieldCalls(module, p, k);
    const refuse = k.c.if(k.c.call('int_gte', k.get('a'), f.modulus), k.c.ret(k.get('good')));
    return [
      k.set('good', k.c.i32_const(0)),
      k.sweep(k.get('n'), { a: FIELD_BYTES, good: 1 }, refuse),
      k.c.ret(k.get('good')),
    ];
  });

  defineKernel(module, { name: `${p}_from_bits`, params: ['bits', 'out', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const bit = k.c.i32_load8_u(k.get('bits'));
    const expand = k.c.if(bit, f.copy(f.one, k.get('out')), f.zero(k.get('out')));
    return [k.sweep(k.get('n'), { bits: 1, out: FIELD_BYTES }, expand)];
  });

  // Doubles that hold integers: |v| as one 64-bit limb, times 2^512 / 2^256, then the sign.
  defineKernel(module, { name: `${p}_from_small`, params: ['values', 'out', 'n'], wide: ['v'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const { c } = k;
    const zero = c.i64_const(0);
    const negative = c.i64_lt_s(k.get('v'), zero);
    const magnitude = (v: Code) => [
      ...[1, 2, 3].map((limb) => c.i64_store(c.i32_const(TMP), 8 * limb, zero)),
      c.i64_store(c.i32_const(TMP), 0, v),
      f.mul(c.i32_const(TMP), f.toMontgomeryFactor, k.get('out')),
    ];
    return [
      k.sweep(
        k.get('n'),
        { values: 8, out: FIELD_BYTES },
        k.set('v', integerOfDouble(k.get('values'))),
        c.if(
          negative,
          [...magnitude(c.i64_sub(zero, k.get('v'))), f.neg(k.get('out'), k.get('out'))].flat(),
          magnitude(k.get('v')).flat(),
        ),
      ),
    ];
  });

  // In place; wasmcurves takes n + 1 elements from the heap for itself.
  defineKernel(module, { name: `${p}_vec_inverse`, params: ['v', 'n'] }, (k) => {
    const size = k.c.i32_const(FIELD_BYTES);
    return [k.c.call(`${p}_batchInverse`, k.get('v'), size, k.get('n'), k.get('v'), size)];
  });

  // y += k x. A fresh witness consists mostly of zeros and ones, for which no multiplication is needed.
  defineKernel(module, { name: `${p}_axpy`, params: ['y', 'factor', 'x', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const y = k.get('y');
    const general = [f.mul(k.get('factor'), k.get('x'), k.c.i32_const(TMP)), f.add(y, k.c.i32_const(TMP), y)].flat();
    const nonZero = k.c.if(f.isOne(k.get('x')), f.add(y, k.get('factor'), y), general);
    const step = { y: FIELD_BYTES, x: FIELD_BYTES };
    return [k.sweep(k.get('n'), step, k.c.if(k.c.i32_eqz(f.isZero(k.get('x'))), nonZero))];
  });

  defineKernel(module, { name: `${p}_axpy_bits`, params: ['y', 'factor', 'bits', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const selected = k.c.if(k.c.i32_load8_u(k.get('bits')), f.add(k.get('y'), k.get('factor'), k.get('y')));
    return [k.sweep(k.get('n'), { y: FIELD_BYTES, bits: 1 }, selected)];
  });

  defineKernel(module, { name: `${p}_dot`, params: ['a', 'b', 'out', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const tmp = k.c.i32_const(TMP);
    const step = { a: FIELD_BYTES, b: FIELD_BYTES };
    const product = [f.mul(k.get('a'), k.get('b'), tmp), f.add(k.get('out'), tmp, k.get('out'))];
    return [f.zero(k.get('out')), k.sweep(k.get('n'), step, ...product)];
  });

  // b (b - u)
  defineKernel(module, { name: `${p}_bit_rows`, params: ['b', 'u', 'out', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const tmp = k.c.i32_const(TMP);
    const row = [f.sub(k.get('b'), k.get('u'), tmp), f.mul(k.get('b'), tmp, k.get('out'))];
    return [k.sweep(k.get('n'), { b: FIELD_BYTES, out: FIELD_BYTES }, ...row)];
  });

  // The part of (b1 + X b2)(b1 + X b2 - u1 - X) linear in X is b1 (b2 - 1) + b2 (b1 - u1).
  defineKernel(module, { name: `${p}_bit_cross`, params: ['b1', 'u1', 'bits', 'out', 'n'] }, (k) => {
    const f = new FieldCalls(module, p, k);
    const ifOne = f.sub(k.get('b1'), k.get('u1'), k.get('out'));
    const row = k.c.if(k.c.i32_load8_u(k.get('bits')), ifOne, f.neg(k.get('b1'), k.get('out')));
    return [k.sweep(k.get('n'), { b1: FIELD_BYTES, bits: 1, out: FIELD_BYTES }, row)];
  });
}

/** f64.load and i64.trunc_f64_s, which wasmbuilder does not name. Exact for integers below 2^63. */
function integerOfDouble(address: Code): Code {
  const F64_LOAD = 0x2b;
  const ALIGN_8 = 3;
  const I64_TRUNC_F64_S = 0xb0;
  return [...address, F64_LOAD, ALIGN_8, 0, I64_TRUNC_F64_S];
}
