/** A plan in words. */
import type { QuantizedModel } from '../ir/model.ts';
import type { Plan } from '../ir/plan.ts';
import { counted } from './format.ts';

/** What its bits rest on. */
export function samplesOf({ calibration: { samples } }: Pick<Plan, 'calibration'>): string {
  return samples === 0 ? 'given, not calibrated' : `from ${counted(samples, 'sample')}`;
}

export function planLines(
  { step, rounding, calibration }: Plan,
  model: Pick<QuantizedModel, 'layers' | 'steps'>,
): string[] {
  const { slot, readout } = step;
  const shape =
    slot.kind === 'conv'
      ? `convolution, ${slot.channels} channels of ${slot.height} x ${slot.width}, pads ${slot.pads.join(' ')}`
      : `matrix of ${slot.size} x ${slot.size}`;
  return [
    `plan: ${counted(model.layers, 'layer')} in ${counted(model.steps, 'step')} of up to ${step.slots}`,
    `  slot         ${shape}`,
    `  activations  ${step.activationBits} bits${step.signed ? ' and a sign' : ''}, ${step.activationFraction} fractional, ${samplesOf({ calibration })}, rounded ${rounding === 'nearest' ? 'to nearest' : 'down'}`,
    `  weights      ${step.weightFraction} fractional bits`,
    `  readout      ${readout.outputs} logits of ${readout.bits} bits, ${readout.fraction} fractional`,
  ];
}
