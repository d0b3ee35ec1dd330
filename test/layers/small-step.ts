/**
 * Steps of a few slots, two unless said, whose witnesses have everything that the rows of a layer tell apart: neurons that are clipped and neurons that
 * are not, in signed steps under both values of the ReLU selector, and logits of both signs.
 */
import type { Engine } from '../../src/algebra/engine.ts';
import { modelBlock, modelOfBlock } from '../../src/layers/model-block.ts';
import { layerSizes } from '../../src/layers/step.ts';
import { stepLayout } from '../../src/layers/step-layout.ts';
import { activationRange, type SlotShape, type StepPlan, stateSize } from '../../src/layers/step-plan.ts';
import { type LayerWitness, layerWitness } from '../../src/layers/step-witness.ts';
import { seeded } from '../helpers/chains.ts';

export const SMALL_STEPS = {
  dense: { kind: 'dense', size: 3 },
  conv: { kind: 'conv', channels: 2, height: 2, width: 2, pads: [1, 0, 1, 1] },
  /** Channels and pixels that are no powers of two. */
  wide: { kind: 'conv', channels: 3, height: 1, width: 3, pads: [0, 1, 0, 0] },
} as const;

export interface SmallStep {
  readonly step: StepPlan;
  readonly model: Float64Array;
  readonly witness: LayerWitness;
}

/** Numbers of few bits. */
export function smallPlan(slot: SlotShape, slots: number, signed: boolean, outputs = 2): StepPlan {
  return {
    ...{ slot, slots, signed },
    ...{ activationBits: 6, activationFraction: 3, weightFraction: 4, shift: 4 },
    readout: { outputs, bits: 14, fraction: 7 },
  };
}

/** One step for one seed; every other slot clips, the others do not where steps are signed. */
export function smallStep(
  engine: Engine,
  kind: keyof typeof SMALL_STEPS,
  signed: boolean,
  seed: number,
  slots = 2,
): SmallStep {
  const step = smallPlan(SMALL_STEPS[kind], slots, signed);
  const random = seeded(seed);
  const within = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const weight = (): number => within(1, 6) * (within(0, 1) ? 1 : -1);
  const [lowest, highest] = activationRange(step);
  for (;;) {
    const { slots: entries, readout } = modelOfBlock(
      step,
      Float64Array.from({ length: layerSizes(step).model }, weight),
    );
    if (signed) for (const [k, slot] of entries.entries()) slot[slot.length - 1] = 1 - (k % 2);
    const model = modelBlock(step, entries, readout);
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
  return stepLayout(step).groups.flatMap(({ slots, sums }) => {
    // the sign is the last bit of the last piece
    const { log, at } = sums.at(-1)!;
    return Array.from({ length: 2 ** slots.log }, (_, k) =>
      Array.from(at, (start) => bits[start + (k + 1) * 2 ** log - 1]!),
    );
  });
}

function isVaried(step: StepPlan, witness: LayerWitness): boolean {
  const both = (signs: readonly number[]): boolean => signs.includes(0) && signs.includes(1);
  return signsOf(step, witness).every(both) && both(Array.from(witness.logits, (v) => Number(v < 0)));
}
