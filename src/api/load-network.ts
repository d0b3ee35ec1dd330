/** An ONNX network of any shape as a tensor graph: what the tensor machine proves. */
import { FoldError } from '../errors.ts';
import type { Graph } from '../ir/graph.ts';
import { importNetwork } from '../ir/import.ts';
import type { LoadedNetwork } from '../ir/onnx/load-network.ts';
import type { TensorGraph } from '../tensor/graph.ts';

/** Which circuit a network's steps are proven in. */
export const CIRCUITS = ['slots', 'machine'] as const;
/** One of them. */
export type Circuit = (typeof CIRCUITS)[number];

export interface LoadedTensors {
  /** Inputs, outputs, nodes and constants as they are shown; shapes of the inputs are complete. */
  readonly graph: Graph;
  readonly tensors: TensorGraph;
  /** What was assumed. */
  readonly notices: readonly string[];
  readonly sha256: string;
}

/** Sizes of symbolic dimensions by their names. */
export type Dimensions = ReadonlyMap<string, number>;

/** @throws E_TOO_LARGE, E_FORMAT, E_INPUT; E_UNSUPPORTED naming every node that is not supported */
export function tensorsOf({ network, sha256 }: LoadedNetwork, dims: Dimensions = new Map()): LoadedTensors {
  const { graph: tensors, notices } = importNetwork(network, { dims });
  if (tensors.outputs.length === 0)
    throw new FoldError('E_FORMAT', 'The network has no output.', { expected: 'at least one output' });
  const graph: Graph = {
    name: network.name,
    opset: network.opsets.get('') ?? 0,
    inputs: tensors.inputs.map(({ name, value: { shape, kind } }) => {
      return { name, shape, integers: kind !== 'real', booleans: kind === 'boolean' };
    }),
    outputs: tensors.outputs.map(({ name, value: { shape } }) => ({ name, shape })),
    nodes: network.nodes,
    constants: network.constants,
  };
  return { graph, tensors, notices, sha256 };
}
