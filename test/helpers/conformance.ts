/**
 * Cases of ../shared/conformance: operators of ONNX's own test suite (a model, its inputs and outputs as TensorProto files) and
 * whole networks (a model, its input and expected outputs as JSON).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importNetwork } from '../../src/ir/import.ts';
import { type DeclaredValue, decodeNetwork, type Network } from '../../src/ir/onnx/network.ts';
import { decodeTensorProto } from '../../src/ir/onnx/proto.ts';
import { decodeTensor } from '../../src/ir/onnx/tensor.ts';
import { kindOfType } from '../../src/operators/element-types.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import type { Constant } from '../../src/tensor/graph.ts';
import { sharedPath } from './shared.ts';

export interface ConformanceCase {
  readonly name: string;
  readonly network: Network;
  /** In the order of the network's inputs. */
  readonly inputs: readonly Constant[];
  /** In the order of its outputs. */
  readonly expected: readonly Constant[];
}

function tensorFile(path: string): Constant {
  const { shape, data, type } = decodeTensor(decodeTensorProto(readFileSync(path)), path, { infinite: true });
  return { shape, data, kind: kindOfType(type)! };
}

export const nodeCases = (): string[] =>
  (JSON.parse(readFileSync(sharedPath('conformance', 'onnx-node', 'index.json'), 'utf8')) as { case: string }[]).map(
    (entry) => entry.case,
  );

export function nodeCase(name: string): ConformanceCase {
  const folder = sharedPath('conformance', 'onnx-node', name);
  const network = decodeNetwork(readFileSync(join(folder, 'model.onnx')));
  const data = join(folder, 'test_data_set_0');
  const read = (values: readonly DeclaredValue[], file: string): Constant[] =>
    values.map((_, i) => tensorFile(join(data, `${file}_${i}.pb`)));
  return { name, network, inputs: read(network.inputs, 'input'), expected: read(network.outputs, 'output') };
}

export const networkCases = (): string[] => readdirSync(sharedPath('conformance', 'networks')).sort();

interface Expected {
  readonly inputs: Readonly<Record<string, number[]>>;
  readonly outputs: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

export function networkCase(name: string): ConformanceCase {
  const folder = sharedPath('conformance', 'networks', name);
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const network = decodeNetwork(readFileSync(join(folder, 'model.onnx')));
  const given = json('input.json') as { readonly input_data: number[][] };
  const { inputs, outputs } = json('expected.json') as Expected;
  return {
    name,
    network,
    inputs: network.inputs.map((input, i) => ({
      shape: inputs[input.name]!,
      kind: kindOfType(input.type) ?? 'real',
      data: Float64Array.from(given.input_data[i]!.flat(9), Number),
    })),
    expected: network.outputs.map(({ name: output, type }) => ({
      shape: outputs[output]?.shape ?? [],
      kind: kindOfType(type) ?? 'real',
      data: Float64Array.from(outputs[output]?.data.flat(9) ?? [], Number),
    })),
  };
}

/** How a case is run: what of its inputs is frozen, as parameters are. */
export type Frozen = 'parameters' | 'nothing' | 'everything';

/** The inputs of a case that are frozen. Parameters are all but the first; that too where it is no data: shapes are integers. */
function frozenInputs({ network, inputs }: ConformanceCase, frozen: Frozen): Map<string, Constant> {
  const computed = { parameters: inputs[0]?.kind === 'integer' ? 0 : 1, nothing: inputs.length, everything: 0 }[frozen];
  return new Map(network.inputs.flatMap(({ name }, i) => (i < computed ? [] : [[name, inputs[i]!] as const])));
}

const RELATIVE = 1e-3;
const ABSOLUTE = 1e-5;

const near = (got: number, expected: number): boolean =>
  got === expected || Math.abs(got - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected);

/** Runs a case in doubles. Undefined where every output is as expected, else what is not. @throws FoldError */
export function difference(given: ConformanceCase, frozen: Frozen = 'nothing'): string | undefined {
  const constants = frozenInputs(given, frozen);
  const { graph } = importNetwork(given.network, { frozen: constants });
  const data = given.inputs.filter((_, i) => !constants.has(given.network.inputs[i]!.name)).map((input) => input.data);
  const results = evaluate(graph, data);
  for (const [i, { name, value }] of graph.outputs.entries()) {
    const expected = given.expected[i]!;
    if (value.shape.join() !== expected.shape.join()) return `${name}: shape [${value.shape}], not [${expected.shape}]`;
    const at = results[i]!.findIndex((number, k) => !near(number, expected.data[k]!));
    if (at >= 0) return `${name}[${at}]: ${results[i]![at]}, not ${expected.data[at]}`;
  }
  return undefined;
}
