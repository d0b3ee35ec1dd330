/** Inputs and outputs of an integer graph: the codes of their numbers, and the scale of each. */
import { entryCount } from '../../layers/tensor-shape.ts';
import type { TensorGraph } from '../graph.ts';
import type { Shown } from './bounds.ts';
import { LARGEST } from './comparisons.ts';
import type { Codes, IntegerGraph, IntegerPort, IntegerTable } from './integer.ts';
import type { Numbers } from './numbers.ts';
import type { ResolvedGraph } from './resolve.ts';

/** What has quantized all numbers, and brings those of an output to one scale. */
interface Quantized {
  readonly numbers: Numbers;
  readonly tables: readonly IntegerTable[];
  readonly shown: Shown;
  operand(codes: Codes, node: string, want?: number): { readonly codes: Codes; readonly scale: number };
}

/** Scale of an output that is wholly constant. */
function constantScale(value: { readonly kind: string }, codes: Codes, constants: readonly number[]): number {
  if (value.kind !== 'real') return 1;
  const most = codes.reduce((m, code) => Math.max(m, Math.abs(constants[-1 - code]!)), 0);
  return LARGEST / 2 / (most || 1);
}

/** The integer graph with its ports. Outputs come first: what brings them to one scale are tensors of the graph. */
export function integersOf(graph: TensorGraph, resolved: ResolvedGraph, quantized: Quantized): IntegerGraph {
  const { numbers, tables, shown } = quantized;
  const outputs = resolved.outputs.map(({ name, value, codes }): IntegerPort => {
    const known = codes.every((code) => code < 0) ? constantScale(value, codes, resolved.constants) : undefined;
    const operand = quantized.operand(codes, name, value.kind === 'real' ? known : 1);
    return { name, shape: value.shape, ...operand };
  });
  const inputs = graph.inputs.map(({ name, value }): IntegerPort => {
    const tensor = resolved.tensors.find(({ result }) => result.id === value.id)!;
    const codes = Int32Array.from({ length: entryCount(value.shape) }, (_, i) => tensor.start + i);
    const scale = codes.length === 0 ? 1 : numbers.scaleOf(tensor.start);
    return { name, shape: value.shape, scale, codes };
  });
  const { tensors, constants, elements } = numbers;
  const all = { tensors, constants: constants.values, tables, elements, held: shown.held };
  return { name: graph.name, ...all, inputs, outputs };
}
