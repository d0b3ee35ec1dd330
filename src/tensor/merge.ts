/**
 * Linear operations one after another become one where that costs no products: factors and offsets of single elements (a batch
 * normalization, a bias, the factor of a layer norm) go into the weights of the linear operation before or behind them, and what is added
 * to the result of one becomes a part of it (merge-sums.ts).
 */
import { entryCount } from '../layers/tensor-shape.ts';
import { type Computed, type GraphOperation, isConstant, type LinearOperation, type TensorGraph } from './graph.ts';
import { normalLinear } from './linear.ts';
import { summed } from './merge-sums.ts';
import { computedOperands, needed } from './rewrite.ts';

/** Kernels that are made while operations merge: distinct ones by the kernel they come from and what changed. */
class Kernels {
  readonly #known = new Map<string, number>();
  readonly #rows: Float64Array[] = [];

  number(name: string, make: () => Float64Array): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, this.#rows.length);
    this.#rows.push(make());
    return this.#rows.length - 1;
  }
  get count(): number {
    return this.#rows.length;
  }
  weights(width: number): Float64Array {
    const all = new Float64Array(this.#rows.length * width);
    this.#rows.forEach((row, k) => {
      all.set(row, k * width);
    });
    return all;
  }
}

/** The number that element i of an operation of width 1 reads; -1 for none. */
const tapOf = ({ taps, position }: LinearOperation, i: number): number => taps[position[i]!]!;

/**
 * `outer`, which has a single source and width 1, on the result of `inner`. Undefined where it repeats elements, or where there
 * would be more weights than there are.
 */
function scaledAfter(inner: LinearOperation, outer: LinearOperation): LinearOperation | undefined {
  const count = outer.position.length;
  if (outer.width !== 1 || outer.sources.length !== 1 || count > inner.position.length) return undefined;
  const most = Math.max(inner.weights.length, count);
  const kernels = new Kernels();
  const position = new Int32Array(count);
  const kernel = new Int32Array(count);
  const bias = outer.bias === undefined ? new Float64Array(count) : outer.bias.slice();
  for (let i = 0; i < count; i++) {
    const from = tapOf(outer, i);
    if (from < 0) return undefined;
    const factor = outer.weights[outer.kernel[i]!]!;
    const own = inner.kernel[from]!;
    position[i] = inner.position[from]!;
    kernel[i] = kernels.number(`${own} ${factor}`, () =>
      inner.weights.slice(own * inner.width, (own + 1) * inner.width).map((weight) => weight * factor),
    );
    if (kernels.count * inner.width > most) return undefined;
    if (inner.bias) bias[i]! += factor * inner.bias[from]!;
  }
  return { ...inner, weights: kernels.weights(inner.width), position, kernel, bias };
}

/**
 * `outer` reading through its source `place`, which is an operation of width 1. Undefined where elements that share a weight are not
 * scaled alike.
 */
function scaledBefore(inner: LinearOperation, outer: LinearOperation, place: number): LinearOperation | undefined {
  if (inner.width !== 1) return undefined;
  const { width, taps, position, kernel } = outer;
  const sizes = outer.sources.map((source) => entryCount(source.shape));
  const start = sizes.slice(0, place).reduce((sum, size) => sum + size, 0);
  const end = start + sizes[place]!;
  const added = inner.sources.reduce((sum, source) => sum + entryCount(source.shape), 0);
  const isInner = (tap: number): boolean => tap >= start && tap < end;
  const moved = taps.map((tap) => {
    if (!isInner(tap)) return tap >= end ? tap - (end - start) + added : tap;
    const from = tapOf(inner, tap - start);
    return from < 0 ? -1 : start + from;
  });
  const weights = outer.weights.slice();
  const scaled = new Uint8Array(weights.length);
  const bias = outer.bias === undefined ? new Float64Array(position.length) : outer.bias.slice();
  for (let i = 0; i < position.length; i++)
    for (let k = 0; k < width; k++) {
      const tap = taps[position[i]! * width + k]!;
      // a tap in the padding takes any weight
      if (tap < 0) continue;
      const at = kernel[i]! * width + k;
      const factor = isInner(tap) ? inner.weights[inner.kernel[tap - start]!]! : 1;
      const weight = outer.weights[at]! * factor;
      if (scaled[at] === 1 && weights[at] !== weight) return undefined;
      weights[at] = weight;
      scaled[at] = 1;
      if (isInner(tap) && inner.bias) bias[i]! += outer.weights[at]! * inner.bias[tap - start]!;
    }
  const sources = outer.sources.toSpliced(place, 1, ...inner.sources);
  return { ...outer, sources, taps: moved, weights, bias };
}

/** The graph with such operations merged, and without what nothing needs. */
export function mergeLinear(graph: TensorGraph): TensorGraph {
  const operations: GraphOperation[] = [...graph.operations];
  const readers = new Int32Array(operations.length);
  for (const { operation } of operations) for (const { id } of computedOperands(operation)) readers[id]!++;
  // what others read is computed all the same: a second form of it would be rounded otherwise, and equal numbers not be equal
  const stays = new Uint8Array(operations.length);
  for (const { operation } of operations)
    if (operation.op !== 'linear') for (const { id } of computedOperands(operation)) stays[id] = 1;
  for (const { value } of graph.outputs) {
    if (isConstant(value)) continue;
    readers[value.id]!++;
    stays[value.id] = 1;
  }
  const linearAt = ({ id }: Computed): LinearOperation | undefined => {
    const { operation } = operations[id]!;
    return operation.op === 'linear' ? operation : undefined;
  };
  /** Puts a merged operation in the place of another; what that read and nothing reads any more reads nothing either. */
  const replace = (id: number, merged: LinearOperation): LinearOperation => {
    const { operation: old, ...entry } = operations[id]!;
    const normal = normalLinear(merged.sources, { ...merged, shape: entry.result.shape, bias: merged.bias! });
    const operation = normal instanceof Float64Array ? merged : normal;
    for (const source of operation.sources) readers[source.id]!++;
    const released = computedOperands(old).map((operand) => operand.id);
    for (let next = released.pop(); next !== undefined; next = released.pop())
      if (--readers[next]! === 0)
        released.push(...computedOperands(operations[next]!.operation).map(({ id: at }) => at));
    operations[id] = { operation, ...entry };
    return operation;
  };
  operations.forEach(({ operation }, id) => {
    if (operation.op !== 'linear') return;
    let outer = operation;
    for (let place = 0; place < outer.sources.length; ) {
      const source = outer.sources[place]!;
      const inner = linearAt(source);
      const after =
        inner && readers[source.id] === 1 ? (scaledAfter(inner, outer) ?? summed(inner, outer, place)) : undefined;
      const merged = after ?? (inner && stays[source.id] === 0 ? scaledBefore(inner, outer, place) : undefined);
      if (merged === undefined) place++;
      else {
        outer = replace(id, merged);
        place = 0;
      }
    }
  });
  return needed({ ...graph, operations });
}
