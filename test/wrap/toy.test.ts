/**
 * Spartan and the opening on what a real chain leaves: the running instance of the toy step after three folds, from its
 * claim to two values of f that the commitments of the chain take.
 */
import { expect, it } from 'vitest';
import { concat } from '../../src/algebra/concat.ts';
import { add, mul } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, R } from '../../src/algebra/params.ts';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../src/algebra/sponge.ts';
import { commitmentOf, limbsOfCommitment } from '../../src/folding/instance.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { atOnce } from '../../src/turns.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { proveOpening } from '../../src/wrap/opening/prove.ts';
import { verifyOpening } from '../../src/wrap/opening/verify.ts';
import type { FoldedWitness } from '../../src/wrap/spartan/blocks.ts';
import { proveSpartan } from '../../src/wrap/spartan/prove.ts';
import { verifySpartan } from '../../src/wrap/spartan/verify.ts';
import { proveToy, toyKey, toyStep, tracedToyStep } from '../folding/toy.ts';
import { CheckingSystem, RowViolated } from '../helpers/checking.ts';

const TAU = 123456789n;
const F = field(R);
const engine = await createEngine();

function witnessOf({ claim, opening }: FoldedProof['running']): FoldedWitness {
  const { fr } = engine;
  const parts = opening.flatMap(({ bits, fields }) => [bits, fields]).map((part) => fr.fromCanonical(part));
  return {
    z: concat([fr.encode([claim.u, claim.x]), ...parts]),
    blinding: opening.map(({ blinding }) => fr.fromCanonical(blinding)),
  };
}

function transcriptOf(f: SpongeArithmetic<bigint>, { cms, claim }: FoldedProof['running']): Transcript<bigint> {
  const transcript = new Transcript(f, 'test');
  transcript.absorb(...cms.flatMap((p) => limbsOfCommitment(commitmentOf(p))));
  transcript.absorb(claim.u, claim.x, ...claim.rho, claim.v);
  return transcript;
}

it.each([
  ['M and P', toyStep],
  ['M, T and P', tracedToyStep],
])('proves and opens the running instance of a chain with %s', async (_, step) => {
  const system = await buildStepSystem(engine, step, toyKey(engine, TAU));
  const commit = commitHere(engine, system.key);
  const { prover, prepared } = await proveToy(engine, system, [3, 141, 59, 26], 979);
  for (const step of prepared) await prover.step(step);
  const { running } = prover.proof([]);
  const witness = witnessOf(running);

  const transcript = transcriptOf(nativeSponge(engine), running);
  const { proof, ry, vectors } = atOnce(proveSpartan(engine, transcript, system, running.claim, witness));
  const { messages, opening } = await proveOpening(engine, transcript, { commit, layout: system.layout }, vectors, ry);

  const circuit = (claim: FoldedProof['running']['claim'], from = running) => {
    const cs = new CheckingSystem(engine);
    const t = transcriptOf(cs, from);
    const outcome = atOnce(verifySpartan(cs, t, system, claim, () => proof));
    return verifyOpening(cs, t, system.layout, outcome, commitmentOf(messages.s), () => messages);
  };
  const { zeta, g, f1, f2, s, w1, w2 } = opening;
  expect(circuit(running.claim)).toEqual({ zeta, g, f1, f2 });

  // [f] - f(x) = (tau - x) W with the chain's own commitments in f; tau is known here
  const times = (p: Affine, k: bigint): Affine => mul(G1_PARAMS, p, k)!;
  const sum = (points: readonly Affine[]): Affine => points.reduce((a, b) => add(G1_PARAMS, a, b)!);
  const f = sum([...running.cms, s].map((cm, k) => times(cm, F.pow(g, BigInt(k)))));
  const opened = (x: bigint, value: bigint, w: Affine) => {
    expect(sum([f, times(G1_PARAMS.generator, F.neg(value))])).toEqual(times(w, F.sub(TAU, x)));
  };
  opened(zeta, f1, w1);
  opened(F.inv(zeta), f2, w2);

  const { claim } = running;
  for (const wrong of [
    { ...claim, v: F.add(claim.v, 1n) },
    { ...claim, u: F.add(claim.u, 1n) },
  ])
    expect(() => circuit(wrong)).toThrow(RowViolated);
  expect(() => circuit(claim, { ...running, cms: [...running.cms].reverse() })).toThrow(RowViolated);
});
