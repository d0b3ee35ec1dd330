/** Uses of functions by name, and which of them are over ranges that are much alike: these can share scales, and so one table. */

/** Ranges of which the larger one is at most so many times the smaller one share a table. */
const ALIKE = 2;

export interface FunctionRanges {
  readonly reachX: number;
  readonly reachY: number;
  /** Tensors of the argument, and the result's. */
  readonly x: readonly number[];
  readonly y: number;
}

const areAlike = (a: number, b: number): boolean => Math.max(a, b) <= ALIKE * Math.min(a, b);

export class LikeFunctions {
  readonly #uses = new Map<string, FunctionRanges[]>();

  /** The first use of a function that is like this one; undefined where this one is the first. */
  first(name: string, use: FunctionRanges): FunctionRanges | undefined {
    const others = this.#uses.get(name) ?? [];
    this.#uses.set(name, others);
    const like = others.find(({ reachX, reachY }) => areAlike(reachX, use.reachX) && areAlike(reachY, use.reachY));
    if (like === undefined) others.push(use);
    return like;
  }
}
