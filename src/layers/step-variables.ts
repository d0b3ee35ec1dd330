/** The variables of a step's layers, where step-layout.ts says: allocated once, before any row. */
import type { LinearForm } from '../circuit/linear-form.ts';
import type { ShapeBuilder } from '../circuit/shape.ts';
import { type NumberBits, stepLayout } from './step-layout.ts';
import type { StepPlan } from './step-plan.ts';

export class LayerVariables {
  readonly model: readonly LinearForm[];
  readonly bits: readonly LinearForm[];
  readonly small: readonly LinearForm[];

  constructor(shape: ShapeBuilder, step: StepPlan) {
    const { sizes, bitScopes } = stepLayout(step);
    this.model = shape.model(sizes.model);
    this.bits = bitScopes.flatMap(({ scope, count }) => shape.scope(scope, () => shape.bits(count)));
    this.small = shape.scope('slots', () => Array.from({ length: sizes.small }, () => shape.field()));
  }

  /** The bits of number i, copy k, the lowest first. */
  number(places: NumberBits, i: number, k = 0): LinearForm[] {
    return places.flatMap(({ log, at }) => {
      const start = at[i]! + k * 2 ** log;
      return this.bits.slice(start, start + 2 ** log);
    });
  }
}
