/**
 * The networks that come with the package, and the cutting of a deep network to its first n layers.
 *
 * A LAYER is a Conv, Gemm or MatMul with constant weights, together with what follows it up to the next one: a deep
 * chain is a head, equal blocks and a readout. Cutting keeps the head, n - 2 blocks and the readout, so that every
 * depth of one network uses the same step circuit.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../command.ts';
import { FoldError, invariant } from '../errors.ts';
import type { Graph, GraphNode, Tensor } from './graph.ts';
import { inferShapes } from './onnx/shapes.ts';

export const BUNDLED_NETWORKS: readonly string[] = ['digits512'];

/** Absolute paths of a bundled network's files. */
export interface BundledNetwork {
  readonly name: string;
  readonly model: string;
  readonly input: string;
  readonly test: string;
}

/** The folder of the package: the nearest package.json above this file (from the sources or from dist). */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'layerfold') return folder;
    invariant(folder !== dirname(folder), 'The package root was not found.');
  }
}

/** @throws E_USAGE for a name that is not bundled */
export function bundledNetwork(name: string): BundledNetwork {
  if (!BUNDLED_NETWORKS.includes(name))
    throw new FoldError('E_USAGE', `There is no bundled network "${name}".`, {
      expected: [...BUNDLED_NETWORKS, 'synthetic'].join(', '),
      got: name,
      hint: `For a model of your own: ${command`fold prove MODEL.onnx --input X.json`}`,
    });
  const folder = join(packageRoot(), 'examples', name);
  return {
    name,
    model: join(folder, 'model.onnx'),
    input: join(folder, 'input.json'),
    test: join(folder, 'test.json'),
  };
}

const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul']);
/** Operators that only rename or reshape; before the last layer they belong to the readout. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(['Flatten', 'Identity', 'Reshape']);

/** Indices into graph.nodes of the nodes that begin a layer. */
function layerStarts(graph: Graph): number[] {
  const starts: number[] = [];
  graph.nodes.forEach((node, i) => {
    if (WEIGHTED.has(node.op) && graph.constants.has(node.inputs[1] ?? '')) starts.push(i);
  });
  return starts;
}

/** Number of layers in the sense of this file. */
export function countLayers(graph: Graph): number {
  return layerStarts(graph).length;
}

/** The one tensor through which nodes [0, cut) feed what comes later. */
function crossing(graph: Graph, cut: number): string {
  const before = new Set(graph.nodes.slice(0, cut).flatMap((node) => node.outputs));
  const later = new Set(graph.nodes.slice(cut).flatMap((node) => node.inputs));
  const inputs = graph.inputs.filter((input) => later.has(input.name)).map((input) => input.name);
  const crossings = [...inputs, ...[...before].filter((name) => later.has(name))];
  if (crossings.length !== 1)
    throw new FoldError('E_UNSUPPORTED', 'The network is not a chain of layers and cannot be cut.', {
      expected: `one tensor between the layers before and after node "${graph.nodes[cut]!.name}"`,
      got: crossings.length === 0 ? 'none' : crossings.slice(0, 5).join(', '),
    });
  return crossings[0]!;
}

/** Where the readout begins: its weighted node, with the reshaping nodes that stand directly before it. */
function readoutStart(graph: Graph, starts: readonly number[]): number {
  let start = starts[starts.length - 1]!;
  while (start > 0 && SHAPE_ONLY.has(graph.nodes[start - 1]!.op)) start--;
  return start;
}

/**
 * The network of the first n layers: head, n - 2 blocks, and the readout rewired to the last of them.
 * @throws E_USAGE unless 3 <= n <= layers; E_UNSUPPORTED if the graph is no chain or the blocks' shape changes
 */
export function truncateLayers(graph: Graph, n: number): Graph {
  const starts = layerStarts(graph);
  if (!Number.isInteger(n) || n < 3 || n > starts.length)
    throw new FoldError('E_USAGE', 'The number of layers is out of range.', {
      expected: starts.length < 3 ? 'a network of at least 3 layers' : `3 to ${starts.length}`,
      got: starts.length < 3 ? `${starts.length} layers` : `${n}`,
      hint: `For any depth: ${command`fold --network synthetic --layers N`}`,
    });
  if (n === starts.length) return graph;
  const readoutAt = readoutStart(graph, starts);
  const from = crossing(graph, readoutAt);
  const to = crossing(graph, starts[n - 1]!);
  const shapes = inferShapes(graph);
  if (shapes.get(from)!.join() !== shapes.get(to)!.join())
    throw new FoldError('E_UNSUPPORTED', 'The readout does not fit behind an earlier layer.', {
      expected: `shape [${shapes.get(from)!.join(', ')}]`,
      got: `[${shapes.get(to)!.join(', ')}] after layer ${n - 1}`,
    });
  const readout = graph.nodes
    .slice(readoutAt)
    .map((node): GraphNode => ({ ...node, inputs: node.inputs.map((name) => (name === from ? to : name)) }));
  const nodes = [...graph.nodes.slice(0, starts[n - 1]!), ...readout];
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const constants = new Map<string, Tensor>([...graph.constants].filter(([name]) => used.has(name)));
  return { ...graph, nodes, constants };
}
