/**
 * A slot reads what the slot before it gave, whatever the number of slots: a run that goes on from another number breaks exactly the row of
 * that number, and a lie in any one copy of a replicated row is noticed as in any other.
 */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { biasCount, slotLinearShape, weightCount } from '../../src/layers/linear-shape.ts';
import { modelBlock, modelOfBlock } from '../../src/layers/model-block.ts';
import { buildLayers } from '../../src/layers/step.ts';
import { type NumberBits, stepLayout } from '../../src/layers/step-layout.ts';
import { type LayerWitness, layerWitness } from '../../src/layers/step-witness.ts';
import { RowEvaluator } from '../helpers/blocks.ts';
import { type SMALL_STEPS, type SmallStep, smallStep } from './small-step.ts';

const engine = await createEngine();
const SEED = 5;
/** Those of `smallStep`. */
const SALTS = [BigInt(SEED), 5n, 7n] as const;
const integers = (values: Float64Array | Uint8Array): bigint[] => Array.from(values, (v) => BigInt(v));

const evaluator = (
  shape: ShapeBuilder,
  model: Float64Array,
  { bits, small, fields }: Pick<LayerWitness, 'bits' | 'small' | 'fields'>,
): RowEvaluator =>
  new RowEvaluator(shape, {
    model: integers(model),
    bits: integers(bits),
    fields: [...integers(small), ...engine.fr.decode(fields)],
  });

/** Copies a slot's sums and p from one witness to another. */
function copySlot({ step }: SmallStep, slot: number, from: LayerWitness, to: LayerWitness): void {
  for (const { slots, sums, p } of stepLayout(step).groups) {
    const k = slot - slots.from;
    if (k < 0 || k >= 2 ** slots.log) continue;
    for (const { log, at } of sums satisfies NumberBits)
      for (const start of at) {
        const first = start + k * 2 ** log;
        to.bits.set(from.bits.subarray(first, first + 2 ** log), first);
      }
    for (const at of p ?? []) to.small[at + k] = from.small[at + k]!;
  }
}

const CASES = (['dense', 'conv', 'wide'] as const satisfies readonly (keyof typeof SMALL_STEPS)[]).flatMap((kind) =>
  [false, true].flatMap((signed) => [1, 2, 3, 4, 7].map((slots) => ({ kind, signed, slots }))),
);

describe.each(CASES)('$slots slots of a $kind step, signed: $signed', ({ kind, signed, slots }) => {
  const small = smallStep(engine, kind, signed, SEED, slots);
  const { step, model, witness } = small;
  const shape = new ShapeBuilder(R);
  buildLayers(shape, step);

  it('holds', () => {
    expect(evaluator(shape, model, witness).violations()).toEqual([]);
  });

  it.each(Array.from({ length: slots - 1 }, (_, k) => k))('go on from what slot %i gives', (slot) => {
    const { forged, changed } = goingOnFromAnother(small, slot);
    expect(evaluator(shape, model, forged).violations()).toHaveLength(changed);
  });

  it('any one entry of any slot off by one is noticed where it meets a number other than zero', () => {
    // all numbers are one, so that no entry meets a zero
    const ones = new RowEvaluator(shape, {
      model: integers(model),
      bits: Array.from(witness.bits, () => 1n),
      fields: new Array<bigint>(shape.counts.fields).fill(1n),
    });
    const before = new Set(ones.violations());
    expect(before.size).toBeGreaterThan(0);
    model.forEach((value, i) => {
      expect(ones.changes('model', i, BigInt(value) + 1n), `entry ${i}`).toBe(true);
    });
  });

  it('any one bit or field variable changed is noticed', () => {
    const rows = evaluator(shape, model, witness);
    witness.bits.forEach((bit, i) => {
      expect(rows.detects('bits', i, BigInt(1 - bit)), `bit ${i}`).toBe(true);
    });
    witness.small.forEach((value, i) => {
      expect(rows.detects('fields', i, BigInt(value) + 1n), `field ${i}`).toBe(true);
    });
  });
});

/** Numbers that a slot may be said to have given instead, as multiples of a unit of the output. */
const OFFSETS = [1, -1, 2, -2, 5, -5, 12, -12];

/** A witness whose slots after `slot` start from other numbers than that one gives; `changed`: how many activations. */
function goingOnFromAnother(small: SmallStep, slot: number): { forged: LayerWitness; changed: number } {
  const { step, model, witness } = small;
  const linear = slotLinearShape(step.slot);
  const { groups } = stepLayout(step);
  const { slots, x } = groups.find(({ slots: own }) => slot + 1 < own.from + 2 ** own.log)!;
  for (const offset of OFFSETS)
    for (let bias = 0; bias < biasCount(linear); bias++) {
      // the run of a network whose slot has another bias, with that slot's own numbers put back
      const { slots: entries, readout } = modelOfBlock(step, model);
      entries[slot]![weightCount(linear) + bias]! += offset * 2 ** step.shift;
      try {
        const input = Float64Array.from(groups[0]!.x, (at) => witness.small[at]!);
        const forged = layerWitness(engine, step, modelBlock(step, entries, readout), input, SALTS);
        copySlot(small, slot, witness, forged);
        const changed = x.filter(
          (at) => witness.small[at + slot + 1 - slots.from] !== forged.small[at + slot + 1 - slots.from],
        );
        if (changed.length > 0) return { forged, changed: changed.length };
      } catch {
        // a number out of range: another bias
      }
    }
  throw new Error('no other number for this slot');
}
