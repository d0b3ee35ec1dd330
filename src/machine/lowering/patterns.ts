/**
 * One output vector of sums: sixteen numbers, each a number of a linear operation (then its taps and weights), a number that
 * stands somewhere (then that, brought into its lane) or a constant (then bias), turned into reads of a weight class.
 */
import type { IntegerGraph, LinearTerm } from '../../tensor/quantize/integer.ts';
import { ZERO_CODE } from '../../tensor/quantize/integer.ts';
import { VECTOR } from '../shape.ts';
import { UNIT } from './jobs.ts';
import { EMPTY } from './natural.ts';
import { type Block, type WeightClass, WeightClasses } from './weights.ts';

/** Taps of term n of an operation are n * TERM + column; the one tap of a moved number is MOVED. */
const TERM = 2 ** 20;
const MOVED = -1;

export interface SumVector {
  readonly weights: WeightClass | undefined;
  readonly reads: Int32Array;
  readonly bias: Float64Array | undefined;
  /** A vector that is added lane by lane, times a factor: it needs no weights, but is the row's Y. */
  readonly addend: Addend | undefined;
}

interface Addend {
  readonly vector: number;
  readonly factor: number;
}

interface Source {
  readonly tensor: number;
  /** Position of a linear operation, or the code of a moved number. */
  readonly position: number;
}

const NOTHING = new Int32Array(0);

export class Patterns {
  readonly #classes = new WeightClasses();
  #last: { key: string; blocks: readonly Block[] } = { key: '', blocks: [] };
  #bias = new Float64Array(VECTOR);

  /**
   * @param owner tensor of an element
   * @param place vector * VECTOR + lane of an element that stands somewhere
   */
  constructor(
    private readonly graph: IntegerGraph,
    private readonly owner: Int32Array,
    private readonly place: Int32Array,
  ) {}

  /**
   * @param isComputedHere whether the numbers of a tensor are to be computed by their taps
   * @param mayAdd whether a vector may be added lane by lane
   */
  sum(
    codes: Int32Array,
    isComputedHere: (tensor: number) => boolean,
    mayAdd: (vector: number) => boolean = () => false,
  ): SumVector {
    const { tensors, constants } = this.graph;
    const sources: Source[] = [];
    const numbers = new Map<string, number>();
    const lanes = new Int8Array(VECTOR).fill(-1);
    const kernels = new Int32Array(VECTOR);
    const bias = new Float64Array(VECTOR);
    let text = '';
    codes.forEach((code, l) => {
      if (code === EMPTY) return;
      if (code < 0) {
        bias[l] = UNIT * constants[-1 - code]!;
        return;
      }
      const t = this.owner[code]!;
      const { operation, start } = tensors[t]!;
      const inner = operation.op === 'linear' && isComputedHere(t) ? operation : undefined;
      const element = code - start;
      const [term] = inner?.terms ?? [];
      // all terms of an operation have the same positions and kernels
      const position = inner ? (term?.position[element] ?? 0) : code;
      const tensor = inner ? t : MOVED;
      kernels[l] = inner ? (term?.kernel[element] ?? 0) : 0;
      if (inner) bias[l] = inner.bias[element]!;
      const name = `${tensor} ${position}`;
      let source = numbers.get(name);
      if (source === undefined) {
        source = sources.push({ tensor, position }) - 1;
        numbers.set(name, source);
      }
      lanes[l] = source;
      text += `${l}:${source} ${tensor} ${kernels[l]},`;
    });
    const weightOf = this.#weightOf(sources, lanes, kernels);
    const all = this.#blocks(sources);
    const addend = findAddend(all, lanes, weightOf, mayAdd);
    const blocks = addend ? all.filter(({ vector }) => vector !== addend.vector) : all;
    const shared = bias.every((b, l) => b === this.#bias[l]) ? this.#bias : bias;
    this.#bias = shared;
    const used = bias.some((b) => b !== 0) ? shared : undefined;
    if (blocks.length === 0) return { weights: undefined, reads: NOTHING, bias: used, addend };
    return { ...this.#classes.place(text, lanes, weightOf, blocks), bias: used, addend };
  }

  #weightOf(sources: readonly Source[], lanes: Int8Array, kernels: Int32Array): (lane: number, tap: number) => number {
    // only the terms: the class must not keep more alive
    const terms = sources.map(({ tensor }) => (tensor === MOVED ? [] : this.#terms(tensor)));
    return (lane, tap) => {
      if (tap === MOVED) return UNIT;
      const { width, weights } = terms[lanes[lane]!]![Math.floor(tap / TERM)]!;
      return weights[kernels[lane]! * width + (tap % TERM)]!;
    };
  }

  #terms(tensor: number): readonly LinearTerm[] {
    const { operation } = this.graph.tensors[tensor]!;
    return operation.op === 'linear' ? operation.terms : [];
  }

  /** What the sources read, vector by vector. */
  #blocks(sources: readonly Source[]): readonly Block[] {
    const key = sources.map(({ tensor, position }) => `${tensor} ${position}`).join();
    if (key === this.#last.key) return this.#last.blocks;
    const items = new Map<number, number[]>();
    const tap = (source: number, code: number, name: number): void => {
      if (code === ZERO_CODE) return;
      const at = this.place[code]!;
      const vector = Math.floor(at / VECTOR);
      const list = items.get(vector);
      if (list === undefined) items.set(vector, [source, name, at % VECTOR]);
      else list.push(source, name, at % VECTOR);
    };
    sources.forEach(({ tensor, position }, source) => {
      if (tensor === MOVED) tap(source, position, MOVED);
      else
        this.#terms(tensor).forEach(({ width, taps }, n) => {
          for (let k = 0; k < width; k++) tap(source, taps[position * width + k]!, n * TERM + k);
        });
    });
    const blocks = Array.from(items, ([vector, list]) => ({ vector, items: Int32Array.from(list) }));
    this.#last = { key, blocks };
    return blocks;
  }
}

/** The first vector that lanes add as it stands: each its own lane, all with one factor. */
function findAddend(
  blocks: readonly Block[],
  lanes: Int8Array,
  weightOf: (lane: number, tap: number) => number,
  mayAdd: (vector: number) => boolean,
): Addend | undefined {
  for (const { vector, items } of blocks) {
    const factor = mayAdd(vector) ? diagonalFactor(items, lanes, weightOf) : undefined;
    if (factor !== undefined) return { vector, factor };
  }
  return undefined;
}

function diagonalFactor(
  items: Int32Array,
  lanes: Int8Array,
  weightOf: (lane: number, tap: number) => number,
): number | undefined {
  const own = new Float64Array(VECTOR);
  for (let at = 0; at < items.length; at += 3)
    for (let l = 0; l < VECTOR; l++) {
      if (lanes[l] !== items[at]!) continue;
      const weight = weightOf(l, items[at + 1]!);
      if (weight !== 0 && items[at + 2] !== l) return undefined;
      own[l]! += weight;
    }
  const factor = own[lanes.findIndex((source) => source >= 0)]!;
  return factor !== 0 && lanes.every((source, l) => source < 0 || own[l] === factor) ? factor : undefined;
}
