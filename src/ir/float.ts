/**
 * The float reference run: what the network computes in ordinary arithmetic, for calibration and for the accuracy
 * report. It is no part of what is proven.
 *
 * Arithmetic: inputs and constants are rounded to float32, each output element is accumulated in float64 and
 * rounded to float32 once. That is at least as exact as a float32 runtime, whose results depend on its summation
 * order; the two agree to a few units in the last place, and exactly where all partial sums fit 24 bits.
 */
import { FoldError } from '../errors.ts';
import { type FloatKernel, floatKernel } from './float-kernels.ts';
import type { Graph, Tensor } from './graph.ts';
import { inferShapes } from './onnx/shapes.ts';

/** A network made ready to run on many inputs. Not re-entrant: the kernels reuse their buffers. */
export interface FloatRunner {
  /** All tensors by name: the inputs and every node output (constants are in the graph). */
  run(inputs: readonly Tensor[]): Map<string, Tensor>;
  /**
   * The same tensors one after another in topological order, each forgotten after its last use: memory does not
   * grow with depth. A visitor that keeps a tensor may do so; its data is not overwritten.
   */
  visit(inputs: readonly Tensor[], visitor: (name: string, tensor: Tensor) => void): void;
}

interface Step {
  readonly kernel: FloatKernel;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly shape: readonly number[];
  /** Tensors that no later step reads. */
  readonly dead: readonly string[];
}

/** @throws what `inferShapes` throws, and E_UNSUPPORTED for convolutions over more than two axes */
export function prepareFloat(graph: Graph): FloatRunner {
  const shapes = inferShapes(graph);
  const constants = new Map<string, Float64Array>();
  for (const [name, tensor] of graph.constants) constants.set(name, tensor.data.map(Math.fround));
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    for (const name of [...node.inputs, ...node.outputs]) lastUse.set(name, index);
  });
  const steps = graph.nodes.map((node, index): Step => {
    const inputShapes = node.inputs.map((name) => shapes.get(name));
    const output = node.outputs[0]!;
    const shape = shapes.get(output)!;
    const dead = [...node.inputs, output].filter((name) => lastUse.get(name) === index);
    return { kernel: floatKernel(node, inputShapes, shape), inputs: node.inputs, output, shape, dead };
  });

  const visit: FloatRunner['visit'] = (inputs, visitor) => {
    const live = new Map<string, Float64Array>();
    checkInputs(graph, inputs);
    graph.inputs.forEach(({ name, shape }, i) => {
      const data = inputs[i]!.data.map(Math.fround);
      live.set(name, data);
      visitor(name, { shape, data });
    });
    for (const step of steps) {
      const data = step.kernel(step.inputs.map((name) => live.get(name) ?? constants.get(name)));
      live.set(step.output, data);
      visitor(step.output, { shape: step.shape, data });
      for (const name of step.dead) live.delete(name);
    }
  };
  const run: FloatRunner['run'] = (inputs) => {
    const tensors = new Map<string, Tensor>();
    visit(inputs, (name, tensor) => tensors.set(name, tensor));
    return tensors;
  };
  return { run, visit };
}

/** One run on one input; `prepareFloat` is cheaper for many. */
export function runFloat(graph: Graph, inputs: readonly Tensor[]): Map<string, Tensor> {
  return prepareFloat(graph).run(inputs);
}

function checkInputs(graph: Graph, inputs: readonly Tensor[]): void {
  if (inputs.length !== graph.inputs.length)
    throw new FoldError('E_INPUT', 'The number of inputs is wrong.', {
      expected: `${graph.inputs.length} (${graph.inputs.map((input) => input.name).join(', ')})`,
      got: `${inputs.length}`,
    });
  graph.inputs.forEach(({ name, shape }, i) => {
    if (inputs[i]!.shape.join() !== shape.join())
      throw new FoldError('E_INPUT', `The input "${name}" has the wrong shape.`, {
        expected: `[${shape.join(', ')}]`,
        got: `[${inputs[i]!.shape.join(', ')}]`,
      });
  });
}
