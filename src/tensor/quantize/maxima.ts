/**
 * A maximum that is read only once, by another maximum, becomes part of that one: the leaves of a pool are compared one after
 * another, in the rows that compute them.
 */
import type { ConstantTable } from './constants.ts';
import type { Codes } from './integer.ts';
import type { ResolvedTensor } from './resolve.ts';

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
    const merged = this.#gatherConstants(leaves.flatMap((leaf) => this.#expand(leaf)));
    this.#leaves.set(t, merged);
    return merged;
  }

  #expand(leaf: Codes): readonly Codes[] {
    const first = leaf.find((code) => code >= 0);
    if (first === undefined) return [leaf];
    const t = this.#owner[first]!;
    const inner = this.#leaves.get(t);
    if (inner === undefined) return [leaf];
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
