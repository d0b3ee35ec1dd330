/** What one node of an operator costs and how far its integers are off, and which of its inputs must be constant. */
import { FoldError } from '../../src/errors.ts';
import { entryCount } from '../../src/layers/tensor-shape.ts';
import type { Operator } from '../../src/operators/operator.ts';
import { calibrate, integerOutputs } from '../../src/tensor/calibrate.ts';
import { evaluate } from '../../src/tensor/evaluate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { simplify } from '../../src/tensor/simplify.ts';
import { type NodeCase, nodeGraph } from '../../test/helpers/node-graph.ts';
import { samplesOf } from './samples.ts';

export interface Measured {
  /** Numbers that each kind of operation computes, for one number of the first output. */
  readonly cost: ReadonlyMap<string, number>;
  /** Largest error as a part of the output's range. */
  readonly error: number;
  /** What must be constant. */
  readonly constants: readonly string[];
}

/** @returns undefined for an operator that refuses all samples */
export function measure(operator: Operator): Measured | undefined {
  for (const sample of samplesOf(operator.op, operator.inputs[0])) {
    const spec: NodeCase = { ...sample, op: operator.op, ...(operator.domain ? { domain: operator.domain } : {}) };
    try {
      return { ...measured(spec), constants: constantInputs(spec) };
    } catch (error) {
      if (!(error instanceof FoldError) || error.code === 'E_BUG') throw error;
    }
  }
  return undefined;
}

function measured(spec: NodeCase): Pick<Measured, 'cost' | 'error'> {
  const { graph: whole, feeds } = nodeGraph(spec);
  const graph = simplify({ ...whole, outputs: whole.outputs.slice(0, spec.outputs ?? 1) });
  const integers = quantize(graph, calibrate(graph, [feeds]));
  const first = entryCount(graph.outputs[0]!.value.shape) || 1;
  const cost = new Map<string, number>();
  const given = new Set(integers.inputs.flatMap(({ codes }) => [...codes]));
  for (const { operation, size, shows } of integers.tensors) {
    // that a boolean input is one is shown once, however many nodes read it
    if (operation.op === 'input' || shows?.of.every((code) => given.has(code))) continue;
    cost.set(operation.op, (cost.get(operation.op) ?? 0) + size / first);
    if (operation.op === 'linear') {
      const taps = operation.terms.reduce((sum, { width }) => sum + width, 0);
      cost.set('weights', (cost.get('weights') ?? 0) + (taps * size) / first);
    }
  }
  const exact = evaluate(graph, feeds)[0]!;
  const got = integerOutputs(integers, feeds)[0]!;
  const range = exact.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const error = exact.reduce((most, x, i) => Math.max(most, x === got[i] ? 0 : Math.abs(x - got[i]!)), 0) / range;
  return { cost, error };
}

const COMPUTED = /computes its (.*) from the data/;

/** What of the inputs that the sample has as constants is refused where it is computed. */
function constantInputs(spec: NodeCase): string[] {
  const found: string[] = [];
  spec.inputs.forEach((feed, i) => {
    if (!feed?.constant) return;
    const { constant: _, ...computed } = feed;
    try {
      nodeGraph({ ...spec, inputs: spec.inputs.with(i, computed) });
    } catch (error) {
      if (!(error instanceof FoldError)) throw error;
      const what = COMPUTED.exec(error.message)?.[1];
      if (what && !found.includes(what)) found.push(what);
    }
  });
  return found;
}
