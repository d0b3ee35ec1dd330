/**
 * Runs a network on an input and evaluates every constraint of every step, without any commitment: what a user runs a
 * hundred times before proving once. The chain's own rows are those of the step circuit and do not depend on the data.
 */
import { concat } from '../algebra/concat.ts';
import { createEngine } from '../algebra/index.ts';
import { R } from '../algebra/params.ts';
import { firstViolation, type Violation } from '../circuit/check.ts';
import { compile } from '../circuit/compile.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { throwIfAborted } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import type { Tensor } from '../ir/graph.ts';
import type { QuantizedModel } from '../ir/model.ts';
import { type IntegerResult, quantizeInput, runInteger } from '../ir/run.ts';
import { buildLayers } from '../layers/step.ts';
import { layerWitness } from '../layers/step-witness.ts';
import { locate, type Place } from './locate.ts';

/** Of `check`. */
export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
}

/** Whether every constraint of the layers holds for an input. */
export interface Checked {
  readonly output: IntegerResult;
  readonly steps: number;
  /** Rows and bits that were evaluated, over all steps. */
  readonly rows: number;
  readonly bits: number;
  /** The first violation and its place; undefined when everything holds. */
  readonly violation: (Violation & { readonly place: Place }) | undefined;
}

/** @throws E_RANGE naming layer, index and value when an activation leaves its range */
export async function check(model: QuantizedModel, input: Tensor, options: CheckOptions = {}): Promise<Checked> {
  const { on, signal } = options;
  const output = await stage(on, 'integers', async () => runInteger(model, input));
  const engine = await createEngine();
  const { step } = model.plan;
  const matrix = await stage(on, 'circuit', async () => {
    const shape = new ShapeBuilder(R);
    buildLayers(shape, step);
    return compile(shape);
  });
  const rows = engine.fr.rows(matrix.matrix);
  const one = engine.fr.encode([1n]);
  let { state } = quantizeInput(model, input);
  const result = {
    output,
    steps: model.steps,
    rows: model.steps * (matrix.sizes.rows + matrix.sizes.boxes),
    bits: model.steps * matrix.sizes.bits,
  };
  const told = counter(on, 'check', 'steps');
  for (let j = 0; j < model.steps; j++) {
    throwIfAborted(signal);
    const entries = model.stepModel(j);
    const witness = layerWitness(engine, step, entries, state, [0n, 0n, 0n]);
    const { fr } = engine;
    const parts = [one, fr.fromSmall(entries), fr.fromBits(witness.bits), fr.fromSmall(witness.small), witness.fields];
    const z = concat(parts);
    const violation = firstViolation(fr, rows, matrix, z);
    if (violation) return { ...result, violation: { ...violation, place: locate(model, j, violation, matrix) } };
    state = witness.output;
    told(j + 1, model.steps);
    if (j % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...result, violation: undefined };
}
