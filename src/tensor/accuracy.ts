/** How far the integers of a plan are from the network in doubles, on samples: at each output and at what each node gives. */
import type { Sample } from './calibrate.ts';
import { quantizeInputs } from './calibrate.ts';
import { evaluate } from './evaluate.ts';
import type { TensorGraph } from './graph.ts';
import type { TensorPlan } from './plan.ts';
import { evaluateIntegers, portValues } from './quantize/evaluate.ts';
import { quantizeResolved } from './quantize/quantize.ts';

/** Absolute errors, in units of the network. */
interface OutputErrors {
  readonly name: string;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  /** Largest absolute value. */
  readonly range: number;
}

export interface NodeErrors {
  /** Name of the ONNX node. */
  readonly name: string;
  readonly max: number;
  readonly mean: number;
  readonly range: number;
}

export interface TensorAccuracy {
  readonly inputs: number;
  /** Inputs for which both name the same class: the place of the first output's largest number. */
  readonly sameClass: number;
  readonly outputs: readonly OutputErrors[];
  /** In the order of evaluation; the last result of each node. */
  readonly nodes: readonly NodeErrors[];
}

class Errors {
  max = 0;
  sum = 0;
  count = 0;
  range = 0;

  compare(exact: Float64Array, got: (i: number) => number, each?: (error: number) => void): void {
    for (let i = 0; i < exact.length; i++) {
      const error = exact[i] === got(i) ? 0 : Math.abs(exact[i]! - got(i));
      this.max = Math.max(this.max, error);
      this.range = Math.max(this.range, Math.abs(exact[i]!));
      this.sum += error;
      each?.(error);
    }
    this.count += exact.length;
  }
  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
}

function median(errors: readonly number[]): number {
  const sorted = Float64Array.from(errors).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const largest = (data: ArrayLike<number>): number => {
  let at = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[at]!) at = i;
  return at;
};

/** Runs both on every sample. @throws E_RANGE where one leaves the plan's range */
export function tensorAccuracy(graph: TensorGraph, plan: TensorPlan, samples: readonly Sample[]): TensorAccuracy {
  const { integers, resolved, computed } = quantizeResolved(graph, plan);
  const scaleAt = new Map(integers.tensors.map(({ start, scale }) => [start, scale]));
  const places = new Map(resolved.tensors.map(({ result, start, node }) => [result.id, { start, node }]));
  const nodes = new Map<number, { readonly node: string; readonly errors: Errors }>();
  const outputs = graph.outputs.map(() => ({ errors: new Errors(), all: [] as number[] }));
  let sameClass = 0;
  for (const sample of samples) {
    const numbers = evaluateIntegers(integers, quantizeInputs(integers, sample));
    // what a plan that saturates clamps is no error of its node, but one of the outputs
    const clamped = evaluate(computed, sample, ({ operation, result }, data) => {
      const place = places.get(result.id);
      if (place === undefined || operation.op === 'input') return;
      const entry = nodes.get(result.id) ?? { node: place.node, errors: new Errors() };
      nodes.set(result.id, entry);
      const scale = scaleAt.get(place.start)!;
      entry.errors.compare(data, (i) => numbers[place.start + i]! / scale);
    });
    const exact = computed === graph ? clamped : evaluate(graph, sample);
    const got = integers.outputs.map(({ codes, scale }) => portValues(integers, codes, numbers).map((q) => q / scale));
    exact.forEach((data, p) => {
      outputs[p]!.errors.compare(
        data,
        (i) => got[p]![i]!,
        (error) => outputs[p]!.all.push(error),
      );
    });
    if (largest(exact[0] ?? []) === largest(got[0] ?? [])) sameClass++;
  }
  const last = new Map<string, Errors>();
  for (const { node, errors } of nodes.values()) {
    last.delete(node);
    last.set(node, errors);
  }
  return {
    inputs: samples.length,
    sameClass,
    outputs: outputs.map(({ errors: { max, mean, range }, all }, p) => ({
      ...{ name: graph.outputs[p]!.name, max, mean, range },
      median: median(all),
    })),
    nodes: [...last].map(([name, { max, mean, range }]) => ({ name, max, mean, range })),
  };
}

/** The nodes whose largest error is the largest part of what they give. */
export const worstNodes = ({ nodes }: TensorAccuracy, count: number): NodeErrors[] =>
  [...nodes].sort((a, b) => b.max / (b.range || 1) - a.max / (a.range || 1)).slice(0, count);
