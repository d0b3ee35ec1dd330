/**
 * A network whose numbers are clamped where they leave the ranges of a plan, instead of being refused (docs/protocol.md, 11.5): the graph with
 * what clamps, and the plan of that. A clamp is two maxima with constants, as a Clip of the network would be, so that everything after it
 * knows what it is. Before it a number needs room, which its precision pays for: as much as what it is computed from can make of it, but
 * at most ROOM times the clamp. What is beyond that is refused, and so is what a function is not defined for.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import {
  type Computed,
  type GraphOperation,
  isConstant,
  type LinearOperation,
  type Operation,
  type Range,
  type StructuralRange,
  type TensorGraph,
  type Value,
} from './graph.ts';
import type { TensorPlan } from './plan.ts';
import { withOperands } from './rewrite.ts';

/**
 * How many times what it is clamped to a number may be. With the clamp, which it is compared with, less than the three bits that a product or a
 * table leaves an operand as it is for (quantizer.ts).
 */
export const ROOM = 6;

/** Sums of doubles: what is as large as a clamp is not beyond it. */
const SAME = 1 + 1e-9;

/** Integers are not what real numbers are: what is clamped, and what is made of it, has so much of its reach more (held.ts). */
const MARGIN = 1 + 1 / 16;

const symmetric = (reach: number): Range => ({ low: -reach, high: reach });
const reachOf = ({ low, high }: Range): number => Math.max(-low, high, 0);
const scaled = ({ low, high }: Range, factor: number): Range => ({ low: low * factor, high: high * factor });
const union = (a: Range, b: Range): Range => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) });

/** 0 times anything is 0. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

/** Whether an operator says what a result can be, and there is room for it: a softmax whose sum is clamped would be none. */
const hasRoom = (bounds: StructuralRange | undefined, clamp: number): bounds is StructuralRange =>
  bounds !== undefined && reachOf(bounds) <= ROOM * clamp;

/** The sum with the opposite sign. */
const negated = (operation: LinearOperation): LinearOperation => ({
  ...operation,
  weights: operation.weights.map((w) => -w),
  bias: operation.bias?.map((x) => -x),
});

/** -x of each number. */
function negative(x: Computed): LinearOperation {
  const places = Int32Array.from({ length: entryCount(x.shape) }, (_, i) => i);
  const one = { width: 1, weights: Float64Array.of(-1), kernel: new Int32Array(places.length), bias: undefined };
  return { op: 'linear', sources: [x], taps: places, position: places, ...one };
}

/** What makes numbers of another size than those that it reads. */
const CLAMPED: readonly Operation['op'][] = ['input', 'linear', 'multiply', 'matmul', 'function'];

const isSquare = (operation: Operation): boolean => operation.op === 'multiply' && operation.a.id === operation.b.id;

/** Graph and plan while they are made. */
class Saturation {
  readonly operations: GraphOperation[] = [];
  /** By new operation, as the plan has them: without headroom. */
  readonly ranges: Range[] = [];
  /** By old operation: what its readers read, what that can be, and whether it grows as the square of an input. */
  readonly #results: Computed[] = [];
  readonly #met: Range[] = [];
  readonly #isSquare: boolean[] = [];

  constructor(private readonly headroom: number) {}

  /** A network's input as it enters. */
  input(name: string): Computed {
    return this.operations.find(({ operation }) => operation.op === 'input' && operation.name === name)!.result;
  }

  /** What stands for a value of the old graph. */
  readonly of = (value: Computed): Computed => ({ ...value, id: this.#results[value.id]!.id });

  add(entry: GraphOperation, measured: Range): void {
    const { operation, result, bounds } = entry;
    const met = result.kind === 'boolean' ? { low: 0, high: 1 } : this.#rangeOf(operation);
    const moved = { ...entry, operation: withOperands(operation, this.of) };
    this.#isSquare.push(this.#grows(operation));
    const growth = this.headroom * (this.#isSquare.at(-1) ? this.headroom : 1);
    const held = bounds?.held ? reachOf(bounds.held) : 0;
    const clamp = Math.max(growth * reachOf(measured), held);
    if (hasRoom(bounds, clamp)) {
      this.#results.push(this.#push(moved, union(measured, scaled(bounds, 1 / this.headroom))));
      this.#met.push(bounds);
      return;
    }
    const isReal = result.kind === 'real' && clamp > 0 && CLAMPED.includes(operation.op);
    if (!isReal || reachOf(met) <= clamp * SAME) {
      this.#results.push(this.#push(moved, isReal ? union(measured, scaled(met, MARGIN / growth)) : measured));
      this.#met.push(met);
      return;
    }
    const { operation: reading } = moved;
    this.#results.push(
      reading.op === 'function'
        ? this.#push({ ...moved, operation: clamped(reading, clamp) }, measured)
        : this.#clamp(moved, clamp, Math.min(clamp * this.#room(reading), reachOf(met) * MARGIN), {
            low: Math.min(measured.low, measured.low * (growth / this.headroom)),
            high: Math.max(measured.high, measured.high * (growth / this.headroom)),
          }),
    );
    this.#met.push(symmetric(clamp));
  }

