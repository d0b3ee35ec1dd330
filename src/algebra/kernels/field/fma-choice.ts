/**
 * Whether sums of points use fused multiply-add (fma-multiplication.ts). That takes relaxed SIMD, which Node has from version 22
 * on, and a machine that rounds a b + c once: the specification allows it to round twice, so a self-test decides. It wins
 * where V8 reads operands of vector instructions from memory, from version 13 on (Node 24); before, it is slower or even.
 * The results are the same bytes either way; only the time differs.
 */
import { FoldError } from '../../../errors.ts';
import { field } from '../../field.ts';
import { Q } from '../../params.ts';
import { sameBytes } from '../../same-bytes.ts';
import { Assembler } from '../assembly/assembler.ts';
import { DOUBLE_SLOT_BYTES, FmaField } from './fma-field.ts';
import { DOUBLE_MONTGOMERY, MASK } from './fma-multiplication.ts';

const FIRST_FAST_V8 = 13;

let chosen: Promise<boolean> | undefined;

/**
 * Decided once per thread. LAYERFOLD_KERNEL=simd: never; LAYERFOLD_KERNEL=fma: wherever it is exact; else where it is
 * faster, too. Throws E_USAGE on another value.
 */
export function useFma(): Promise<boolean> {
  // a browser has no process, and does not tell its version
  const { process } = globalThis;
  chosen ??= choose(process?.env.LAYERFOLD_KERNEL, Number(process?.versions.v8.split('.')[0]));
  return chosen;
}

/** `wish`: LAYERFOLD_KERNEL; `v8`: first number of its version. */
export async function choose(wish: string | undefined, v8: number): Promise<boolean> {
  if (wish !== undefined && wish !== 'simd' && wish !== 'fma') {
    throw new FoldError('E_USAGE', 'There is no such arithmetic kernel.', {
      expected: 'LAYERFOLD_KERNEL=simd or fma, or unset',
      got: wish,
    });
  }
  return wish !== 'simd' && (wish === 'fma' || v8 >= FIRST_FAST_V8) && (await multipliesExactly());
}

/** Multiplies boundary values in both lanes. A machine that rounds twice fails at most of them. */
export async function multipliesExactly(): Promise<boolean> {
  const asm = new Assembler();
  new FmaField(asm, 'f', Q);
  const [a, b, x, y] = [32, 32, DOUBLE_SLOT_BYTES, DOUBLE_SLOT_BYTES].map((bytes) => asm.reserve(bytes));
  const code = asm.build();
  if (!WebAssembly.validate(code)) return false;
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { exports } = (await WebAssembly.instantiate(code, { env: { memory } })).instance;
  const call = (kernel: string, ...slots: (number | undefined)[]) =>
    (exports[`f_double_${kernel}`] as (...at: (number | undefined)[]) => void)(...slots);
  const F = field(Q);
  const bytes = (at: number) => new Uint8Array(memory.buffer, at, 32);
  const edges = [0n, 1n, Q - 1n, Q / 2n, MASK, MASK << 51n, 2n ** 253n - 1n, F.create(3n ** 170n), F.create(7n ** 99n)];
  const scale = F.inv(F.create(DOUBLE_MONTGOMERY));
  return edges.every((first) =>
    edges.every((second) => {
      bytes(a!).set(F.toBytes(first));
      bytes(b!).set(F.toBytes(second));
      call('load', a, b, x);
      call('load', b, b, y);
      call('mul', x, y, x);
      call('store', x, a, b);
      const right = [first, second].map((value) => F.toBytes(F.mul(F.mul(value, second), scale)));
      return [a, b].every((at, i) => sameBytes(bytes(at!), right[i]!));
    }),
  );
}
