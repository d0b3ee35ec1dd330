/**
 * Which numbers stand together in a vector. Readers decide where they can: what meets lane by lane (the leaves of a maximum, the
 * operands of a product) must stand in equal lanes, so the layouts are chosen from the last operation to the first. What nobody
 * asks for stands as it is cheapest to compute: numbers that read the same inputs together (channels of one pixel), else tiles
 * of an image, else neighbours.
 *
 * Linear operations of which every number is read exactly once, by a maximum, are *deferred*: the maximum computes them in its
 * own rows, and they never stand in the memory.
 */
import type { Codes, IntegerGraph, IntegerOperation, IntegerTensor } from '../../tensor/quantize/integer.ts';
import { VECTOR } from '../shape.ts';
import { EMPTY, isByChannels, naturalVectors } from './natural.ts';

export interface Layout {
  /** By tensor: codes, VECTOR for each of its vectors. Empty for tensors that nothing reads and for deferred ones. */
  readonly vectors: readonly Int32Array[];
  readonly isDeferred: readonly boolean[];
  /** Tensor of an element. */
  readonly owner: Int32Array;
}

/** Vectors of numbers that one reader wants side by side. */
interface Demand {
  readonly codes: Codes;
}

class Planner {
  readonly owner: Int32Array;
  readonly #live: Uint8Array;
  /** Whether it can stand in other lanes than it does by itself without that numbers are moved. */
  readonly #isMovable: boolean[];
  /** How often a maximum reads an element, up to 2; OTHER where something else reads it. */
  readonly #reads: Uint8Array;
  readonly #demands: Demand[][];
  readonly vectors: Int32Array[];
  readonly isDeferred: boolean[];

  constructor(private readonly graph: IntegerGraph) {
    const { tensors, elements } = graph;
    this.owner = new Int32Array(elements);
    tensors.forEach(({ start, size }, t) => {
      this.owner.fill(t, start, start + size);
    });
    this.#live = new Uint8Array(elements);
    this.#reads = new Uint8Array(elements);
    this.#demands = tensors.map(() => []);
    this.vectors = tensors.map(() => new Int32Array(0));
    this.isDeferred = tensors.map(() => false);
    this.#isMovable = [];
    for (const { operation } of tensors) this.#isMovable.push(this.#mayMove(operation));
  }

  /** Sums are computed in any lane; what is computed lane by lane moves with its operands. */
  #mayMove(operation: IntegerOperation): boolean {
    if (operation.op === 'linear') return true;
    const operands = elementwise(operation);
    return (
      operands.length > 0 && operands.every((codes) => codes.every((c) => c < 0 || this.#isMovable[this.owner[c]!]!))
    );
  }

  run(): void {
    const { tensors, outputs, inputs, held, revealed } = this.graph;
    for (const { codes } of outputs) this.#read(codes, OTHER);
    if (revealed !== undefined) this.#read(Int32Array.of(revealed), OTHER);
    for (const codes of held) this.#read(codes, OTHER);
    // an input is absorbed whole, whatever reads it
    for (const { codes } of inputs) this.#read(codes, OTHER);
    for (let t = tensors.length - 1; t >= 0; t--) this.#plan(t, tensors[t]!);
  }

  #read(codes: Codes, how: number): void {
    for (const code of codes) {
      if (code < 0) continue;
      this.#live[code] = 1;
      this.#reads[code] = Math.max(how, Math.min(this.#reads[code]! + how, 2));
    }
  }

