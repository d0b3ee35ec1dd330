/**
 * From the integer graph to jobs: every operation in the machine's rows. Movement costs nothing: a sum reads numbers wherever
 * they stand. What meets lane by lane must stand in equal lanes; where it does not, a sum brings it there.
 */
import type { Codes, IntegerGraph, IntegerTensor } from '../../tensor/quantize/integer.ts';
import { VECTOR } from '../shape.ts';
import { JobList, type Multipliers, PLAIN, UNIT, ZERO_VECTOR } from './jobs.ts';
import { type Layout, layOut } from './layout.ts';
import { lowerMatmul } from './matmul.ts';
import { EMPTY } from './natural.ts';
import { Patterns } from './patterns.ts';
import { lowerTable, lowerTake, Tables } from './tables.ts';

/** out = relu(y) */
const RELU: Multipliers = [0, 0, 1, 0, 0];
/** y = sum - Y, out = max(sum, Y) */
const MAXIMUM: Multipliers = [0, 0, 1, 1, -UNIT];

const half = UNIT / 2;
export const ROUNDING = new Float64Array(VECTOR).fill(half);

const larger = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, l) => Math.max(x, b[l]!));

/** Bits of the lanes that hold something. */
export function lanesOf(codes: Int32Array): number {
  return codes.reduce((bits, code, l) => (code === EMPTY ? bits : bits | (1 << l)), 0);
}

export class Lowering {
  readonly list = new JobList();
  readonly tables: Tables;
  /** vector * VECTOR + lane of each element that stands somewhere. */
  readonly place: Int32Array;
  readonly #layout: Layout;
  readonly #patterns: Patterns;
  /** By vector: the codes in its lanes, where they are known. */
  readonly #codes = new Map<number, Int32Array>();
  /** Vectors of moved numbers, by their codes. */
  readonly #moved = new Map<string, number>();

  constructor(
    readonly graph: IntegerGraph,
    tableStep: number,
    slots: number,
  ) {
    this.place = new Int32Array(graph.elements).fill(-1);
    this.#layout = layOut(graph);
    this.#patterns = new Patterns(graph, this.#layout.owner, this.place);
    this.tables = new Tables(graph, this.list, tableStep, slots);
  }

  run(): void {
    this.graph.tensors.forEach((tensor, t) => {
      const vectors = this.#layout.vectors[t]!;
      if (vectors.length > 0) this.#lower(tensor, vectors);
    });
  }

  #lower(tensor: IntegerTensor, vectors: Int32Array): void {
    const { operation } = tensor;
    if (operation.op === 'matmul') lowerMatmul(this, tensor, operation, vectors);
    else if (operation.op === 'take') lowerTake(this, tensor, operation, vectors);
    else
      for (let v = 0; v < vectors.length; v += VECTOR) {
        const codes = vectors.subarray(v, v + VECTOR);
        this.put(codes, this.#vector(tensor, codes));
      }
  }

  /** Says that numbers stand in a vector. */
  put(codes: Int32Array, vector: number): void {
    codes.forEach((code, l) => {
      if (code >= 0) this.place[code] = vector * VECTOR + l;
    });
    this.#codes.set(vector, codes);
  }

