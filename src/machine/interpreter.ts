/**
 * Runs a whole program of the tensor machine on integers: this is the integer semantics of a network. What a prover needs of
 * the run is its memory (memory.ts); each step's trace follows from that (run-step.ts).
 */
import { FoldError, invariant } from '../errors.ts';
import { type Memory, newMemory } from './memory.ts';
import { modelLayout, type Program, type ProgramPort, selectorsOf } from './program.ts';
import { rangeError } from './range.ts';
import { StepRunner } from './run-step.ts';
import { VALUE_BITS, VECTOR } from './shape.ts';
import { traceLayout } from './trace-layout.ts';

/** Integers of each port by its name. */
export type PortValues = Readonly<Record<string, ArrayLike<number>>>;

export interface MachineRun {
  readonly outputs: Readonly<Record<string, Float64Array>>;
  /** k: 0, or the revealed number plus one. */
  readonly k: number;
  readonly memory: Memory;
  /** Blocks that were absorbed as input and as output, in order. */
  readonly blocks: { readonly input: number; readonly output: number };
}

/**
 * @param after is told when a step has run: the memory as it is then
 * @throws E_INPUT for an input that is missing or of another length
 * @throws E_RANGE naming node, step, place and value where a number leaves its range
 */
export function runProgram(
  program: Program,
  inputs: PortValues,
  after: (j: number, memory: Memory) => void = () => {},
): MachineRun {
  const { shape, steps } = program;
  const layout = modelLayout(shape);
  const memory = newMemory(shape, steps);
  const runner = new StepRunner(program, memory);
  const { io } = traceLayout(shape);
  const size = shape.io * VECTOR;
  const given = place(program.inputs, inputs, size);
  const absorbed: Float64Array[] = [];
  let [block, k] = [0, 0];
  for (let j = 0; j < steps; j++) {
    const model = program.model(j);
    const selectors = selectorsOf(layout, model);
    const input = selectors.input ? (given[block++] ?? new Float64Array(size)) : undefined;
    const { small, revealed } = runner.run(j, { model, input });
    if (selectors.output) absorbed.push(small.slice(io.at(0), io.at(0) + size));
    k = revealed ?? k;
    after(j, memory);
  }
  invariant(block >= given.length, `a program with ${block} blocks of input whose ports need ${given.length}`);
  return {
    outputs: collect(program.outputs, absorbed, size),
    k,
    memory,
    blocks: { input: block, output: absorbed.length },
  };
}

/** The inputs' integers in the blocks that are absorbed; what no port fills is zero. */
function place(ports: readonly ProgramPort[], values: PortValues, size: number): Float64Array[] {
  const blocks: Float64Array[] = [];
  for (const { name, places } of ports) {
    const given = values[name];
    if (given?.length !== places.length) {
      throw new FoldError('E_INPUT', `The input "${name}" does not fit the program.`, {
        expected: `${places.length} numbers`,
        got: given ? `${given.length} numbers` : 'nothing',
        hint: 'fold inspect MODEL.onnx shows the inputs of a network',
      });
    }
    for (let i = 0; i < places.length; i++) {
      const at = places[i]!;
      const block = Math.floor(at / size);
      while (blocks.length <= block) blocks.push(new Float64Array(size));
      blocks[block]![at % size] = checked(given[i]!, name, i);
    }
  }
  return blocks;
}

/** @throws E_RANGE for what is no integer of VALUE_BITS bits */
function checked(value: number, name: string, i: number): number {
  const half = 2 ** (VALUE_BITS - 1);
  if (Number.isInteger(value) && value >= -half && value < half) return value + 0;
  throw rangeError(`The input "${name}" at index ${i}`, value, -half, half - 1);
}

function collect(
  ports: readonly ProgramPort[],
  blocks: readonly Float64Array[],
  size: number,
): Readonly<Record<string, Float64Array>> {
  return Object.fromEntries(
    ports.map(({ name, places }) => {
      const values = Float64Array.from(places, (at) => {
        const block = blocks[Math.floor(at / size)];
        invariant(block, `a program that absorbs ${blocks.length} blocks of output does not give all of "${name}"`);
        return block[at % size]!;
      });
      return [name, values];
    }),
  );
}
