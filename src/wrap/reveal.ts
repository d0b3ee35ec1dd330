/**
 * Opening the readout digest inside the wrap, so that a class can be revealed without the logits (protocol section 9.5).
 *
 * o = H(salt, packed logits). The class a is the FIRST index of the largest logit; k (k - 1 - a) = 0 lets the prover
 * publish k = a + 1, which reveals it, or k = 0, which hides it.
 */
import { hash } from '../algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, sumOfProducts } from '../circuit/constraint-system.ts';
import { pack, toBits } from '../circuit/gadgets/bits.ts';
import { packForms } from '../layers/pack.ts';

/** What opens o: the salt, and each logit plus 2^(bits - 1), not negative. */
export interface ReadoutOpening {
  readonly salt: bigint;
  readonly shifted: readonly bigint[];
}

/** First index of the largest value. */
export function firstArgmax(values: readonly bigint[]): number {
  return values.reduce((best, v, j) => (v > values[best]! ? j : best), 0);
}

/**
 * Asserts that o opens to logits of `bits` bits and that k reveals their class or is 0.
 * About outputs * (2 bits + 3) constraints and one hash.
 */
export function revealClass<E>(
  cs: ConstraintSystem<E>,
  readout: { readonly outputs: number; readonly bits: number },
  o: E,
  k: E,
  opening: () => ReadoutOpening,
): void {
  const one = cs.constant(1n);
  const salt = cs.field(() => opening().salt);
  const logits = Array.from({ length: readout.outputs }, (_, j) =>
    pack(
      cs,
      cs.bits(readout.bits, () => opening().shifted[j]!),
    ),
  );
  assertEqual(cs, hash(cs, 'out', [salt, ...packForms(cs, logits, readout.bits, 0n)]), o);

  const winner = logits.map((_, j) => cs.bits(1, () => (firstArgmax(opening().shifted) === j ? 1n : 0n))[0]!);
  assertEqual(cs, cs.sum(winner.map((w) => [1n, w])), one);
  const largest = sumOfProducts(
    cs,
    winner.map((w, j) => [w, logits[j]!] as const),
  );
  // the winner is nowhere exceeded, and strictly above everything before it
  let after = one;
  logits.forEach((logit, j) => {
    after = cs.sub(after, winner[j]!);
    toBits(cs, cs.sub(cs.sub(largest, logit), after), readout.bits);
  });
  const index = cs.sum(winner.map((w, j) => [BigInt(j), w]));
  cs.row([k, cs.sub(cs.sub(k, one), index)]);
}
