/** Bare multiplication in Fq, without loading and storing: our pairs of limbs and our doubles, each in a loop of its own. */
import { Assembler } from '../src/algebra/kernels/assembly/assembler.ts';
import { multipliesExactly } from '../src/algebra/kernels/field/fma-choice.ts';
import { FmaField } from '../src/algebra/kernels/field/fma-field.ts';
import { PairField } from '../src/algebra/kernels/field/pair-field.ts';
import { Q } from '../src/algebra/params.ts';

/** Multiplies n times. */
export type Loop = (n: number) => void;

export async function pairLoop(kernel: 'mul' | 'square'): Promise<Loop> {
  const asm = new Assembler();
  const pairs = new PairField(asm, 'f', Q);
  const [x, y] = [pairs.slot(), pairs.slot()];
  asm.define('loop', 1, (s, n) => [
    pairs.load(pairs.one, pairs.one, x),
    s.repeat(n.get, [], kernel === 'mul' ? pairs.mul(x, x, y) : pairs.square(x, y)),
  ]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(asm.build(), { env: { memory } });
  const loop = instance.exports.loop as Loop;
  return (n) => loop(n / 2);
}

/** On doubles with fused multiply-add; undefined where the machine has none. */
export async function doubleLoop(): Promise<Loop | undefined> {
  if (!(await multipliesExactly())) return undefined;
  const asm = new Assembler();
  const doubles = new FmaField(asm, 'f', Q);
  const [x, y] = doubles.slots(2);
  asm.define('loop', 1, (s, n) => [s.repeat(n.get, [], doubles.mul(x!, x!, y!))]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  asm.initialize(new Uint8Array(memory.buffer));
  const { instance } = await WebAssembly.instantiate(asm.build(), { env: { memory } });
  const loop = instance.exports.loop as Loop;
  return (n) => loop(n / 2);
}
