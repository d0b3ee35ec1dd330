/**
 * Ranges of a network's tensors on samples, and the error that the integers make on them: the plan of a quantization.
 */
import { FoldError } from '../errors.ts';
import { evaluate } from './evaluate.ts';
import type { TensorGraph } from './graph.ts';
import { partialSums } from './partial-sums.ts';
import { checkHeadroom, DEFAULT_HEADROOM, type Range, type TensorPlan } from './plan.ts';
import { evaluateIntegers, portValues } from './quantize/evaluate.ts';
import type { IntegerGraph } from './quantize/integer.ts';
import { quantizeResolved } from './quantize/quantize.ts';
import { withoutViews } from './quantize/views.ts';
import { withTableErrors } from './table-errors.ts';

/** The numbers of all inputs. */
export type Sample = readonly Float64Array[];

export interface CalibrationOptions {
  readonly headroom?: number;
  /** Clamps in the circuit what leaves the ranges. */
  readonly saturates?: boolean;
}

/** Measured errors are taken this many times, for inputs that are no samples. */
const ERROR_MARGIN = 3;
/** Tables at their worst are so on few inputs. */
const WORST_MARGIN = 2;
/** Samples on which tables are taken at their worst. */
const MOST_AT_WORST = 8;

function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** By operation. @throws FoldError E_PLAN without a sample, or where a number is not finite */
function measureRanges(graph: TensorGraph, samples: readonly Sample[]): Range[] {
  if (samples.length === 0)
    throw new FoldError('E_PLAN', 'A plan needs samples to measure ranges on.', {
      expected: 'at least one input',
      got: 'none',
      hint: 'fold calibrate MODEL --data FILES',
    });
  const ranges = graph.operations.map(() => ({ low: Infinity, high: -Infinity }));
  const partial = graph.operations.map(() => ({ low: 0, high: 0 }));
  for (const sample of samples) {
    const computed = new Map<number, Float64Array>();
    evaluate(graph, sample, ({ operation, result, node }, data) => {
      const range = ranges[result.id]!;
      computed.set(result.id, data);
      if (operation.op === 'linear') {
        let { low, high } = partial[result.id]!;
        const sums = partialSums(operation, joined(operation.sources.map(({ id }) => computed.get(id)!)));
        low = Math.min(low, sums.low);
        high = Math.max(high, sums.high);
        partial[result.id] = { low, high };
      }
      for (const x of data) {
        if (!Number.isFinite(x))
          throw new FoldError('E_PLAN', `Node '${node}' gives ${x} on a sample.`, {
            expected: 'samples for which the network computes finite numbers',
            got: String(x),
            hint: 'fold calibrate MODEL.onnx --data FILES, with inputs for which the node is defined',
          });
        if (x < range.low) range.low = x;
        if (x > range.high) range.high = x;
      }
    });
  }
  return ranges.map(({ low, high }, id) => {
    const reach = Math.max(-low, high, 0);
    const sums = partial[id]!;
    if (!(low <= high)) return { low: 0, high: 0 };
    // only where they need it: a function of the result is tabulated over the range, and may not be made for 0
    return { low: sums.low < -reach ? sums.low : low, high: sums.high > reach ? sums.high : high };
  });
}

/** A sample as integers of the graph's inputs. */
export function quantizeInputs(graph: IntegerGraph, sample: Sample): Float64Array[] {
  return graph.inputs.map(({ scale }, p) => sample[p]!.map((x) => Math.round(x * scale)));
}

/** Outputs of the integer graph in units of the network. */
export function integerOutputs(graph: IntegerGraph, sample: Sample): Float64Array[] {
  const numbers = evaluateIntegers(graph, quantizeInputs(graph, sample));
  return graph.outputs.map(({ codes, scale }) => portValues(graph, codes, numbers).map((q) => q / scale));
}

/** Largest difference of each output. */
const differences = (exact: readonly Float64Array[], got: readonly Float64Array[]): number[] =>
  exact.map((data, p) => data.reduce((most, x, i) => Math.max(most, Math.abs(x - got[p]![i]!)), 0));

/**
 * Largest error of each output on the samples with a margin, or with tables at their worst with a smaller one; and the last place of the
 * output.
 */
function predictErrors(graph: TensorGraph, plan: TensorPlan, samples: readonly Sample[]): number[] {
  const { resolved, integers: all, computed } = quantizeResolved(graph, plan);
  const integers = withoutViews(all);
  const atWorst = withTableErrors(computed, resolved, all);
  const errors = graph.outputs.map(() => 0);
  const count = (margin: number, found: readonly number[]): void =>
    found.forEach((error, p) => {
      errors[p] = Math.max(errors[p]!, margin * error);
    });
  samples.forEach((sample, n) => {
    const exact = evaluate(graph, sample);
    count(ERROR_MARGIN, differences(exact, integerOutputs(integers, sample)));
    if (n < MOST_AT_WORST) count(WORST_MARGIN, differences(exact, evaluate(atWorst, sample)));
  });
  return errors.map((error, p) => error + 1 / integers.outputs[p]!.scale);
}

/**
 * @throws FoldError E_PLAN for bad options or no samples, E_UNSUPPORTED for what the machine cannot do, E_RANGE where the
 * integers leave their range even on the samples
 */
export function calibrate(
  graph: TensorGraph,
  samples: readonly Sample[],
  options: CalibrationOptions = {},
): TensorPlan {
  const headroom = checkHeadroom(options.headroom ?? DEFAULT_HEADROOM);
  const ranges = measureRanges(graph, samples);
  const errors = graph.outputs.map(() => 0);
  const plan: TensorPlan = { version: 1, headroom, ...(options.saturates && { saturates: true }), ranges, errors };
  return { ...plan, errors: predictErrors(graph, plan, samples) };
}