  #vector(tensor: IntegerTensor, codes: Int32Array): number {
    const { operation, node, start } = tensor;
    const { list } = this;
    const used = lanesOf(codes);
    const operand = (from: Codes): Int32Array => codes.map((code) => (code < 0 ? EMPTY : from[code - start]!));
    switch (operation.op) {
      case 'input':
        return list.input(used);
      case 'linear':
        return this.sum(codes, node, PLAIN);
      case 'product': {
        const left = this.gather(operand(operation.a), node, true);
        const right = this.gather(operand(operation.b), node, true);
        return list.job({ left, right, m: PLAIN, bias: ROUNDING, node }, used);
      }
      case 'maximum':
        return this.#maximum(operation.leaves.map(operand), node);
      case 'table':
        return lowerTable(this, operation.table, this.gather(operand(operation.x), node, true), used, node);
      case 'step': {
        // relu(x + 1) - relu(x)
        const x = this.gather(operand(operation.x), node, true);
        const bias = new Float64Array(VECTOR).fill(UNIT);
        const above = list.job({ y: x, bias, m: [0, 0, 1, 0, UNIT], node }, ALL_LANES);
        return list.job({ left: x, right: list.uniform(UNIT), y: above, m: [0, 0, -1, 1, 0], node }, ALL_LANES);
      }
      case 'shift': {
        const x = this.gather(operand(operation.x), node, false);
        return list.job({ y: x, m: [1, 0, 0, 0, UNIT / 2 ** operation.bits], node }, list.used[x]!);
      }
      case 'matmul':
      case 'take':
        throw new Error('lowered as a whole');
    }
  }

  /** A vector of sums: what is deferred, or of the tensor itself, is computed, what stands somewhere is moved. */
  sum(codes: Int32Array, node: string, m: Multipliers, y = ZERO_VECTOR): number {
    const own = codes.find((code) => code >= 0);
    const tensor = own === undefined ? -1 : this.#layout.owner[own]!;
    const isNew = own !== undefined && this.place[own] === -1;
    const used = lanesOf(codes);
    const summed = codes.reduce((bits, code, l) => (code >= 0 ? bits | (1 << l) : bits), 0);
    const { addend, ...sum } = this.#patterns.sum(
      codes,
      (t) => this.#layout.isDeferred[t]! || (isNew && t === tensor),
      // what stands in other lanes, those of constants too, would be added there; and Y is free only where nothing is compared
      (vector) => y === ZERO_VECTOR && (this.list.used[vector]! & ~summed) === 0,
    );
    if (addend === undefined) return this.list.job({ ...sum, y, m, node }, used | this.list.used[y]!);
    const [m1, m2, m3] = m;
    return this.list.job({ ...sum, y: addend.vector, m: [m1, m2, m3, 0, addend.factor], node }, used);
  }

  /**
   * The vector that holds these numbers in these lanes; made where there is none.
   * @param clean whether the lanes that hold nothing must be zero
   */
  gather(codes: Int32Array, node: string, clean: boolean): number {
    const first = codes.find((code) => code >= 0);
    if (first === undefined) return this.list.constant(this.#known(codes));
    const vector = Math.floor(this.place[first]! / VECTOR);
    if (this.place[first]! >= 0 && this.#isAt(codes, vector, clean)) return vector;
    const key = codes.join();
    let moved = this.#moved.get(key);
    if (moved === undefined) {
      moved = this.sum(codes, node, PLAIN);
      this.#codes.set(moved, codes);
      this.#moved.set(key, moved);
    }
    return moved;
  }

  /** Where a number of an input stands: number of the input vector * VECTOR + lane. */
  inputPlace(code: number): number {
    const at = this.place[code]!;
    return this.list.origins[Math.floor(at / VECTOR)]!.place * VECTOR + (at % VECTOR);
  }

  /** Vectors that hold these numbers and nothing else, and where each stands in them: vector number * VECTOR + lane. */
  output(codes: Codes, node: string): { readonly vectors: readonly number[]; readonly places: Int32Array } {
    const standing = this.#standing(codes);
    if (standing !== undefined) {
      const numbers = new Map(standing.map((vector, n) => [vector, n]));
      const places = codes.map((code) => {
        const at = this.place[code]!;
        return numbers.get(Math.floor(at / VECTOR))! * VECTOR + (at % VECTOR);
      });
      return { vectors: standing, places };
    }
    const vectors: number[] = [];
    for (let from = 0; from < codes.length; from += VECTOR) {
      const lanes = new Int32Array(VECTOR).fill(EMPTY);
      lanes.set(codes.subarray(from, from + VECTOR));
      vectors.push(this.gather(lanes, node, true));
    }
    return { vectors, places: Int32Array.from(codes, (_, i) => i) };
  }

  /** The vectors in which numbers stand, if no other numbers stand there. */
  #standing(codes: Codes): readonly number[] | undefined {
    const wanted = new Set(codes);
    const vectors = new Set<number>();
    for (const code of codes) {
      if (code < 0) return undefined;
      vectors.add(Math.floor(this.place[code]! / VECTOR));
    }
    for (const vector of vectors) {
      const own = this.#codes.get(vector);
      const used = this.list.used[vector]!;
      const isClean = own?.every((code, l) => ((used >> l) & 1) === 0 || wanted.has(code));
      if (!isClean) return undefined;
    }
    return [...vectors];
  }

  #known(codes: Int32Array): Float64Array {
    return Float64Array.from(codes, (code) => (code === EMPTY ? 0 : this.graph.constants[-1 - code]!));
  }

  #isAt(codes: Int32Array, vector: number, clean: boolean): boolean {
    const own = this.#codes.get(vector);
    const used = this.list.used[vector]!;
    return (
      own !== undefined &&
      codes.every((code, l) => {
        if (code >= 0) return own[l] === code;
        const isZero = ((used >> l) & 1) === 0;
        if (code === EMPTY) return isZero || !clean;
        return isZero && this.graph.constants[-1 - code] === 0;
      })
    );
  }

  /** Leaf after leaf: each is compared with the largest so far, in the row that computes it if it stands nowhere yet. */
  #maximum(leaves: readonly Int32Array[], node: string): number {
    const { list } = this;
    const isKnown = (leaf: Int32Array): boolean => leaf.every((code) => code < 0);
    const known = leaves.filter(isKnown).map((leaf) => this.#known(leaf));
    const computed = leaves.filter((leaf) => !isKnown(leaf));
    const floor = known.length === 0 ? undefined : list.constant(known.reduce(larger));
    let best = floor === ZERO_VECTOR ? undefined : floor;
    let isAboveZero = floor !== ZERO_VECTOR;
    for (const leaf of computed) {
      if (this.#isReady(leaf)) {
        const x = this.gather(leaf, node, true);
        if (best === undefined) best = isAboveZero ? x : list.job({ y: x, m: [0, 0, 1, 0, UNIT], node }, list.used[x]!);
        else
          best = list.job(
            { left: x, right: list.uniform(UNIT), y: best, m: MAXIMUM, node },
            list.used[x]! | list.used[best]!,
          );
      } else {
        const m = best === undefined ? (isAboveZero ? PLAIN : RELU) : MAXIMUM;
        best = this.sum(leaf, node, m, best);
      }
      isAboveZero = true;
    }
    return best ?? ZERO_VECTOR;
  }

  /** Whether these numbers stand in their lanes already. */
  #isReady(codes: Int32Array): boolean {
    const first = codes.find((code) => code >= 0)!;
    const at = this.place[first]!;
    return at >= 0 && this.#isAt(codes, Math.floor(at / VECTOR), true);
  }
}

const ALL_LANES = 2 ** VECTOR - 1;
