/** Step one of the story: a network, from a file, bundled, or synthetic. */

import { dirname, join } from 'node:path';
import { FoldError } from '../errors.ts';
import { toChain } from '../ir/chain.ts';
import type { Graph, Tensor } from '../ir/graph.ts';
import { joinInputs } from '../ir/input.ts';
import { readInputFile } from '../ir/input-file.ts';
import { BUNDLED_NETWORKS, type BundledNetwork, bundledNetwork, truncateLayers } from '../ir/networks.ts';
import type { ExternalFiles } from '../ir/onnx/external.ts';
import { type LoadedOnnx, loadOnnxFile, readOnnx } from '../ir/onnx/load.ts';
import { type LoadedNetwork, loadNetwork, readNetwork } from '../ir/onnx/load-network.ts';
import { inferShapes } from '../ir/onnx/shapes.ts';
import { type Plan, parsePlan } from '../ir/plan.ts';
import { quantize } from '../ir/quantize.ts';
import { syntheticInput, syntheticNetwork } from '../ir/synthetic.ts';
import { sha256Json } from '../store/digest.ts';
import { readFileBounded } from '../store/read.ts';
import type { TensorGraph } from '../tensor/graph.ts';
import { type Circuit, type Dimensions, tensorsOf } from './load-network.ts';

/** What an ONNX file may be read with. `layers` cuts it to its first layers (head, blocks, readout). */
export interface OnnxSource {
  readonly layers?: number | undefined;
  /** By default slots for a chain of equal layers, the tensor machine for every other network. */
  readonly circuit?: Circuit | undefined;
  /** Of the tensor machine: sizes of symbolic dimensions. */
  readonly dims?: Dimensions | undefined;
}

/** Where a network comes from: an ONNX file, the bytes of one with those of its files of data, or a name. */
export type ModelSource =
  | ({ readonly path: string } & OnnxSource)
  | ({
      readonly onnx: Uint8Array;
      readonly name: string;
      /** Of the tensor machine: files of data, by the locations that the model gives them. */
      readonly external?: ExternalFiles | undefined;
    } & OnnxSource)
  | ({
      readonly network: string;
      readonly layers?: number | undefined;
      readonly circuit?: Circuit | undefined;
    } & SyntheticSource);

/** Of the synthetic network only: its seed (1), channels (2, an even number) and the side of its square image (28). */
export interface SyntheticSource {
  readonly seed?: number | undefined;
  readonly channels?: number | undefined;
  readonly side?: number | undefined;
}

/** A network with what came with it. */
export interface LoadedModel {
  readonly name: string;
  /** The ONNX file of a network that the user brings. */
  readonly path?: string | undefined;
  /** The network to be proven. */
  readonly graph: Graph;
  /** The whole network, to which the plan belongs; `graph` unless layers were cut. */
  readonly whole: Graph;
  /** The network as the tensor machine takes it; undefined for one whose steps are slots. */
  readonly tensors?: TensorGraph | undefined;
  /** What was assumed of the file. */
  readonly notices?: readonly string[] | undefined;
  /** sha256 of the file, or of what a synthetic network is made from; of the whole network. */
  readonly sha256: string;
  /** A bundled network's own plan and sample input. */
  readonly plan: Plan | undefined;
  readonly sample: Tensor | undefined;
}

/** The depth of a synthetic network unless layers are given. */
const DEFAULT_LAYERS = 512;
const DEFAULT_SEED = 1;
const DEFAULT_CHANNELS = 2;
const DEFAULT_SIDE = 28;
/** The reference's 20 fractional weight bits (these weights would be exact with fewer); ten bits hold the sums of any width. */
const SYNTHETIC_SCALES = { activationBits: 10, weightFraction: 20 } as const;

/**
 * Loads a model. A string is the path of an ONNX file.
 * @throws E_FILE, E_FORMAT, E_INPUT, E_TOO_LARGE for a bad file; E_UNSUPPORTED for operators outside the table;
 *   E_USAGE for an unknown network, or a number of layers or a width that it does not have
 */
