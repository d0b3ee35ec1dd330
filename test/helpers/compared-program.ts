/** Programs of small networks over one tensor, compared with their integer graphs. */
import { expect } from 'vitest';
import { runProgram } from '../../src/machine/interpreter.ts';
import { type CompiledProgram, compile } from '../../src/machine/lowering/compile.ts';
import { type MachineShape, STANDARD } from '../../src/machine/shape.ts';
import { calibrate, quantizeInputs } from '../../src/tensor/calibrate.ts';
import type { Shape, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';
import { evaluateIntegers, portValues } from '../../src/tensor/quantize/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { Dice, randomSample } from './tensor-graphs.ts';

export type Make = (b: GraphBuilder, x: Value, dice: Dice) => Value;

/** The program of a network over one image, after its run was compared with the integer graph. */
export function programOf(shape: Shape, make: Make, machine: MachineShape = STANDARD): CompiledProgram {
  const dice = new Dice(3);
  const b = new GraphBuilder();
  const graph = b.finish('g', [{ name: 'y', value: make(b, b.input('x', [...shape], 'real'), dice) }]);
  const sample = randomSample(graph, dice);
  const integers = quantize(graph, calibrate(graph, [sample]));
  const program = compile(integers, machine);
  const inputs = quantizeInputs(integers, sample);
  expect([...runProgram(program, { x: inputs[0]! }).outputs.y!]).toEqual([
    ...portValues(integers, integers.outputs[0]!.codes, evaluateIntegers(integers, inputs)),
  ]);
  return program;
}
