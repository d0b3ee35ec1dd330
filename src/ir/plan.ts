/**
 * The plan: how a network becomes integers and steps. It is data, belongs to the model and never to one input.
 *
 * Only `step` decides what is proven: it goes into the parameter digest (protocol section 6), depends neither on the
 * number of layers nor on calibration data beyond the bits chosen, and is therefore shared by every depth of one network.
 */
import * as z from 'zod';
import { FoldError } from '../errors.ts';
import { slotLinearShape, weightCount } from '../layers/linear-shape.ts';
import { slotSizes } from '../layers/slot.ts';
import { layerSizes } from '../layers/step.ts';
import { MOST_ACTIVATION_BITS, packedBits, type SlotShape, type StepPlan, stateSize } from '../layers/step-plan.ts';
import { canonicalJson } from '../store/canonical-json.ts';

/** How a network becomes integers and steps. */
export interface Plan {
  readonly format: 'layerfold/plan';
  readonly version: 1;
  readonly step: StepPlan;
  /** Whether dropped bits are rounded to nearest or, for networks of Floor nodes, down. */
  readonly rounding: 'nearest' | 'floor';
  /** How the activation bits were chosen. */
  readonly calibration: {
    /** Sample inputs that were run; 0 when the bits were given. */
    readonly samples: number;
    /** Largest magnitude of a number that must fit the activation bits; 0 without samples. */
    readonly peak: number;
  };
}

/** Largest plan that is accepted: bits, field variables and model entries of one step. */
const STEP_LIMIT = 2 ** 24;

const whole = (low: number, high: number): z.ZodNumber => z.number().int().min(low).max(high);
const extent = whole(1, 4096);
const pad = whole(0, 32);

const slotSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('conv'),
      channels: extent,
      height: extent,
      width: extent,
      pads: z.tuple([pad, pad, pad, pad]),
    })
    .refine(
      ({ height, width, pads: [top, left, bottom, right] }) =>
        Math.max(top, bottom) < height && Math.max(left, right) < width,
      'pads are smaller than the image',
    ),
  z.strictObject({ kind: z.literal('dense'), size: whole(1, 2 ** 16) }),
]);

const stepSchema = z
  .strictObject({
    slot: slotSchema,
    slots: whole(1, 512),
    signed: z.boolean(),
    activationBits: whole(1, MOST_ACTIVATION_BITS),
    activationFraction: whole(0, 29),
    weightFraction: whole(1, 30),
    shift: whole(1, 30),
    readout: z.strictObject({ outputs: extent, bits: whole(1, 53), fraction: whole(0, 59) }),
  })
  .refine((s) => s.shift === s.weightFraction, 'the shift is the weight fraction')
  .refine((s) => s.activationBits + s.shift <= 52, 'activation bits and shift are at most 52 together');

const planSchema = z.strictObject({
  format: z.literal('layerfold/plan'),
  version: z.literal(1),
  step: stepSchema,
  rounding: z.enum(['nearest', 'floor']),
  calibration: z.strictObject({ samples: whole(0, 2 ** 31), peak: whole(0, 2 ** 53 - 1) }),
}) satisfies z.ZodType<Plan>;

/** A plan from JSON. @throws E_PLAN naming the first field that is wrong, E_TOO_LARGE for a step beyond the limit */
export function parsePlan(json: unknown): Plan {
  const result = planSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new FoldError('E_PLAN', 'The plan is not valid.', {
      expected: issue?.message ?? 'a plan',
      got: `at ${issue?.path.join('.') || 'the top level'}`,
      hint: 'Make a new one: fold calibrate MODEL.onnx --data FILES',
    });
  }
  const { step } = result.data;
  const sizes = layerSizes(step);
  const largest = Math.max(sizes.model, sizes.bits, sizes.small, productsOfStep(step));
  if (largest > STEP_LIMIT)
    throw new FoldError('E_TOO_LARGE', 'A step of this plan is too large.', {
      expected: `at most ${STEP_LIMIT} model entries, bits and products in a step`,
      got: `${sizes.model} model entries, ${sizes.bits} bits, ${productsOfStep(step)} products`,
      hint: 'Use fewer layers per step: --layers-per-step 1',
    });
  return result.data;
}

/** The step part alone, as a verification key carries it. @throws E_PLAN */
export function parseStepPlan(json: unknown): StepPlan {
  return parsePlan({ ...STEP_ONLY, step: json }).step;
}

const STEP_ONLY = {
  format: 'layerfold/plan',
  version: 1,
  rounding: 'floor',
  calibration: { samples: 0, peak: 0 },
} as const;

/** Canonical JSON of the step plan, for the parameter digest. */
export function stepPlanBytes(step: StepPlan): Uint8Array {
  return new TextEncoder().encode(canonicalJson(step));
}

/** An upper estimate of the products in a step's rows: image borders are counted as if they were inside. */
function productsOfStep(step: Pick<StepPlan, 'slot' | 'slots' | 'readout'>): number {
  return step.slots * productsOfSlot(step.slot) + stateSize(step.slot) * step.readout.outputs;
}

function productsOfSlot(slot: SlotShape): number {
  const perPixel = slot.kind === 'conv' ? slot.height * slot.width : 1;
  return weightCount(slotLinearShape(slot)) * perPixel;
}

/** Of a step's bits those that are left to the chain. */
const CHAIN_BITS = 2 ** 13;

/**
 * Layers per step unless the user says otherwise: the largest power of two with which a step has fewer than 2^18 bits and its slots
 * fewer than 2^18 products. The final proof costs the same for any number, and each step costs the fold some 12,000 rows by itself, so
 * that more layers share it. Beyond these sizes longer blocks, a longer commitment key and the building of the circuit take back what
 * is left to save.
 */
export function defaultLayersPerStep(step: Omit<StepPlan, 'slots' | 'readout'>): number {
  const input = stateSize(step.slot) * packedBits(step);
  const { bits } = slotSizes(step);
  const fits = (k: number): boolean =>
    k * bits + input + CHAIN_BITS < 2 ** 18 && k * productsOfSlot(step.slot) < 2 ** 18 && k <= 512;
  let slots = 1;
  while (fits(2 * slots)) slots *= 2;
  return slots;
}
