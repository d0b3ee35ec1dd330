/**
 * Classes of weights: output vectors whose numbers are the same combinations of the numbers that they read, each from vectors of
 * its own, share their weights (rows of a tile of the machine). A class is a list of blocks of 16 by 16 weights; a vector that
 * lacks some of them (the border of an image) reads the zero vector there.
 *
 * What a vector computes is described by `Pattern`: its *sources* are distinct lists of taps (a position of a linear operation),
 * each lane takes one of them with one row of weights. Two vectors are of one class when the lanes and, block by block, the
 * taps' lanes agree: compared in full, hashes only find the candidate.
 */
import { VECTOR } from '../shape.ts';

const BLOCK = VECTOR * VECTOR;

/** Instead of the number of a block. */
const ZERO_BLOCK = -2;

/** One tap of a source: source, term, column and the lane in which its number stands, packed. */
export interface Block {
  readonly vector: number;
  /** Triples of (source, tap: term and column, lane). */
  readonly items: Int32Array;
}

/** Weight of lane `lane` for a tap of its source. */
export type WeightOf = (lane: number, tap: number) => number;

export class WeightClass {
  /** By block: its weights [lane][number], or, where weights are computed, the vectors that hold them by lane. */
  readonly blocks: (Float64Array | Int32Array)[] = [];
  /** By block: vectors that hold its weights, lane by lane. */
  readonly computed: Int32Array[] = [];
  readonly #items: Int32Array[] = [];
  readonly #found = new Map<number, number[]>();
  /** Items of blocks that need not be read: what one position has for other lanes. */
  readonly #zeros = new Map<number, Int32Array[]>();

  /** @param sources source of each lane, -1 for an unused one */
  constructor(
    private readonly sources: Int8Array,
    private readonly weightOf: WeightOf,
  ) {}

  get isComputed(): boolean {
    return this.computed.length > 0;
  }

  get size(): number {
    return this.isComputed ? this.computed.length : this.blocks.length;
  }

  /** Number of the block with these items; -1 if there is none, ZERO_BLOCK if all its weights are zero. */
  find(items: Int32Array, hash: number): number {
    for (const n of this.#found.get(hash) ?? []) if (sameItems(this.#items[n]!, items)) return n;
    return this.#zeros.get(hash)?.some((zero) => sameItems(zero, items)) ? ZERO_BLOCK : -1;
  }

  add(items: Int32Array, hash: number): number {
    const weights = new Float64Array(BLOCK);
    let small = true;
    for (let at = 0; at < items.length; at += 3) {
      const source = items[at]!;
      for (let lane = 0; lane < VECTOR; lane++) {
        if (this.sources[lane] !== source) continue;
        const place = lane * VECTOR + items[at + 2]!;
        weights[place]! += this.weightOf(lane, items[at + 1]!);
        small &&= Math.abs(weights[place]!) < 2 ** 31;
      }
    }
    if (weights.every((w) => w === 0)) {
      this.#zeros.set(hash, [...(this.#zeros.get(hash) ?? []), items]);
      return ZERO_BLOCK;
    }
    const n = this.blocks.push(small ? Int32Array.from(weights) : weights) - 1;
    this.#items.push(items);
    const others = this.#found.get(hash);
    if (others) others.push(n);
    else this.#found.set(hash, [n]);
    return n;
  }
}

function sameItems(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hashOf(items: Int32Array): number {
  let hash = items.length;
  for (let i = 0; i < items.length; i++) hash = (Math.imul(hash ^ items[i]!, 0x9e3779b1) + (hash >>> 15)) | 0;
  return hash;
}

export class WeightClasses {
  readonly #byLanes = new Map<string, WeightClass[]>();

  /**
   * The class of a vector and its reads: pairs of (block, vector).
   * @param lanes what decides, lane by lane, which weights are taken: equal texts mean equal `sources` and `weightOf`
   */
  place(
    lanes: string,
    sources: Int8Array,
    weightOf: WeightOf,
    blocks: readonly Block[],
  ): { weights: WeightClass; reads: Int32Array } {
    let classes = this.#byLanes.get(lanes);
    if (classes === undefined) {
      classes = [];
      this.#byLanes.set(lanes, classes);
    }
    const hashes = blocks.map(({ items }) => hashOf(items));
    let weights = classes.find((c) => isAkin(c, blocks, hashes));
    if (weights === undefined) {
      weights = new WeightClass(sources, weightOf);
      classes.push(weights);
    }
    const reads: number[] = [];
    blocks.forEach(({ vector, items }, b) => {
      const found = weights.find(items, hashes[b]!);
      const block = found === -1 ? weights.add(items, hashes[b]!) : found;
      if (block !== ZERO_BLOCK) reads.push(block, vector);
    });
    return { weights, reads: Int32Array.from(reads) };
  }
}

/** Whether at least half of the blocks are in the class: then the rest may be added to it. */
function isAkin(weights: WeightClass, blocks: readonly Block[], hashes: readonly number[]): boolean {
  let shared = 0;
  for (let b = 0; b < blocks.length; b++) if (weights.find(blocks[b]!.items, hashes[b]!) !== -1) shared++;
  return 2 * shared >= Math.min(blocks.length, weights.size) && shared > 0;
}
