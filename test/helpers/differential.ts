/** A random network read by us and by ONNX Runtime: accepted with its very numbers, or refused by name. */
import { FoldError } from '../../src/errors.ts';
import { decodeOnnx } from '../../src/ir/onnx/decode.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { type IntegerResult, runInteger } from '../../src/ir/run.ts';
import { type RandomNetwork, randomNetwork, type Trait } from './random-graphs.ts';
import { type RuntimeTensor, runtimeTensors } from './runtime.ts';

export interface Differential {
  readonly graphs: number;
  readonly accepted: number;
  /** How many of the networks have this trait. */
  readonly traits: ReadonlyMap<Trait, number>;
  /** What is wrong, of each network that was read falsely. */
  readonly faults: readonly string[];
}

/** Compares the networks of seeds `from` to `from + graphs - 1`. */
export async function compareNetworks(from: number, graphs: number): Promise<Differential> {
  const traits = new Map<Trait, number>();
  const faults: string[] = [];
  let accepted = 0;
  for (let seed = from; seed < from + graphs; seed++) {
    const network = randomNetwork(seed);
    for (const trait of network.traits) traits.set(trait, (traits.get(trait) ?? 0) + 1);
    const read = readNetwork(network);
    if (!(read instanceof FoldError)) accepted++;
    const fault = read instanceof FoldError ? refusalFault(network, read) : await valueFault(network, read);
    if (fault !== undefined) faults.push(`seed ${seed} (${[...network.traits].join(', ') || 'plain'}): ${fault}`);
  }
  return { graphs, accepted, traits, faults };
}

/** The whole way of `fold run`, from the file's bytes to the output. */
function readNetwork({ bytes, input }: RandomNetwork): IntegerResult | FoldError {
  try {
    const { model } = quantize(decodeOnnx(bytes), { samples: [input] });
    return runInteger(model, input);
  } catch (error) {
    if (error instanceof FoldError) return error;
    throw error;
  }
}

function refusalFault({ traits, names }: RandomNetwork, error: FoldError): string | undefined {
  const told = [error.code, error.message, error.expected, error.got].join(' | ');
  if (traits.size === 0) return `a chain of layers is refused: ${told}`;
  if (error.code !== 'E_UNSUPPORTED' && error.code !== 'E_FORMAT') return `refused for another reason: ${told}`;
  return names.some((name) => told.includes(`"${name}"`)) ? undefined : `refused without a name: ${told}`;
}

async function valueFault(network: RandomNetwork, { values, shape }: IntegerResult): Promise<string | undefined> {
  let real: RuntimeTensor;
  try {
    [real] = (await runtimeTensors(network.bytes, network, [network.input])).values() as unknown as [RuntimeTensor];
  } catch (error) {
    return `accepted, but the runtime refuses it: ${error}`;
  }
  if (real.shape.join() !== shape.join()) return `shape [${shape}] instead of [${real.shape}]`;
  // + 0: ordinary arithmetic knows a -0
  const equal = real.data.length === values.length && real.data.every((v, k) => v + 0 === values[k]);
  return equal ? undefined : `${values.slice(0, 8)} instead of ${real.data.slice(0, 8)}`;
}
