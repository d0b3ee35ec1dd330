/**
 * A maximum that is read only once, by another maximum, becomes part of that one: the leaves of a pool are compared one after
 * another, in the rows that compute them. What no leaf has computed is no number of it.
 */
import type { ConstantTable } from './constants.ts';
import type { Codes } from './integer.ts';
import type { ResolvedTensor } from './resolve.ts';

/**
 * The numbers of a maximum from a code on, where some are the largest of constants: these are constants, which whoever reads them compares
 * as such. So is what a reduction makes of padding.
 */
export function knownMaxima(
  [a, b]: readonly [Codes, Codes],
  start: number,
  constants: ConstantTable,
): Codes | undefined {
  const value = (code: number): number => constants.values[-1 - code]!;
  const isKnown = (i: number): boolean => a[i]! < 0 && b[i]! < 0;
  if (!a.some((_, i) => isKnown(i))) return undefined;
  return a.map((code, i) => (isKnown(i) ? constants.code(Math.max(value(code), value(b[i]!))) : start + i));
}

/** The leaves of a maximum, with those of the maxima that it alone reads; leaves of constants are one. */
export class MaximumMerger {
  readonly #leaves = new Map<number, readonly Codes[]>();
  readonly #owner: Int32Array;

  constructor(
    private readonly tensors: readonly ResolvedTensor[],
    private readonly uses: Uint8Array,
    private readonly constants: ConstantTable,
    elements: number,
  ) {
    this.#owner = new Int32Array(elements);
    tensors.forEach(({ start, size }, t) => {
      this.#owner.fill(t, start, start + size);
    });
  }

  merge(t: number, leaves: readonly Codes[]): readonly Codes[] {
    const parts = this.#areHalves(leaves) ? leaves : leaves.flatMap((leaf) => this.#expand(leaf));
    const merged = this.#gatherConstants(parts);
    this.#leaves.set(t, merged);
    return merged;
  }

  /**
   * Whether a maximum is compared with itself, one half with the other: a reduction by halves. Its first halves stand lane by lane as
   * they are; as leaves of one maximum every single number would have to be moved into the lane of the result. Not so the sums that a
   * pool reads: they are computed in whatever lane they are wanted.
   */
  #areHalves(leaves: readonly Codes[]): boolean {
    const [a, b] = leaves.map((leaf) => this.#ownerOf(leaf));
    if (a === undefined || a !== b) return false;
    const inner = this.#leaves.get(a);
    return inner !== undefined && !inner.some((leaf) => this.#isSum(leaf));
  }

  #isSum(leaf: Codes): boolean {
    const owner = this.#ownerOf(leaf);
    const operation = owner === undefined ? undefined : this.tensors[owner]!.operation;
    return operation?.op === 'linear' && operation.width > 1;
  }

  #ownerOf(leaf: Codes): number | undefined {
    const first = leaf.find((code) => code >= 0);
    return first === undefined ? undefined : this.#owner[first]!;
  }

  #expand(leaf: Codes): readonly Codes[] {
    const t = this.#ownerOf(leaf);
    const inner = t === undefined ? undefined : this.#leaves.get(t);
    if (t === undefined || inner === undefined) return [leaf];
    if (leaf.some((code) => code >= 0 && (this.#owner[code] !== t || this.uses[code] !== 1))) return [leaf];
    const { start } = this.tensors[t]!;
    for (const code of leaf) if (code >= 0) this.uses[code] = 0;
    return inner.map((codes) => leaf.map((code) => (code >= 0 ? codes[code - start]! : code)));
  }

  #gatherConstants(leaves: readonly Codes[]): readonly Codes[] {
    const computed = leaves.filter((leaf) => leaf.some((code) => code >= 0));
    const known = leaves.filter((leaf) => !leaf.some((code) => code >= 0));
    if (known.length < 2) return leaves;
    const largest = (i: number): number => Math.max(...known.map((leaf) => this.constants.values[-1 - leaf[i]!]!));
    return [...computed, known[0]!.map((_, i) => this.constants.code(largest(i)))];
  }
}
