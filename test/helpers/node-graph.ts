/** One ONNX node as a tensor graph, on given numbers. */
import type { AttributeValue, GraphNode } from '../../src/layers/node.ts';
import { OPERATORS } from '../../src/operators/table.ts';
import type { NumberKind, Shape, TensorGraph, Value } from '../../src/tensor/graph.ts';
import { GraphBuilder } from '../../src/tensor/graph-builder.ts';

/** TensorProto.DataType and the name and array that the runtime has for it. */
export const TYPES = {
  float32: [1, Float32Array],
  uint8: [2, Uint8Array],
  int8: [3, Int8Array],
  int32: [6, Int32Array],
  int64: [7, BigInt64Array],
  bool: [9, Uint8Array],
} as const;
export type ElementType = keyof typeof TYPES;

export interface Feed {
  readonly shape: Shape;
  readonly type: ElementType;
  readonly data: readonly number[];
  /** An initializer instead of an input. */
  readonly constant?: boolean;
}

export type Attribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly s: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

export interface NodeCase {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly (Feed | undefined)[];
  readonly outputs?: number;
}

const kindOf = (type: ElementType): NumberKind =>
  type === 'float32' ? 'real' : type === 'bool' ? 'boolean' : 'integer';
export const opsetOf = ({ opset, domain }: NodeCase): number =>
  opset ?? (domain === 'ai.onnx.ml' ? 3 : domain ? 1 : 18);
const fround = ({ type, data }: Feed): number[] => (type === 'float32' ? data.map(Math.fround) : [...data]);

/** The node as a tensor graph, and the numbers of its inputs. */
export function nodeGraph(spec: NodeCase): { readonly graph: TensorGraph; readonly feeds: readonly Float64Array[] } {
  const operator = OPERATORS.find(({ op, domain }) => op === spec.op && (domain ?? '') === (spec.domain ?? ''));
  if (operator === undefined) throw new Error(`no operator ${spec.op}`);
  const b = new GraphBuilder();
  b.at('node');
  const feeds: Float64Array[] = [];
  const inputs = spec.inputs.map((feed, i): Value | undefined => {
    if (feed === undefined) return undefined;
    const data = Float64Array.from(fround(feed));
    if (feed.constant) return b.constant(feed.shape, data, kindOf(feed.type));
    feeds.push(data);
    return b.input(`x${i}`, feed.shape, kindOf(feed.type));
  });
  const attributes = Object.entries(spec.attributes ?? {}).map(([name, value]): [string, AttributeValue] => {
    const [decoded] = Object.values(value) as [AttributeValue];
    return [name, 'f' in value ? Math.fround(value.f) : 'floats' in value ? value.floats.map(Math.fround) : decoded];
  });
  for (const [name] of attributes) if (!operator.attributes.includes(name)) throw new Error(`no attribute ${name}`);
  const outputs = Array.from({ length: spec.outputs ?? 1 }, (_, i) => `y${i}`);
  const node: GraphNode = { name: 'node', op: spec.op, inputs: [], outputs, attributes: new Map(attributes) };
  const types = spec.inputs.map((feed) => feed && TYPES[feed.type][0]);
  const values = operator.expand(b, { node, opset: opsetOf(spec), inputs, types });
  const graph = b.finish(
    'one',
    values.map((value, i) => ({ name: `y${i}`, value })),
  );
  return { graph, feeds };
}
