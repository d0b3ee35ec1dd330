/**
 * Arrays in a block of variables, each of a power of two or a multiple of one.
 *
 * The final proof evaluates copies of a row in closed form where every variable's index is affine in the bits of the copy's
 * number (protocol section 2). So what differs between copies stands in arrays whose lengths and places are multiples of powers
 * of two. Those with the larger unit come first: each array is then aligned to its unit, and no variable is left unused.
 */

/** count times 2^log variables in a row, at a multiple of 2^log. */
export interface PlacedArray {
  readonly log: number;
  readonly count: number;
  /** Whose they are; a name for budgets. */
  readonly scope: string;
  /** Is told where they begin. */
  readonly put: (start: number) => void;
}

/** Settles all arrays of a block, those of the larger unit first, else in the order given. Returns them in their order. */
export function place(arrays: readonly PlacedArray[]): readonly PlacedArray[] {
  const order = [...arrays].sort((a, b) => b.log - a.log);
  let start = 0;
  for (const { log, count, put } of order) {
    put(start);
    start += count * 2 ** log;
  }
  return order;
}
