/**
 * Steps of two slots whose witnesses have everything that the rows of a layer tell apart: neurons that are clipped and neurons that
 * are not, in signed steps under both values of the ReLU selector, and logits of both signs.
 */
import type { Engine } from '../../src/algebra/engine.ts';
import { slotSizes } from '../../src/layers/slot.ts';
import { type LayerWitness, layerSizes, layerWitness } from '../../src/layers/step.ts';
import { activationRange, type StepPlan, stateSize } from '../../src/layers/step-plan.ts';
import { seeded } from '../helpers/chains.ts';

export const SMALL_STEPS = {
  dense: { kind: 'dense', size: 3 },
  conv: { kind: 'conv', channels: 2, height: 2, width: 2, pads: [1, 0, 1, 1] },
} as const;

export interface SmallStep {
  readonly step: StepPlan;
  readonly model: Float64Array;
  readonly witness: LayerWitness;
}

/** One step for one seed; the first slot clips, the second one does not where steps are signed. */
export function smallStep(engine: Engine, kind: keyof typeof SMALL_STEPS, signed: boolean, seed: number): SmallStep {
  const step: StepPlan = {
    slot: SMALL_STEPS[kind],
    slots: 2,
    signed,
    activationBits: 6,
    activationFraction: 3,
    weightFraction: 4,
    shift: 4,
    readout: { outputs: 2, bits: 14, fraction: 7 },
  };
  const random = seeded(seed);
  const within = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const weight = (): number => within(1, 6) * (within(0, 1) ? 1 : -1);
  const { model: perSlot } = slotSizes(step);
  const [lowest, highest] = activationRange(step);
  for (;;) {
    const model = Float64Array.from({ length: layerSizes(step).model }, weight);
    if (signed) for (const k of [0, 1]) model[(k + 1) * perSlot - 1] = 1 - k;
    const input = Float64Array.from({ length: stateSize(step.slot) }, () => within(lowest, highest) || 1);
    try {
      const witness = layerWitness(engine, step, model, input, [BigInt(seed), 5n, 7n]);
      if (isVaried(step, witness)) return { step, model, witness };
    } catch {
      // an activation out of range: other weights
    }
  }
}

/** Signs of the values before ReLU, slot by slot. */
export function signsOf(step: StepPlan, { bits }: Pick<LayerWitness, 'bits'>): number[][] {
  const n = stateSize(step.slot);
  const width = step.activationBits + 1 + step.shift;
  const from = layerSizes(step).bits - step.readout.outputs * step.readout.bits - step.slots * n * width;
  return Array.from({ length: step.slots }, (_, slot) =>
    Array.from({ length: n }, (_, k) => bits[from + (slot * n + k) * width + step.activationBits]!),
  );
}

function isVaried(step: StepPlan, witness: LayerWitness): boolean {
  const both = (signs: readonly number[]): boolean => signs.includes(0) && signs.includes(1);
  return signsOf(step, witness).every(both) && both(Array.from(witness.logits, (v) => Number(v < 0)));
}