  /** Factors of a product grow together. */
  #room({ op }: Operation): number {
    return op === 'multiply' || op === 'matmul' ? ROOM * this.headroom : ROOM;
  }

  #push({ operation, result, node, bounds }: GraphOperation, range: Range): Computed {
    const computed = { ...result, id: this.operations.length };
    this.operations.push({ operation, result: computed, node, ...(bounds && { bounds }) });
    this.ranges.push(range);
    return computed;
  }

  /** max(-max(-x, -clamp), -clamp), x up to `reach`. @param measured without headroom, of the result */
  #clamp({ operation, bounds, ...plain }: GraphOperation, clamp: number, reach: number, measured: Range): Computed {
    const add = (added: Operation, range: Range): Computed =>
      this.#push({ ...plain, operation: added }, scaled(range, 1 / this.headroom));
    const low = { shape: [], kind: 'real' as const, data: Float64Array.of(-clamp) };
    const below = { low: -clamp, high: reach };
    const opposite =
      operation.op === 'linear'
        ? add(negated(operation), below)
        : add(negative(add(operation, symmetric(isSquare(operation) ? reach / this.headroom : reach))), below);
    const cut = add({ op: 'maximum', a: opposite, b: low }, below);
    const back = add(negative(cut), { low: -reach, high: clamp });
    const clampBelow: Operation = { op: 'maximum', a: back, b: low };
    return this.#push({ ...plain, operation: clampBelow, ...(bounds && { bounds }) }, measured);
  }

  /** Squares, and sums of them, grow by the square of what the numbers grow by (held.ts). */
  #grows(operation: Operation): boolean {
    if (operation.op === 'multiply') return isSquare(operation);
    if (operation.op !== 'linear' && operation.op !== 'arrange') return false;
    return operation.sources.every((source) => !isConstant(source) && this.#isSquare[source.id]!);
  }

  #read(value: Value): Range {
    if (!isConstant(value)) return this.#met[value.id]!;
    return value.data.reduce<Range>((range, x) => union(range, { low: x, high: x }), { low: 0, high: 0 });
  }

  /** What a result can be, of what its operands can be. */
  #rangeOf(operation: Operation): Range {
    switch (operation.op) {
      case 'input':
        return symmetric(Infinity);
      case 'linear':
        return sums(operation, operation.sources.map((source) => this.#read(source)).reduce(union));
      case 'multiply':
        return symmetric(times(reachOf(this.#read(operation.a)), reachOf(this.#read(operation.b))));
      case 'matmul': {
        const one = times(reachOf(this.#read(operation.a)), reachOf(this.#read(operation.b)));
        return symmetric(operation.a.shape[2]! * one);
      }
      case 'arrange':
        return operation.sources
          .map((source) => this.#read(source))
          .reduce(union, { low: Math.min(operation.fill, 0), high: Math.max(operation.fill, 0) });
      case 'maximum':
        return union(this.#read(operation.a), this.#read(operation.b));
      case 'function':
        return symmetric(Infinity);
      case 'step':
        return { low: 0, high: 1 };
      case 'floor': {
        const { low, high } = this.#read(operation.x);
        return { low: Math.floor(low), high };
      }
      case 'within':
        return this.#read(operation.x);
      case 'take':
        return this.#read(operation.table);
      case 'either':
        return this.#read(operation.exact ?? operation.close);
    }
  }
}

/** f up to a clamp; what is not a number, and a pole, stay so. */
function clamped(operation: Extract<Operation, { op: 'function' }>, limit: number): Operation {
  const f = (x: number): number => {
    const y = operation.f(x);
    return Number.isFinite(y) ? Math.min(Math.max(y, -limit), limit) : y;
  };
  return { ...operation, name: `${operation.name} up to ${limit}`, f, limit };
}

function sums({ width, weights, bias }: LinearOperation, x: Range): Range {
  let all: Range = { low: 0, high: 0 };
  for (let row = 0; row < weights.length; row += width) {
    let [low, high] = [0, 0];
    for (const w of weights.subarray(row, row + width)) {
      if (w === 0) continue;
      low += Math.min(w * x.low, w * x.high, 0);
      high += Math.max(w * x.low, w * x.high, 0);
    }
    all = union(all, { low, high });
  }
  const [least, most] = [...(bias ?? [])].reduce(([a, b], c) => [Math.min(a, c), Math.max(b, c)], [0, 0]);
  return { low: all.low + least, high: all.high + most };
}

/** The graph that clamps, and its plan. */
export function saturated(
  graph: TensorGraph,
  plan: TensorPlan,
): { readonly graph: TensorGraph; readonly plan: TensorPlan } {
  const made = new Saturation(plan.headroom);
  graph.operations.forEach((entry, id) => {
    made.add(entry, plan.ranges[id]!);
  });
  const { operations, ranges } = made;
  const moved = (value: Value): Value => (isConstant(value) ? value : made.of(value));
  return {
    graph: {
      name: graph.name,
      operations,
      inputs: graph.inputs.map((input) => ({ ...input, value: made.input(input.name) })),
      outputs: graph.outputs.map((output) => ({ ...output, value: moved(output.value) })),
    },
    plan: { ...plan, ranges },
  };
}
