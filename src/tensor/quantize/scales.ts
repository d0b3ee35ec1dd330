/**
 * Which scale suits a tensor. Tensors that meet in one operand (of a maximum, a product, a function) form a class and want the
 * same scale: the largest with which the range of all of them, the differences of a maximum and the products fit. What cannot
 * have it (a product's scale follows from its operands') is rescaled where it meets the others (quantize.ts).
 */
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import { absorbs } from '../masks.ts';
import type { Range } from '../plan.ts';
import { comparedLow, constantsOf, LARGEST } from './comparisons.ts';
import type { HeldRanges } from './held.ts';
import { type Codes, ZERO_CODE } from './integer.ts';
import { LikeFunctions } from './like-functions.ts';
import { lowsOf } from './lows.ts';
import type { ResolvedGraph, ResolvedTensor } from './resolve.ts';
import { reachOf, union } from './structure.ts';

/** Bits of an accumulator's absolute value. */
const ACCUMULATOR = 2 ** (SHIFT + VALUE_BITS - 1);

/** A product's cap holds for a tensor that others read too unless it is less than this part of what its range has room for. */
const SPARED = 1 / 2;

/** Whether its numbers are integers, which keep the scale 1. */
export function isExact({ result, operation }: ResolvedTensor): boolean {
  return result.kind !== 'real' || operation.op === 'floor' || operation.op === 'step';
}

export class Scales {
  readonly #parent: number[];
  readonly #owner: Int32Array;
  readonly #low: number[];
  readonly #high: number[];
  readonly #cap: number[];
  readonly #spread: boolean[];
  readonly #powers: boolean[];
  /** Read by something that is no product. */
  readonly #plain: boolean[];
  readonly #functions = new LikeFunctions();
  readonly #products = new Map<number, readonly [number, number]>();

  constructor(
    private readonly graph: ResolvedGraph,
    private readonly held: HeldRanges,
  ) {
    const [{ tensors }, { ranges }] = [graph, held];
    this.#parent = tensors.map((_, t) => t);
    this.#owner = new Int32Array(graph.elements);
    tensors.forEach(({ start, size }, t) => {
      this.#owner.fill(t, start, start + size);
    });
    this.#low = lowsOf(graph, ranges, (codes) => this.#tensorsOf(codes));
    this.#high = ranges.map(({ high }) => high);
    this.#cap = tensors.map(() => Infinity);
    this.#spread = tensors.map(() => false);
    this.#powers = tensors.map(() => false);
    this.#plain = tensors.map(() => false);
    this.#unite();
    // readers first: what they ask of a product is asked of its operands
    for (let t = tensors.length - 1; t >= 0; t--) this.#limit(t);
  }

  readonly #real = (code: number): number => this.graph.constants[-1 - code]!;

  /** Tensor of a code that is no constant. */
  ownerOf(code: number): number {
    return this.#owner[code]!;
  }