export async function loadModel(source: string | ModelSource): Promise<LoadedModel> {
  if (typeof source === 'string') return loadModel({ path: source });
  if ('onnx' in source) {
    const { onnx, name, external } = source;
    return ofFile(
      source,
      { name },
      async () => readOnnx(onnx),
      async () => readNetwork(onnx, external),
    );
  }
  if ('path' in source) {
    const { path } = source;
    const name = (path.split(/[\\/]/).at(-1) ?? 'model').replace(/\.onnx$/i, '');
    return ofFile(
      source,
      { name, path },
      () => loadOnnxFile(path),
      () => loadNetwork(path),
    );
  }
  if (source.network === 'synthetic' && source.circuit === 'machine')
    throw new FoldError('E_USAGE', 'The synthetic network has slots.', {
      expected: '--circuit machine with a file or a bundled network',
      got: '--network synthetic',
    });
  if (source.network === 'synthetic') return synthetic(source.layers ?? DEFAULT_LAYERS, source);
  if (source.channels !== undefined || source.side !== undefined)
    throw new FoldError('E_USAGE', `The width of "${source.network}" cannot be chosen.`, {
      expected: 'channels and side with the synthetic network only',
      got: source.network,
    });
  const files = bundledNetwork(source.network);
  if (source.circuit === 'machine') return bundledTensors(source.network, files, source.layers);
  const { graph, sha256 } = await loadOnnxFile(files.model);
  const plan = parsePlan(
    JSON.parse(new TextDecoder().decode(await readFileBounded(join(dirname(files.model), 'plan.json'), 2 ** 16))),
  );
  const [sample] = await readInputFile(files.input, graph);
  return cut({ name: source.network, graph, whole: graph, sha256, plan, sample }, source.layers);
}

/** An ONNX network as the circuit takes it that is asked for, or the one that it is made for. */
async function ofFile(
  { layers, dims, circuit = dims ? 'machine' : undefined }: OnnxSource,
  about: Pick<LoadedModel, 'name' | 'path'>,
  readChain: () => Promise<LoadedOnnx>,
  readAny: () => Promise<LoadedNetwork>,
): Promise<LoadedModel> {
  if (circuit !== 'machine') {
    const chain = await chainOf(readChain, circuit === 'slots' || layers !== undefined);
    if (chain) return ownModel(chain, { ...about, layers });
  }
  const { graph, ...loaded } = tensorsOf(await readAny(), dims);
  return { ...about, graph, whole: graph, ...loaded, plan: undefined, sample: undefined };
}

/**
 * A file as a chain of layers, which has slots; undefined for another network.
 * @param must whether it is an error that it is none
 */
async function chainOf(read: () => Promise<LoadedOnnx>, must: boolean): Promise<LoadedOnnx | undefined> {
  try {
    const loaded = await read();
    inferShapes(loaded.graph); // refuses what no proof can be of before anything else is asked for
    toChain(loaded.graph);
    return loaded;
  } catch (error) {
    if (!(error instanceof FoldError) || must || !OTHER_NETWORK.includes(error.code)) throw error;
    return undefined;
  }
}

/** What the reader of chains says of networks that it is not made for. */
const OTHER_NETWORK: readonly string[] = ['E_UNSUPPORTED', 'E_FORMAT', 'E_INPUT'];

/** Names that `{ network }` takes. */
export const NETWORKS: readonly string[] = [...BUNDLED_NETWORKS, 'synthetic'];

/** A bundled network on the machine, whole: its plan is made from its own sample. @throws E_USAGE for layers */
async function bundledTensors(name: string, files: BundledNetwork, layers: number | undefined): Promise<LoadedModel> {
  if (layers !== undefined)
    throw new FoldError('E_USAGE', 'A network is cut for slots only.', {
      expected: '--layers with --circuit slots',
      got: '--circuit machine',
    });
  const { graph, ...loaded } = tensorsOf(await loadNetwork(files.model));
  const sample = joinInputs(await readInputFile(files.input, graph));
  return { name, graph, whole: graph, ...loaded, plan: undefined, sample };
}

/** A network that the user brings. */
function ownModel(
  { graph, sha256 }: LoadedOnnx,
  { name, path, layers }: Pick<LoadedModel, 'name' | 'path'> & Pick<OnnxSource, 'layers'>,
): LoadedModel {
  inferShapes(graph); // refuses what no proof can be of before anything else is asked for
  return cut({ name, path, graph, whole: graph, sha256, plan: undefined, sample: undefined }, layers);
}

function cut(model: LoadedModel, layers: number | undefined): LoadedModel {
  return layers === undefined ? model : { ...model, graph: truncateLayers(model.whole, layers) };
}

/** Its plan is that of its shallowest form, so that every depth of one width shares one step circuit. */
function synthetic(layers: number, source: SyntheticSource): LoadedModel {
  const { seed = DEFAULT_SEED, channels = DEFAULT_CHANNELS, side = DEFAULT_SIDE } = source;
  const shape = { seed, channels, height: side, width: side };
  const graph = syntheticNetwork({ layers, ...shape });
  const { plan } = quantize(syntheticNetwork({ layers: 3, ...shape }), SYNTHETIC_SCALES);
  return {
    name: 'synthetic',
    graph,
    whole: graph,
    sha256: sha256Json({ network: 'synthetic', seed, layers, channels, side }),
    plan,
    sample: syntheticInput(seed, side, side),
  };
}
