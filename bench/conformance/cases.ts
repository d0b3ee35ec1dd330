/**
 * Cases of conformance, each a folder: a whole network (model.onnx, input.json and expected.json), or a case of ONNX's own test
 * suite (model.onnx and TensorProto files), whose parameters arrive as inputs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importNetwork } from '../../src/ir/import.ts';
import { parseInput } from '../../src/ir/input.ts';
import { loadNetwork } from '../../src/ir/onnx/load-network.ts';
import type { DeclaredValue, Network } from '../../src/ir/onnx/network.ts';
import { decodeTensorProto } from '../../src/ir/onnx/proto.ts';
import { decodeTensor } from '../../src/ir/onnx/tensor.ts';
import { kindOfType } from '../../src/operators/element-types.ts';
import type { Constant, TensorGraph } from '../../src/tensor/graph.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly kind: 'network' | 'node';
  readonly network: Network;
  /** In the order of the network's inputs. */
  readonly inputs: readonly Constant[];
  /** In the order of its outputs. */
  readonly expected: readonly Constant[];
}

const MODEL = 'model.onnx';
const NODE_DATA = 'test_data_set_0';

/** Names of the cases in a folder. */
export const caseNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, MODEL)))
    .sort();

/** @throws FoldError for a model or data that cannot be read */
export async function readCase(folder: string, name: string): Promise<ConformanceCase> {
  const path = join(folder, name);
  const { network } = await loadNetwork(join(path, MODEL));
  const kind = existsSync(join(path, NODE_DATA)) ? 'node' : 'network';
  return { name, kind, network, ...(kind === 'node' ? nodeData : networkData)(path, network) };
}

type CaseData = Pick<ConformanceCase, 'inputs' | 'expected'>;

function nodeData(path: string, { inputs, outputs }: Network): CaseData {
  const read = (values: readonly DeclaredValue[], kind: string): Constant[] =>
    values.map((_, i) => {
      const file = join(path, NODE_DATA, `${kind}_${i}.pb`);
      const { shape, data, type } = decodeTensor(decodeTensorProto(readFileSync(file)), file, { infinite: true });
      return { shape, data, kind: kindOfType(type)! };
    });
  return { inputs: read(inputs, 'input'), expected: read(outputs, 'output') };
}

interface Expected {
  readonly inputs: Readonly<Record<string, number[]>>;
  readonly outputs: Readonly<Record<string, { readonly shape: number[]; readonly data: (number | boolean)[] }>>;
}

function networkData(path: string, network: Network): CaseData {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(path, file), 'utf8'));
  const { inputs: shapes, outputs } = json('expected.json') as Expected;
  const kindOf = ({ type }: DeclaredValue) => kindOfType(type) ?? 'real';
  const inputs = network.inputs.map((input) => ({
    name: input.name,
    shape: shapes[input.name]!,
    integers: kindOf(input) !== 'real',
  }));
  return {
    inputs: parseInput(json('input.json'), { inputs }).map(({ shape, data }, i) => ({
      ...{ shape, data },
      kind: kindOf(network.inputs[i]!),
    })),
    expected: network.outputs.map((output) => ({
      shape: outputs[output.name]?.shape ?? [],
      kind: kindOf(output),
      data: Float64Array.from(outputs[output.name]?.data.flat(9) ?? [], Number),
    })),
  };
}

/** How a case is run: what of its inputs is frozen, as parameters are. */
export type Frozen = 'parameters' | 'nothing' | 'everything';

/**
 * The case as a graph, and the inputs that are left to it. Parameters are all but the first input; that too where it is no data:
 * shapes are integers.
 * @throws FoldError
 */
export function caseGraph({ network, inputs }: ConformanceCase, frozen: Frozen): CaseGraph {
  const computed = { parameters: inputs[0]?.kind === 'integer' ? 0 : 1, nothing: inputs.length, everything: 0 }[frozen];
  const constants = new Map(
    network.inputs.slice(computed).map(({ name }, i) => [name, inputs[computed + i]!] as const),
  );
  const { graph } = importNetwork(network, { frozen: constants });
  return { graph, data: inputs.slice(0, computed).map(({ data }) => data) };
}

export interface CaseGraph {
  readonly graph: TensorGraph;
  readonly data: readonly Float64Array[];
}
