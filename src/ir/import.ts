/**
 * Network -> TensorGraph: each node is expanded by its operator's record (src/operators), in order. What no output needs is left
 * out; what is not supported is named at once, every node with its reason.
 */
import { FoldError } from '../errors.ts';
import { kindOfType } from '../operators/element-types.ts';
import type { Constant, TensorGraph, Value } from '../tensor/graph.ts';
import { GraphBuilder } from '../tensor/graph-builder.ts';
import { simplify } from '../tensor/simplify.ts';
import { NodeExpander, Scope } from './expand-nodes.ts';
import { type Dimensions, inputShape } from './import-shapes.ts';
import type { DeclaredValue, Network } from './onnx/network.ts';
import { checkDeclared } from './onnx/shapes.ts';

/** Operator sets of ONNX whose operators are known (docs/operators.md). */
export const OLDEST_OPSET = 7;
export const NEWEST_OPSET = 28;

export interface ImportOptions {
  readonly dims?: Dimensions;
  /** Inputs that are parameters: their numbers by name. */
  readonly frozen?: ReadonlyMap<string, Constant>;
}

export interface ImportedNetwork {
  readonly graph: TensorGraph;
  /** What was assumed, for the user to know. */
  readonly notices: readonly string[];
}

/**
 * @throws E_UNSUPPORTED naming every node that is not supported; E_FORMAT for what is not valid ONNX; E_INPUT, E_TOO_LARGE
 */
export function importNetwork(network: Network, options: ImportOptions = {}): ImportedNetwork {
  checkOpset(network);
  const notices: string[] = [];
  const builder = new GraphBuilder();
  const tensors = new Scope();
  for (const [name, { shape, data, type }] of network.constants)
    tensors.set(name, { value: builder.constant(shape, data, kindOfType(type) ?? 'real'), type });
  for (const input of network.inputs) {
    const frozen = options.frozen?.get(input.name);
    const value = frozen ?? computedInput(builder, input, options.dims ?? new Map(), (text) => notices.push(text));
    tensors.set(input.name, { value, type: input.type });
  }

  const declared = new Map([...network.inputs, ...network.declared, ...network.outputs].map((v) => [v.name, v]));
  const expander = new NodeExpander(builder, declared);
  expander.expand(
    network.nodes,
    network.outputs.map(({ name }) => name),
    tensors,
  );
  const shapes = new Map([...tensors.own].map(([name, { value }]) => [name, value.shape]));
  for (const { name, dims } of declared.values())
    if (dims)
      checkDeclared(
        name,
        dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined)),
        shapes,
      );
  const outputs = network.outputs.map(({ name }) => ({ name, value: tensors.get(name)!.value }));
  return { graph: simplify(builder.finish(network.name, outputs)), notices };
}

function checkOpset({ opsets, nodes }: Network): void {
  const opset = opsets.get('');
  if (opset === undefined && nodes.every(({ domain }) => domain !== '')) return;
  if (opset === undefined || opset < 1)
    throw new FoldError('E_FORMAT', 'The model does not say which operator set it uses.', {
      expected: 'an opset_import of the default domain',
    });
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET)
    throw new FoldError(
      'E_UNSUPPORTED',
      `The operator set of the model is too ${opset < OLDEST_OPSET ? 'old' : 'new'}.`,
      {
        expected: `opset ${OLDEST_OPSET} to ${NEWEST_OPSET}`,
        got: `opset ${opset}`,
        hint: "python -c \"import onnx; from onnx import version_converter as v; onnx.save(v.convert_version(onnx.load('model.onnx'), 17), 'opset17.onnx')\"",
      },
    );
}

function computedInput(
  builder: GraphBuilder,
  input: DeclaredValue,
  dims: Dimensions,
  notice: (text: string) => void,
): Value {
  const kind = kindOfType(input.type);
  if (!input.tensor || kind === undefined)
    throw new FoldError('E_UNSUPPORTED', `The network's input "${input.name}" is not a tensor of numbers.`, {
      expected: 'a tensor of numbers',
      got: input.tensor ? `TensorProto.DataType ${input.type}` : 'a sequence, map or optional value',
    });
  return builder.input(input.name, inputShape(input, dims, notice), kind);
}
