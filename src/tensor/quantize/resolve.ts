/**
 * A tensor graph without its movement: every operand becomes codes of the numbers that it reads (integer.ts), wherever they
 * were computed, so that chains of reshapes, slices and concatenations are one list. Operations that nothing depends on are
 * left out; a maximum that is read only once, by another maximum, becomes part of that one.
 */
import { entryCount } from '../../layers/tensor-shape.ts';
import {
  type Computed,
  type GraphOperation,
  isConstant,
  type Operation,
  type StructuralRange,
  type TensorGraph,
  type Value,
} from '../graph.ts';
import { type Conditions, conditionsOf } from './conditions.ts';
import { ConstantTable } from './constants.ts';
import { type Codes, ZERO_CODE } from './integer.ts';
import { knownMaxima, MaximumMerger } from './maxima.ts';

/** An operation with the codes of its operands; taps of a linear operation are codes already. */
export type ResolvedOperation =
  | Extract<Operation, { op: 'input' }>
  | {
      readonly op: 'linear';
      readonly width: number;
      readonly taps: Codes;
      readonly weights: Float64Array;
      readonly position: Int32Array;
      readonly kernel: Int32Array;
      readonly bias: Float64Array | undefined;
    }
  | { readonly op: 'multiply'; readonly a: Codes; readonly b: Codes }
  /** b as [batches, columns, inner]. */
  | {
      readonly op: 'matmul';
      readonly a: Codes;
      readonly b: Codes;
      readonly batches: number;
      readonly rows: number;
      readonly inner: number;
      readonly columns: number;
    }
  | { readonly op: 'maximum'; readonly leaves: readonly Codes[] }
  | {
      readonly op: 'function';
      readonly x: Codes;
      readonly name: string;
      readonly f: (x: number) => number;
      readonly isPartial: boolean;
      readonly limit?: number;
    }
  | { readonly op: 'step' | 'floor'; readonly x: Codes }
  | { readonly op: 'take'; readonly index: Codes; readonly rows: number; readonly table: Codes };

export interface ResolvedTensor {
  readonly operation: ResolvedOperation;
  readonly result: Computed;
  readonly node: string;
  readonly start: number;
  readonly size: number;
  readonly bounds?: StructuralRange;
}

export interface ResolvedGraph extends Conditions {
  readonly tensors: readonly ResolvedTensor[];
  /** By constant number; the first is 0. */
  readonly constants: readonly number[];
  readonly elements: number;
  readonly outputs: readonly { readonly name: string; readonly value: Value; readonly codes: Codes }[];
}

const sizeOf = ({ shape }: Value): number => entryCount(shape);

/** A single number stands for as many as are wanted. */
const broadcastScalar = (codes: Codes, size: number): Codes =>
  codes.length === size ? codes : new Int32Array(size).fill(codes[0]!);

/** Codes of the results of all operations. */
class CodeBook {
  readonly constants = new ConstantTable();
  readonly starts: number[] = [];
  elements = 0;
  readonly #arranged = new Map<number, Codes>();

  /** @param exact ids of the choices whose exact form is proven */
  constructor(graph: TensorGraph, exact: ReadonlySet<number>) {
    graph.operations.forEach(({ operation, result }, id) => {
      this.starts[id] = this.elements;
      if (operation.op === 'arrange') this.#arranged.set(id, this.#arrange(operation));
      else if (operation.op === 'within') this.#arranged.set(id, this.of(operation.x));
      else if (operation.op === 'either')
        this.#arranged.set(id, this.of(exact.has(id) ? operation.exact! : operation.close));
      else this.elements += sizeOf(result);
      if (operation.op === 'maximum') {
        const known = knownMaxima(this.leavesOf(operation), this.starts[id]!, this.constants);
        if (known !== undefined) this.#arranged.set(id, known);
      }
    });
  }

  leavesOf({ a, b }: Extract<Operation, { op: 'maximum' }>): readonly [Codes, Codes] {
    return [this.of(a), broadcastScalar(this.of(b), sizeOf(a))];
  }

  of(value: Value): Codes {
    if (isConstant(value)) return Int32Array.from(value.data, (number) => this.constants.code(number));
    const start = this.starts[value.id]!;
    return this.#arranged.get(value.id) ?? Int32Array.from({ length: sizeOf(value) }, (_, i) => start + i);
  }

