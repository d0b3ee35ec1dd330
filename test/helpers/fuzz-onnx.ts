/**
 * Damaged model files, by seed: bytes flipped, lost, doubled or taken from another file, and fields of whole messages changed (a
 * dimension, a name, a number, a list), which bytes alone seldom reach. Reading one must end soon, in little memory, and refuse it
 * by FoldError or read it.
 */
import { performance } from 'node:perf_hooks';
import onnxProto from 'onnx-proto';
import { samplesOf } from '../../build/operators/samples.ts';
import { FoldError } from '../../src/errors.ts';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { elementCount } from '../../src/layers/tensor-shape.ts';
import { OPERATORS } from '../../src/operators/table.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { nodeModel } from './node-model.ts';
import { SMALL_NETWORKS } from './small-networks.ts';
import { Dice } from './tensor-graphs.ts';

const { onnx } = onnxProto;

/** Whole files: a node of each operator, and small networks. */
const corpus = (): Uint8Array[] => [
  ...OPERATORS.flatMap(({ op, domain, inputs }) => {
    const [sample] = samplesOf(op, inputs[0]);
    return sample ? [nodeModel({ ...sample, op, ...(domain ? { domain } : {}) }).bytes] : [];
  }),
  ...SMALL_NETWORKS.map(({ onnx: bytes }) => bytes),
];

type Json = { [key: string]: unknown };

const NUMBERS: readonly number[] = [
  0,
  1,
  -1,
  2,
  3,
  7,
  255,
  65536,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
];

/** All places of an object that hold something which is no object, and all lists. */
function places(value: unknown, found: { readonly of: Json | unknown[]; readonly key: string | number }[] = []) {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  for (const [key, entry] of Object.entries(value)) {
    found.push({ of: value as Json, key });
    places(entry, found);
  }
  return found;
}

function changedValue(dice: Dice, value: unknown, others: readonly unknown[]): unknown {
  if (Array.isArray(value)) {
    const at = dice.below(value.length + 1);
    return dice.pick([
      () => value.toSpliced(at, 1),
      () => [...value, ...value],
      () => value.toReversed(),
      () => [],
      () => value.toSpliced(at, 0, dice.pick(NUMBERS)),
    ])();
  }
  if (typeof value === 'string' && Number.isNaN(Number(value)) && dice.below(2) === 0)
    return dice.pick(others.filter((x) => typeof x === 'string'));
  if (typeof value === 'string' || typeof value === 'number') return dice.pick(NUMBERS);
  return dice.pick(others);
}

/** Some fields of the message changed. Undefined where that is no message any more. */
function changedFields(dice: Dice, bytes: Uint8Array): Uint8Array | undefined {
  try {
    const message = onnx.ModelProto.toObject(onnx.ModelProto.decode(bytes), { longs: String, arrays: false }) as Json;
    for (let n = 1 + dice.below(3); n > 0; n--) {
      const all = places(message);
      const { of, key } = dice.pick(all);
      const values = all.map((place) => (place.of as Json)[place.key]);
      (of as Json)[key] = changedValue(dice, (of as Json)[key], values);
    }
    return Uint8Array.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(message)).finish());
  } catch {
    return undefined;
  }
}

function changedBytes(dice: Dice, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const from = dice.below(bytes.length);
  const to = Math.min(bytes.length, from + 1 + dice.below(24));
  const flipped = (): Uint8Array =>
    bytes.map((byte, i) => (i >= from && i < to && dice.below(4) === 0 ? dice.below(256) : byte));
  const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
  return dice.pick([
    flipped,
    flipped,
    () => joined(bytes.subarray(0, from), bytes.subarray(to)),
    () => joined(bytes.subarray(0, to), bytes.subarray(from)),
    () => joined(bytes.subarray(0, from), other.subarray(dice.below(other.length))),
    () => bytes.subarray(0, from),
  ])();
}

/** The damaged file of a seed. */
function mutant(files: readonly Uint8Array[], seed: number): Uint8Array {
  const dice = new Dice(seed);
  const bytes = dice.pick(files);
  const changed = dice.below(3) === 0 ? undefined : changedFields(dice, bytes);
  return changed ?? changedBytes(dice, bytes, dice.pick(files));
}

/** Numbers of a graph up to which it is run. */
const SMALL = 1e6;
/** Processor time and memory that a file of some kilobytes may cost. */
const MOST_MILLISECONDS = 20_000;
const MOST_BYTES = 6 * 2 ** 30;

export type Outcome = 'read' | 'refused';

/** Reads a file, and runs it where it is small. @throws what is a fault of the reader */
function readDamaged(bytes: Uint8Array): Outcome {
  const start = process.cpuUsage();
  const outcome = outcomeOf(bytes);
  const { user, system } = process.cpuUsage(start);
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  if ((user + system) / 1000 > MOST_MILLISECONDS) throw new Error(`took ${(user + system) / 1e6} s of processor time`);
  if (arrayBuffers + heapUsed > MOST_BYTES) throw new Error(`holds ${arrayBuffers + heapUsed} bytes`);
  return outcome;
}

function outcomeOf(bytes: Uint8Array): Outcome {
  try {
    const { graph } = importNetwork(decodeNetwork(bytes));
    const size = graph.operations.reduce((sum, { result }) => sum + elementCount(result.shape, 'result'), 0);
    if (size < SMALL)
      evaluate(
        graph,
        graph.inputs.map(({ value }) => new Float64Array(value.shape.reduce((p, d) => p * d, 1)).fill(1)),
      );
    return 'read';
  } catch (error) {
    if (!(error instanceof FoldError) || error.code === 'E_BUG') throw error;
    return 'refused';
  }
}

/** Damaged files from a seed on, until `until` says so. @throws naming the seed */
export function fuzz(first: number, until: (count: number) => boolean): Readonly<Record<Outcome, number>> {
  const files = corpus();
  const count = { read: 0, refused: 0 };
  for (let n = 0; !until(n); n++) {
    try {
      count[readDamaged(mutant(files, first + n))]++;
    } catch (cause) {
      throw new Error(`the damaged file of seed ${first + n} is not refused as it should be: ${cause}`, { cause });
    }
  }
  return count;
}

/** For the long run: until so many seconds have passed. */
export function forSeconds(seconds: number): () => boolean {
  const end = performance.now() + 1000 * seconds;
  return () => performance.now() > end;
}
