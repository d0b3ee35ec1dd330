/** Bare multiplication in Fq, without loading and storing: our pairs and wasmcurves' function, each in a loop of its own. */
import { ModuleBuilder } from 'wasmbuilder';
import buildField from 'wasmcurves/src/build_f1m.js';
import { Assembler } from '../src/algebra/kernels/assembler.ts';
import { multipliesExactly } from '../src/algebra/kernels/fma-choice.ts';
import { FmaField } from '../src/algebra/kernels/fma-field.ts';
import { PairField } from '../src/algebra/kernels/pair-field.ts';
import { Q } from '../src/algebra/params.ts';
import { defineKernel } from '../src/algebra/wasm/assembler.ts';

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

export async function wasmcurvesLoop(kernel: 'mul' | 'square'): Promise<Loop> {
  const builder = new ModuleBuilder();
  buildField(builder, Q, 'f');
  const x = builder.alloc(new Uint8Array(32).fill(7));
  const y = builder.alloc(32);
  defineKernel(builder, { name: 'loop', params: ['n'] }, (k) => {
    const [from, to] = [k.c.i32_const(x), k.c.i32_const(y)];
    const body = kernel === 'mul' ? k.c.call('f_mul', from, from, to) : k.c.call('f_square', from, to);
    return [k.sweep(k.get('n'), {}, body)];
  });
  builder.setMemory(1);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(builder.build(), { env: { memory } });
  return instance.exports.loop as Loop;
}
