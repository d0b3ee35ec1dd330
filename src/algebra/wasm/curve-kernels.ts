/**
 * Kernels over the points of one curve: bit-weighted sums, signs, the curve equation, fixed-base windows.
 * Affine points take 64 bytes (infinity all zero), Jacobian ones 96 (infinity: z = 0). `add_mixed` below stands for
 * wasmcurves' Jacobian + affine addition, which handles equal, opposite and infinite points.
 */
import { type Code, defineKernel, JACOBIAN_BYTES, type Kernel, type ModuleBuilder, POINT_BYTES } from './assembler.ts';

const Y_OFFSET = 32;
const SCALAR_BYTES = 32;

/** Adds the kernels of curve `g` (prefix of its wasmcurves functions) with coordinates in field `p`. */
export function addCurveKernels(module: ModuleBuilder, g: string, p: string): void {
  const addMixed = (k: Kernel, sum: Code, point: Code): Code => k.c.call(`${g}_addMixed`, sum, point, sum);

  // out = sum of the points whose bit is set.
  defineKernel(module, { name: `${g}_bit_sum`, params: ['points', 'bits', 'out', 'n'] }, (k) => {
    const selected = k.c.if(k.c.i32_load8_u(k.get('bits')), addMixed(k, k.get('out'), k.get('points')));
    return [k.c.call(`${g}_zero`, k.get('out')), k.sweep(k.get('n'), { points: POINT_BYTES, bits: 1 }, selected)];
  });

  defineKernel(module, { name: `${g}_negate_where`, params: ['points', 'flags', 'n'] }, (k) => {
    const y = k.offset(k.get('points'), Y_OFFSET);
    const negate = k.c.if(k.c.i32_load8_u(k.get('flags')), k.c.call(`${p}_neg`, y, y));
    return [k.sweep(k.get('n'), { points: POINT_BYTES, flags: 1 }, negate)];
  });

  // 1 when all n points are on the curve or infinity.
  defineKernel(module, { name: `${g}_on_curve`, params: ['points', 'n'], returns: true }, (k) => {
    const good = k.c.i32_or(
      k.c.call(`${g}_isZeroAffine`, k.get('points')),
      k.c.call(`${g}_inCurveAffine`, k.get('points')),
    );
    const refuse = k.c.if(k.c.i32_eqz(good), k.c.ret(k.c.i32_const(0)));
    return [k.sweep(k.get('n'), { points: POINT_BYTES }, refuse), k.c.ret(k.c.i32_const(1))];
  });

  // Jacobian out[i] = (i + 1) point, for i < n; `out` starts with the point itself.
  defineKernel(module, { name: `${g}_multiples`, params: ['point', 'out', 'n'] }, (k) => {
    const next = k.offset(k.get('out'), JACOBIAN_BYTES);
    return [
      k.c.call(`${g}_toJacobian`, k.get('point'), k.get('out')),
      k.sweep(
        k.c.i32_sub(k.get('n'), k.c.i32_const(1)),
        { out: JACOBIAN_BYTES },
        k.c.call(`${g}_addMixed`, k.get('out'), k.get('point'), next),
      ),
    ];
  });

  // Jacobian out[i] = scalars[i] * base for canonical scalars. `table` holds, window after window, the affine
  // multiples 1 .. 2^bits - 1 of 2^(bits * window) * base; `stride` is the size of one window's part.
  defineKernel(
    module,
    {
      name: `${g}_fixed_base`,
      params: ['table', 'stride', 'bits', 'windows', 'scalars', 'out', 'n'],
      locals: ['digit', 'start', 'window'],
    },
    (k) => {
      const { c } = k;
      const digit = c.call(
        `${g}_multiexpAffine_getChunk`,
        k.get('scalars'),
        c.i32_const(SCALAR_BYTES),
        k.get('start'),
        k.get('bits'),
      );
      const entry = k.offset(
        c.i32_add(k.get('window'), c.i32_mul(k.get('digit'), c.i32_const(POINT_BYTES))),
        -POINT_BYTES,
      );
      return [
        k.sweep(
          k.get('n'),
          { scalars: SCALAR_BYTES, out: JACOBIAN_BYTES },
          c.call(`${g}_zero`, k.get('out')),
          k.set('start', c.i32_const(0)),
          k.set('window', k.get('table')),
          k.sweep(
            k.get('windows'),
            {},
            k.set('digit', digit),
            c.if(k.get('digit'), addMixed(k, k.get('out'), entry)),
            k.set('start', c.i32_add(k.get('start'), k.get('bits'))),
            k.set('window', c.i32_add(k.get('window'), k.get('stride'))),
          ),
        ),
      ];
    },
  );
}