  /** Scale that tensor t should have. */
  preferred(t: number): number {
    if (isExact(this.graph.tensors[t]!)) return 1;
    const root = this.#find(t);
    const { low, high } = this.classRange(t);
    const widest = this.#spread[root] ? high - low : Math.max(-low, high);
    const most = LARGEST / (widest > 0 ? widest : 1);
    // for another reader a bit may be given up, which saves that a product has its operand computed once more
    const isFree = this.#plain[root] && this.#cap[root]! < most * SPARED;
    const scale = isFree ? most : Math.min(most, this.#cap[root]!);
    return this.#powers[root] ? 2 ** Math.min(Math.floor(Math.log2(scale)), SHIFT) : scale;
  }

  /** A scale that holds all numbers of some operands, though they are of several classes. */
  common(operands: readonly Codes[]): number {
    const tensors = operands.flatMap((codes) => this.#tensorsOf(codes));
    const scales = tensors.filter((t) => !isExact(this.graph.tensors[t]!)).map((t) => this.preferred(t));
    const { low, high } = this.rangeOf(operands);
    const widest = (this.#compares(operands) ? high - low : Math.max(-low, high)) || 1;
    return Math.min(...scales, LARGEST / widest);
  }

  /** Least and greatest computed number of a maximum's leaves, at most and at least 0, without what is masked. */
  comparedRange(t: number, leaves: readonly Codes[]): Range {
    const { low, high } = this.rangeOf(leaves);
    return { low: Math.max(low, this.classRange(t).low), high };
  }

  /** Least and greatest computed number of some operands, at most and at least 0. */
  rangeOf(operands: readonly Codes[]): Range {
    const ranges = operands.flatMap((codes) => this.#tensorsOf(codes)).map((t) => this.held.ranges[t]!);
    return ranges.reduce(union, { low: 0, high: 0 });
  }

  /** Least and greatest number of the class, at least 0 and at most 0. */
  classRange(t: number): Range {
    const root = this.#find(t);
    return { low: Math.min(this.#low[root]!, 0), high: Math.max(this.#high[root]!, 0) };
  }

  /** Largest absolute number of an operand, headroom included. */
  reach(codes: Codes): number {
    return Math.max(this.#reachOf(this.#tensorsOf(codes)), this.largestConstant(codes)) || 1;
  }

  /** Largest absolute value of an operand's constants; those that absorb everything stand for the end of the range. */
  largestConstant(codes: Codes): number {
    return constantsOf([codes], this.#real).reduce((most, c) => (absorbs(c) ? most : Math.max(most, Math.abs(c))), 0);
  }

  /** The largest scale of either operand of product t: both get as many bits, and their product fits, and is not much finer than its readers want. */
  productCaps(t: number): readonly [number, number] {
    return this.#products.get(t)!;
  }

  #capsOf(t: number, a: Codes, b: Codes): readonly [number, number] {
    const [reachA, reachB] = [this.reach(a), this.reach(b)];
    const reach = reachOf(this.held.grown[t]!) || reachA * reachB;
    const most = this.graph.tensors[t]!.operation.op === 'multiply' ? Math.min(reach, reachA * reachB) : reach;
    const bits = Math.min(Math.sqrt((ACCUMULATOR * reachA * reachB) / most), LARGEST);
    const [capA, capB] = [bits / reachA, bits / reachB];
    const part = (this.preferred(t) * 2 ** SHIFT) / (capA * capB);
    return part < 1 && part >= SPARED ** 2 ? [capA * Math.sqrt(part), capB * Math.sqrt(part)] : [capA, capB];
  }

  #reachOf(members: readonly number[]): number {
    return members.reduce((most, t) => Math.max(most, reachOf(this.held.ranges[t]!)), 0);
  }

  #find(t: number): number {
    let root = t;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    this.#parent[t] = root;
    return root;
  }

  #tensorsOf(codes: Codes): readonly number[] {
    const found = new Set<number>();
    let last = -1;
    for (const code of codes) {
      if (code < 0) continue;
      const t = this.#owner[code]!;
      if (t !== last) found.add(t);
      last = t;
    }
    return [...found];
  }

  /** Exact tensors have their scale and join no class. */
  #join(members: readonly number[]): number | undefined {
    const free = members.filter((t) => !isExact(this.graph.tensors[t]!));
    if (free.length === 0) return undefined;
    const root = this.#find(free[0]!);
    for (const t of free) {
      const other = this.#find(t);
      if (other === root) continue;
      this.#parent[other] = root;
      this.#low[root] = Math.min(this.#low[root]!, this.#low[other]!);
      this.#high[root] = Math.max(this.#high[root]!, this.#high[other]!);
      this.#spread[root] ||= this.#spread[other]!;
    }
    return root;
  }

  /** Whether a maximum takes differences: it has more than one leaf that is not zero. */
  #compares(leaves: readonly Codes[]): boolean {
    return leaves.filter((leaf) => leaf.some((code) => code !== ZERO_CODE)).length > 1;
  }

  #unite(): void {
    const { tensors, outputs } = this.graph;
    tensors.forEach(({ operation }, t) => {
      switch (operation.op) {
        case 'maximum': {
          const members = operation.leaves.map((leaf) => this.#tensorsOf(leaf));
          const root = this.#join([...members.flat(), t]);
          if (root !== undefined && this.#compares(operation.leaves)) this.#spread[root] = true;
          break;
        }
        case 'multiply':
        case 'matmul':
          this.#join(this.#tensorsOf(operation.a));
          this.#join(this.#tensorsOf(operation.b));
          break;
        case 'function':
          this.#join(this.#tensorsOf(operation.x));
          this.#shareTable(t, operation.name, this.#tensorsOf(operation.x));
          break;
        case 'step':
        case 'floor':
          this.#join(this.#tensorsOf(operation.x));
      }
    });
    for (const { codes } of outputs) this.#join(this.#tensorsOf(codes));
    tensors.forEach(({ operation }, t) => {
      if (operation.op !== 'maximum' || !this.#compares(operation.leaves)) return;
      this.#low[this.#find(t)] = comparedLow(this.classRange(t), constantsOf(operation.leaves, this.#real));
    });
  }

  /** Gives equal functions over ranges that are much alike one scale, and so one table. */
  #shareTable(t: number, name: string, x: readonly number[]): void {
    const [reachX, reachY] = [this.#reachOf(x), this.#reachOf([t])];
    const like = this.#functions.first(name, { reachX, reachY, x, y: t });
    if (like === undefined) return;
    this.#join([...like.x, ...x]);
    this.#join([like.y, t]);
  }

  /** Writes down what the readers of tensors ask of their classes. */
  #limit(t: number): void {
    const { operation } = this.graph.tensors[t]!;
    const mark = (flags: boolean[], codes: Codes): void => {
      for (const u of this.#tensorsOf(codes)) flags[this.#find(u)] = true;
    };
    switch (operation.op) {
      case 'linear':
        mark(this.#plain, operation.taps);
        break;
      case 'function':
      case 'step':
        mark(this.#plain, operation.x);
        break;
      case 'floor':
        mark(this.#plain, operation.x);
        mark(this.#powers, operation.x);
        break;
      case 'multiply':
      case 'matmul': {
        const caps = this.#capsOf(t, operation.a, operation.b);
        this.#products.set(t, caps);
        [operation.a, operation.b].forEach((codes, side) => {
          for (const u of this.#tensorsOf(codes)) {
            const root = this.#find(u);
            this.#cap[root] = Math.min(this.#cap[root]!, caps[side]!);
          }
        });
      }
    }
  }
}
