/**
 * Kernels of the Poseidon permutation over Fr in the factored form of poseidon/sparse.ts. `trace` receives x^2 of every
 * S-box in order of execution; x^4 stands POWER_BYTES behind it, x^5 as far behind that.
 */
import { type Code, defineKernel, FIELD_BYTES, FieldCalls, type Kernel, type ModuleBuilder } from './assembler.ts';
import { POWER_BYTES } from './poseidon.ts';

/** The element at local `x` becomes its fifth power; its powers go to local `trace`, which moves on. */
function sbox(k: Kernel, f: FieldCalls, x: Code): Code {
  const x2 = k.get('trace');
  const x4 = k.offset(x2, POWER_BYTES);
  const x5 = k.offset(x2, 2 * POWER_BYTES);
  return [f.square(x, x2), f.square(x2, x4), f.mul(x4, x, x5), f.copy(x5, x), k.advance('trace', FIELD_BYTES)].flat();
}

export function addPoseidonKernels(module: ModuleBuilder, p: string): void {
  const [TMP, HEAD] = [module.alloc(FIELD_BYTES), module.alloc(FIELD_BYTES)];

  // One full round. `state` has t elements, `matrix` t rows of t; the new state goes to `out`.
  defineKernel(
    module,
    { name: 'poseidon_full', params: ['state', 'constants', 'matrix', 'out', 'trace', 't'], locals: ['x'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const rowBytes = k.element(c.i32_const(0), k.get('t'));
      const x = k.get('x');
      return [
        k.set('x', k.get('state')),
        k.sweep(k.get('t'), { x: FIELD_BYTES, constants: FIELD_BYTES }, f.add(x, k.get('constants'), x), sbox(k, f, x)),
        k.sweep(
          k.get('t'),
          { out: FIELD_BYTES },
          c.call(`${p}_dot`, k.get('matrix'), k.get('state'), k.get('out'), k.get('t')),
          k.set('matrix', c.i32_add(k.get('matrix'), rowBytes)),
        ),
      ];
    },
  );

  // All n partial rounds in place. `table` holds for each its constant, then row and column of t - 1 elements;
  // `corner` is the matrices' common entry (0, 0).
  defineKernel(
    module,
    { name: 'poseidon_partial', params: ['state', 'table', 'corner', 'trace', 't', 'n'], locals: ['x'] },
    (k) => {
      const f = new FieldCalls(module, p, k);
      const { c } = k;
      const [tmp, head] = [c.i32_const(TMP), c.i32_const(HEAD)];
      const tailLength = c.i32_sub(k.get('t'), c.i32_const(1));
      const tailBytes = k.element(c.i32_const(0), tailLength);
      const tail = k.offset(k.get('state'), FIELD_BYTES);
      const x = k.get('x');
      return [
        k.sweep(
          k.get('n'),
          {},
          f.add(k.get('state'), k.get('table'), k.get('state')),
          k.advance('table', FIELD_BYTES),
          sbox(k, f, k.get('state')),
          c.call(`${p}_dot`, k.get('table'), tail, head, tailLength),
          k.set('table', c.i32_add(k.get('table'), tailBytes)),
          k.set('x', tail),
          k.sweep(
            tailLength,
            { x: FIELD_BYTES, table: FIELD_BYTES },
            f.mul(k.get('table'), k.get('state'), tmp),
            f.add(x, tmp, x),
          ),
          f.mul(k.get('corner'), k.get('state'), tmp),
          f.add(head, tmp, k.get('state')),
        ),
      ];
    },
  );
}