  #plan(t: number, tensor: IntegerTensor): void {
    const { start, size, operation } = tensor;
    const live = this.#live.subarray(start, start + size);
    if (!live.includes(1)) return;
    const reads = this.#reads.subarray(start, start + size);
    this.isDeferred[t] = operation.op === 'linear' && reads.every((n) => n <= 1);
    if (!this.isDeferred[t]) this.vectors[t] = this.#vectorsOf(t, tensor);
    this.#demand(operation, tensor, this.vectors[t]!);
  }

  /** What readers asked for, as far as it can be had, then the rest in its natural order. */
  #vectorsOf(t: number, tensor: IntegerTensor): Int32Array {
    const { start, size } = tensor;
    const vectors: number[] = [];
    const free = this.#live.slice(start, start + size);
    if (this.#isMovable[t]) {
      for (const { codes } of this.#demands[t]!)
        for (let v = 0; v < codes.length; v += VECTOR)
          this.#grant(codes.subarray(v, v + VECTOR), tensor, free, vectors);
    }
    const natural = naturalVectors(tensor, this.#naturalOf);
    for (let v = 0; v < natural.length; v += VECTOR) {
      const lanes = natural.subarray(v, v + VECTOR).map((code) => (code >= 0 && free[code - start] ? code : EMPTY));
      if (lanes.some((code) => code >= 0)) vectors.push(...lanes);
    }
    return Int32Array.from(vectors);
  }

  /** The natural vectors of the tensor of a code. */
  readonly #naturalOf = (code: number): { readonly tensor: IntegerTensor; readonly vectors: Int32Array } => {
    const t = this.owner[code]!;
    const tensor = this.graph.tensors[t]!;
    let vectors = this.#natural.get(t);
    if (vectors === undefined) {
      vectors = naturalVectors(tensor, this.#naturalOf);
      this.#natural.set(t, vectors);
    }
    return { tensor, vectors };
  };
  readonly #natural = new Map<number, Int32Array>();

  #grant(wanted: Int32Array, tensor: IntegerTensor, free: Uint8Array, vectors: number[]): void {
    const { start, size, operation } = tensor;
    const mine = wanted.map((code) => (code >= start && code < start + size ? code : EMPTY));
    if (isBetterMoved(mine, tensor)) return;
    const distinct = new Set(mine);
    distinct.delete(EMPTY);
    const asked = wanted.reduce((n, code) => n + (code >= 0 ? 1 : 0), 0);
    const repeats = mine.reduce((n, code) => n + (code >= 0 ? 1 : 0), 0) > distinct.size;
    if (distinct.size === 0 || 2 * distinct.size < asked) {
      // one number in all lanes costs a sum no more than it does in one
      if (!(repeats && operation.op === 'linear' && distinct.size === 1)) return;
    }
    if (repeats && operation.op !== 'linear') return;
    for (const code of distinct) if (free[code - start] === 0) return;
    for (const code of distinct) free[code - start] = 0;
    vectors.push(...mine);
  }

  /** Marks what the live numbers of a tensor read, and asks for the layout that suits it. */
  #demand(operation: IntegerOperation, { start, size }: IntegerTensor, vectors: Int32Array): void {
    const alive = (e: number): boolean => this.#live[start + e] === 1;
    const lanes = (codes: Codes): Codes => vectors.map((code) => (code < 0 ? EMPTY : codes[code - start]!));
    const elementwise = (codes: Codes, how: number): void => {
      this.#read(
        codes.filter((_, e) => alive(e)),
        how,
      );
      this.#ask(lanes(codes));
    };
    switch (operation.op) {
      case 'input':
        return;
      case 'linear':
        for (const { width, taps, position } of operation.terms) {
          const seen = new Set<number>();
          for (let e = 0; e < size; e++) {
            if (!alive(e) || seen.has(position[e]!)) continue;
            seen.add(position[e]!);
            this.#read(taps.subarray(position[e]! * width, (position[e]! + 1) * width), OTHER);
          }
        }
        return;
      case 'product':
        elementwise(operation.a, OTHER);
        elementwise(operation.b, OTHER);
        return;
      case 'maximum':
        for (const leaf of operation.leaves) elementwise(leaf, MAXIMUM);
        return;
      case 'table':
      case 'step':
      case 'shift':
        elementwise(operation.x, OTHER);
        return;
      case 'take':
        this.#read(operation.index, OTHER);
        return;
      case 'matmul':
        for (const codes of [operation.a, operation.b]) {
          this.#read(codes, OTHER);
          this.#ask(rowsAsVectors(codes, operation.inner));
        }
    }
  }

  #ask(codes: Codes): void {
    const tensors = new Set<number>();
    for (const code of codes) if (code >= 0) tensors.add(this.owner[code]!);
    for (const t of tensors) this.#demands[t]!.push({ codes });
  }
}

/** Operands of which each element reads the one in its place; a fixed order of numbers that nobody can choose counts as none. */
function elementwise(operation: IntegerOperation): readonly Codes[] {
  switch (operation.op) {
    case 'product':
      return [operation.a, operation.b];
    case 'maximum':
      return operation.leaves;
    case 'table':
    case 'step':
    case 'shift':
      return [operation.x];
    default:
      return [];
  }
}

const MAXIMUM = 1;
const OTHER = 2;

/** Moving numbers into a vector must save at least so many times what it costs. */
const WORTH = 2;

/**
 * Whether numbers should stand as they are cheapest to compute and be moved into this vector: channels of many positions, each of which
 * would be read whole for one of its channels, as in the transpose of a product of matrices.
 */
function isBetterMoved(codes: Int32Array, tensor: IntegerTensor): boolean {
  const { operation, start } = tensor;
  if (operation.op !== 'linear' || !isByChannels(tensor)) return false;
  const positions = new Set<number>();
  for (const code of codes) if (code >= 0) positions.add(operation.terms[0]!.position[code - start]!);
  const blocks = operation.terms.reduce((sum, { width }) => sum + Math.ceil(width / VECTOR), 0);
  return positions.size * blocks > WORTH * (positions.size + blocks);
}

/** Rows of a matrix, each in vectors of its own. */
export function rowsAsVectors(codes: Codes, width: number): Codes {
  const perRow = Math.ceil(width / VECTOR);
  const rows = width === 0 ? 0 : codes.length / width;
  const vectors = new Int32Array(rows * perRow * VECTOR).fill(EMPTY);
  for (let r = 0; r < rows; r++) vectors.set(codes.subarray(r * width, (r + 1) * width), r * perRow * VECTOR);
  return vectors;
}

export function layOut(graph: IntegerGraph): Layout {
  const planner = new Planner(graph);
  planner.run();
  return planner;
}
