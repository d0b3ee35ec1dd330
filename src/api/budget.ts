/** What a plan costs, before anything is proven: sizes of the step circuit by part, and of the wrap. */
import { FIELD_BYTES } from '../algebra/engine.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { slotsPerStep, VECTOR } from '../machine/shape.ts';
import type { StepSpec } from '../machine/spec.ts';
import { wrapKeyLength } from '../wrap/circuit.ts';
import { PUBLIC_INPUTS } from '../wrap/signals.ts';
import { isMachineModel, type ProvableModel } from './model.ts';
import { wrapSize } from './wrap-size.ts';

/** What proving a plan takes: the sizes of a step, and of the parameters that the run holds. */
export interface Budget {
  /** Of one step: listed rows, bits, field variables, products, distinct linear forms and their terms. */
  readonly rows: number;
  /** Of the listed rows those of S-boxes. */
  readonly boxes: number;
  readonly bits: number;
  readonly fields: number;
  readonly products: number;
  readonly forms: number;
  readonly terms: number;
  /** Rows and bits outside the layers, their digests and the check of a batch's item: what folding costs. At most 12,000. */
  readonly chain: number;
  /** Row variables n; the fold sweeps 2^n rows. */
  readonly rowVariables: number;
  /** Powers of tau that the commitments use. */
  readonly keyPoints: number;
  /** Powers of tau that the final proof needs besides: its longest polynomial may be longer than a step's blocks. */
  readonly wrapKeyPoints: number;
  /** Constraints of the final proof's circuit (protocol section 9). */
  readonly wrapConstraints: number;
  readonly parts: readonly { readonly name: string; readonly rows: number; readonly bits: number }[];
}

/** Above this the final proof's key would need more than 2^20 rows: one is the constant's, one each public input's. */
export const WRAP_LIMIT = 2 ** 20 - 1 - PUBLIC_INPUTS;

/** Sizes of a system's step and of its final proof. @param spec of the step */
export async function budgetOf(system: StepSystem, spec: StepSpec): Promise<Budget> {
  const { sizes, scopes, scopeSizes } = system.matrix;
  const parts = scopes
    .map((name, k) => ({
      name: name || 'wiring',
      rows: scopeSizes[k]!.rows + scopeSizes[k]!.boxes,
      bits: scopeSizes[k]!.bits,
    }))
    .filter(({ rows, bits }) => rows + bits > 0);
  const chain = parts
    .filter(({ name }) => !name.startsWith('layers') && name !== 'item')
    .reduce((n, { rows, bits }) => n + rows + bits, 0);
  return {
    rows: sizes.rows + sizes.boxes,
    boxes: sizes.boxes,
    bits: sizes.bits,
    fields: sizes.fields,
    products: sizes.products,
    forms: sizes.forms,
    terms: sizes.terms,
    chain,
    rowVariables: system.layout.rowLog,
    keyPoints: system.layout.keyLength,
    wrapKeyPoints: wrapKeyLength(system),
    wrapConstraints: await wrapSize(system, spec),
    parts,
  };
}

/** Node, the program, and what its garbage collector lets stand during a long run; measured on Node 20. */
const BASE_BYTES = 350e6;
/** A thread with its engine and its scratch memory. */
const WORKER_BYTES = 100e6;
/** Vectors as long as all rows that the fold and its verification keep at once, rounded up. */
const ROW_VECTORS = 24;

/** Peak resident memory of `prove` in bytes, an upper estimate. The depth of the network enters by its weights only. */
export function memoryEstimate({ layout }: StepSystem, model: ProvableModel, workers: number): number {
  const rows = 2 ** layout.rowLog * FIELD_BYTES;
  // a weight is kept as read, as shaped and as an integer, 8 bytes each
  return BASE_BYTES + workers * WORKER_BYTES + ROW_VECTORS * rows + 24 * numbersOf(model);
}

/** Weights of the network; of a program the numbers of its memory. */
function numbersOf(model: ProvableModel): number {
  if (isMachineModel(model)) return model.steps * slotsPerStep(model.program.shape) * VECTOR;
  const { layers, readout } = model.network;
  return [...layers, readout].reduce((n, { linear }) => n + linear.weights.length, 0);
}

/** Bytes of a folded proof's file, a checkpoint's too: its two openings, and the commitments of steps to come. */
export function proofBytes({ matrix }: StepSystem, steps: number): number {
  const { bits, fields, model } = matrix.sizes;
  return Math.ceil(FIELD_BYTES * (bits + 2 * (fields + model)) + bits / 8 + 64 * steps + 2 ** 17);
}

/**
 * Bytes that `runs` runs of a model write: the proof of each and `checkpoints` files like it; the key and the model's
 * commitments in the cache.
 */
export function diskEstimate(system: StepSystem, model: ProvableModel, checkpoints = 0, runs = 1): number {
  const cache = 64 * wrapKeyLength(system) + 64 * model.steps;
  return runs * (1 + checkpoints) * proofBytes(system, model.steps) + cache;
}
