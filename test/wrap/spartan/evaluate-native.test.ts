/** The matrices at any point of a Spartan proof, by whole vectors as by the circuit's trees. */
import { expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { nativeSponge, Transcript } from '../../../src/algebra/sponge.ts';
import type { Product } from '../../../src/circuit/constraint-system.ts';
import { PlainSystem } from '../../../src/circuit/plain-system.ts';
import { atOnce } from '../../../src/turns.ts';
import type { Evaluate } from '../../../src/wrap/spartan/evaluate.ts';
import { nativeEvaluation } from '../../../src/wrap/spartan/evaluate-native.ts';
import type { SpartanProof } from '../../../src/wrap/spartan/proof.ts';
import { proveSpartan } from '../../../src/wrap/spartan/prove.ts';
import { verifySpartan } from '../../../src/wrap/spartan/verify.ts';
import { CheckingSystem, RowViolated } from '../../helpers/checking.ts';
import { foldedInstance } from '../folded.ts';

const engine = await createEngine();

it.each([
  { model: 5, bits: 20, rows: 30, boxes: 12, seed: 1 },
  { model: 100, bits: 3, rows: 9, boxes: 5, seed: 2 },
  { model: 1, bits: 1, rows: 1, boxes: 1, seed: 3 },
  { model: 9, bits: 64, rows: 3, boxes: 0, seed: 4 },
  { model: 2, bits: 4, rows: 0, boxes: 7, seed: 9 },
  { model: 2, bits: 4, rows: 3, boxes: 2, seed: 10, families: [3, 1] },
])('ends where the circuit ends, and refuses what it refuses: %o', (sizes) => {
  const { system, claim, witness } = foldedInstance(engine, sizes);
  const fresh = () => new Transcript(nativeSponge(engine), 'test');
  const { proof } = atOnce(proveSpartan(engine, fresh(), system, claim, witness));
  const native = { ...system, evaluate: nativeEvaluation(engine, system) };
  const run = (of: typeof system & { evaluate?: Evaluate<bigint> }, changed = proof) =>
    atOnce(verifySpartan(new CheckingSystem(engine), fresh(), of, claim, () => changed));
  expect(run(native)).toEqual(run(system));
  // claims and coefficients of the last round are met by the evaluation alone
  proof.claims.forEach((value, k) => {
    const claims = proof.claims.with(k, value + 1n);
    expect(() => run(native, { ...proof, claims })).toThrow(RowViolated);
  });
  for (const part of ['a', 'b', 'l'] as const)
    expect(() => run(native, { ...proof, [part]: proof[part] + 1n })).toThrow(RowViolated);
});

/** Rows that do not hold are no error here, but told by what they come to. */
class Residues extends PlainSystem {
  readonly found: bigint[] = [];
  override row(...products: readonly Product<bigint>[]): void {
    const sum = this.F.create(products.reduce((total, [a, b]) => total + a * b, 0n));
    if (sum !== 0n) this.found.push(sum);
  }
}

it.each([[], [2, 3]])(
  'gives the same sums as the circuit at points where no proof ends: families %o',
  (...families) => {
    const sizes = { model: 5, bits: 20, rows: 30, boxes: 12, seed: 6, families };
    const { system, claim, witness } = foldedInstance(engine, sizes);
    const fresh = () => new Transcript(nativeSponge(engine), 'test');
    const { proof } = atOnce(proveSpartan(engine, fresh(), system, claim, witness));
    const residues = (changed: SpartanProof, evaluate?: Evaluate<bigint>): bigint[] => {
      const cs = new Residues(nativeSponge(engine));
      atOnce(verifySpartan(cs, fresh(), { ...system, ...(evaluate && { evaluate }) }, claim, () => changed));
      return cs.found;
    };
    proof.inner.forEach((round, k) => {
      const changed = { ...proof, inner: proof.inner.with(k, [round[0]! + 1n, round[1]!]) };
      expect(residues(changed)).toHaveLength(1);
      expect(residues(changed, nativeEvaluation(engine, system))).toEqual(residues(changed));
    });
    const outer = proof.outer.with(0, proof.outer[0]!.with(0, proof.outer[0]![0]! + 1n));
    expect(residues({ ...proof, outer })).toHaveLength(2);
    expect(residues({ ...proof, outer }, nativeEvaluation(engine, system))).toEqual(residues({ ...proof, outer }));
  },
);
