/** Plans as data: parsing, bounds, the bytes that enter the parameter digest, the grouping rule. */
import { describe, expect, it } from 'vitest';
import { defaultLayersPerStep, type Plan, parsePlan, stepPlanBytes } from '../../src/ir/plan.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const PLAN: Plan = {
  format: 'layerfold/plan',
  version: 1,
  step: {
    slot: { kind: 'conv', channels: 4, height: 8, width: 8, pads: [1, 1, 1, 1] },
    slots: 8,
    signed: false,
    activationBits: 14,
    activationFraction: 7,
    weightFraction: 10,
    shift: 10,
    readout: { outputs: 10, bits: 30, fraction: 17 },
  },
  rounding: 'nearest',
  calibration: { samples: 1, peak: 5851 },
};

const changed = (change: Record<string, unknown>): unknown => ({ ...PLAN, step: { ...PLAN.step, ...change } });

it('a plan survives JSON', () => {
  expect(parsePlan(JSON.parse(JSON.stringify(PLAN)))).toEqual(PLAN);
});

describe('refused', () => {
  it.each([
    ['not an object', 7],
    ['another format', { ...PLAN, format: 'other' }],
    ['another version', { ...PLAN, version: 2 }],
    ['an unknown field', { ...PLAN, extra: 1 }],
    ['a shift that is not the weight fraction', changed({ shift: 9 })],
    ['bits beyond 30', changed({ activationBits: 31 })],
    ['bits and shift beyond 52', changed({ activationBits: 30, weightFraction: 30, shift: 30 })],
    ['no slots', changed({ slots: 0 })],
    ['too many slots', changed({ slots: 513 })],
    ['a fraction of a bit', changed({ activationBits: 1.5 })],
    ['a slot of another kind', changed({ slot: { kind: 'pool', size: 3 } })],
    ['negative pads', changed({ slot: { ...PLAN.step.slot, pads: [-1, 1, 1, 1] } })],
    ['pads as large as the image', changed({ slot: { ...PLAN.step.slot, pads: [1, 8, 1, 1] } })],
    ['a logit beyond 53 bits', changed({ readout: { outputs: 10, bits: 54, fraction: 17 } })],
  ])('%s is E_PLAN', (_what, json) => {
    expect(foldErrorOf(() => parsePlan(json)).code).toBe('E_PLAN');
  });

  it('a step beyond the limit is E_TOO_LARGE', () => {
    const json = changed({ slot: { kind: 'dense', size: 2 ** 16 } });
    expect(foldErrorOf(() => parsePlan(json)).code).toBe('E_TOO_LARGE');
  });
});

it('the bytes of the step are canonical and pinned', () => {
  const text = new TextDecoder().decode(stepPlanBytes(PLAN.step));
  expect(text).toBe(
    '{"activationBits":14,"activationFraction":7,"readout":{"bits":30,"fraction":17,"outputs":10},"shift":10,"signed":false,' +
      '"slot":{"channels":4,"height":8,"kind":"conv","pads":[1,1,1,1],"width":8},"slots":8,"weightFraction":10}',
  );
  const { slot, ...rest } = PLAN.step;
  expect(stepPlanBytes({ ...rest, slot })).toEqual(stepPlanBytes(PLAN.step));
});

it('the grouping rule gives 16 for 4 x 8 x 8 at 14 bits and 4 for 2 x 28 x 28 at 9, at least 1 always', () => {
  expect(defaultLayersPerStep(PLAN.step)).toBe(16);
  const wide = { kind: 'conv', channels: 2, height: 28, width: 28, pads: [1, 1, 1, 1] } as const;
  const floored = { ...PLAN.step, activationBits: 9, activationFraction: 0, weightFraction: 20, shift: 20 };
  expect(defaultLayersPerStep({ ...floored, slot: wide })).toBe(4);
  expect(defaultLayersPerStep({ ...PLAN.step, slot: { kind: 'dense', size: 2048 } })).toBe(1);
  expect(defaultLayersPerStep({ ...PLAN.step, slot: { kind: 'dense', size: 1 } })).toBe(512);
});