  #arrange({ sources, index, fill }: Extract<Operation, { op: 'arrange' }>): Codes {
    const all = this.joined(sources);
    const filled = this.constants.code(fill);
    return index.map((i) => (i < 0 ? filled : all[i]!));
  }

  joined(sources: readonly Value[]): Codes {
    if (sources.length === 1) return this.of(sources[0]!);
    const parts = sources.map((source) => this.of(source));
    const all = new Int32Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function resolveOperation(book: CodeBook, operation: Operation): ResolvedOperation | undefined {
  switch (operation.op) {
    case 'arrange':
    case 'within':
    case 'either':
      return undefined;
    case 'input':
      return operation;
    case 'linear': {
      const { width, weights, position, kernel, bias } = operation;
      const all = book.joined(operation.sources);
      return {
        op: 'linear',
        width,
        weights,
        position,
        kernel,
        bias,
        taps: operation.taps.map((t) => (t < 0 ? ZERO_CODE : all[t]!)),
      };
    }
    case 'multiply':
      return { op: 'multiply', a: book.of(operation.a), b: book.of(operation.b) };
    case 'matmul': {
      const [batches = 0, rows = 0, inner = 0] = operation.a.shape;
      const columns = operation.b.shape[2]!;
      const b = book.of(operation.b);
      const transposed = b.map((_, i) => {
        const k = i % inner;
        const c = Math.floor(i / inner) % columns;
        return b[(Math.floor(i / (inner * columns)) * inner + k) * columns + c]!;
      });
      return { op: 'matmul', a: book.of(operation.a), b: transposed, batches, rows, inner, columns };
    }
    case 'maximum':
      return { op: 'maximum', leaves: book.leavesOf(operation) };
    case 'function':
      return { ...operation, x: book.of(operation.x) };
    case 'step':
    case 'floor':
      return { op: operation.op, x: book.of(operation.x) };
    case 'take':
      return {
        op: 'take',
        index: book.of(operation.index),
        rows: operation.table.shape[0]!,
        table: book.of(operation.table),
      };
  }
}

/** All code lists that an operation reads. */
export function operandsOf(operation: ResolvedOperation): readonly Codes[] {
  switch (operation.op) {
    case 'input':
      return [];
    case 'linear':
      return [operation.taps];
    case 'multiply':
    case 'matmul':
      return [operation.a, operation.b];
    case 'maximum':
      return operation.leaves;
    case 'function':
    case 'step':
    case 'floor':
      return [operation.x];
    case 'take':
      return [operation.index, operation.table];
  }
}

/** How often each element is read by what the outputs depend on: 0, 1 or 2 (more than once). */
function countUses(tensors: readonly ResolvedTensor[], elements: number, outputs: readonly Codes[]): Uint8Array {
  const uses = new Uint8Array(elements);
  const use = (codes: Codes): void => {
    for (const code of codes) if (code >= 0 && uses[code]! < 2) uses[code]!++;
  };
  outputs.forEach(use);
  for (let t = tensors.length - 1; t >= 0; t--) {
    const { start, size, operation } = tensors[t]!;
    if (isUsed(uses, start, size)) operandsOf(operation).forEach(use);
  }
  return uses;
}

function isUsed(uses: Uint8Array, start: number, size: number): boolean {
  return uses.subarray(start, start + size).some((n) => n > 0);
}

/**
 * The graph without movement, and without what no output needs.
 * @param exact ids of the choices (`either`) whose exact form is proven, not the close one
 */
export function resolve(graph: TensorGraph, exact: ReadonlySet<number> = new Set()): ResolvedGraph {
  const book = new CodeBook(graph, exact);
  const tensors = graph.operations.flatMap(({ operation, ...entry }: GraphOperation, id): ResolvedTensor[] => {
    const resolved = resolveOperation(book, operation);
    return resolved === undefined
      ? []
      : [{ ...entry, operation: resolved, start: book.starts[id]!, size: sizeOf(entry.result) }];
  });
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value, codes: book.of(value) }));
  const { elements, constants } = book;
  const { bounded, close } = conditionsOf(graph, exact, (value) => book.of(value));
  const outputCodes = [...outputs, ...bounded, ...close].map(({ codes }) => codes);
  const uses = countUses(tensors, elements, outputCodes);
  const merger = new MaximumMerger(tensors, uses, constants, elements);
  const merged = tensors.map((tensor, t): ResolvedTensor => {
    const { operation } = tensor;
    if (operation.op !== 'maximum' || !isUsed(uses, tensor.start, tensor.size)) return tensor;
    return { ...tensor, operation: { op: 'maximum', leaves: merger.merge(t, operation.leaves) } };
  });
  const live = countUses(merged, elements, outputCodes);
  const kept = merged.filter((tensor) => tensor.operation.op === 'input' || isUsed(live, tensor.start, tensor.size));
  return { tensors: kept, constants: constants.values, elements, outputs, bounded, close };
}
