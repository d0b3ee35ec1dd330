/**
 * Attacks on u_n, the instance that is verified strictly. Its commitments are not in the chain's hash, so an adversary
 * may commit to anything: every opening here is re-committed, and D is computed for it where cmM changes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { add } from '../../../src/algebra/curve.ts';
import { type Engine, FIELD_BYTES, POINT_BYTES, type Vec } from '../../../src/algebra/engine.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, G1_PARAMS } from '../../../src/algebra/params.ts';
import { nativeSponge } from '../../../src/algebra/sponge.ts';
import { ofChainBlock } from '../../../src/folding/blocks.ts';
import { extendModelChain, hashModel } from '../../../src/folding/hashes.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import type { BlockOpening, FoldedProof } from '../../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { type CheckName, verifyFolded } from '../../../src/folding/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { proveToy, toyKey, toyStep } from '../toy.ts';
import { MaliciousProver, rehashed } from './malicious-prover.ts';

describe('an adversary at the last instance', () => {
  let engine: Engine;
  let system: StepSystem;
  let proof: FoldedProof;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    const { prover, prepared } = await proveToy(engine, system, [77], 1000);
    await prover.step(prepared[0]!);
    proof = prover.proof([]);
    verifyFolded(engine, system, proof);
  });

  function expectRejected(edited: FoldedProof, check: CheckName, expected?: RegExp): void {
    const error = foldErrorOf(() => verifyFolded(engine, system, edited));
    expect(error.message).toBe(`The proof is false: check '${check}' failed.`);
    if (expected) expect(error.expected).toMatch(expected);
  }
  const keyPoint = (at: number): Affine =>
    engine.g1.decodePoints(system.key.subarray(at * POINT_BYTES, (at + 1) * POINT_BYTES))[0]!;
  const times = (k: bigint, p: Affine): Affine =>
    engine.g1.msm(engine.g1.encodePoints([p]), { kind: 'full', values: engine.fr.encode([k]) })!;
  const sum = (...points: Affine[]): Affine => points.reduce((a, b) => add(G1_PARAMS, a, b)!);

  /** The opening with entry k of a part of block P increased by delta. */
  function increased(part: keyof BlockOpening, k: number, delta: bigint): FoldedProof['last'] {
    const { fr } = engine;
    const [model, witness] = proof.last.opening as [BlockOpening, BlockOpening];
    const values = fr.fromCanonical(witness[part]);
    const entry: Vec = values.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);
    entry.set(fr.add(entry, fr.encode([delta])));
    return { ...proof.last, opening: [model, { ...witness, [part]: fr.toCanonical(values) }] };
  }
  /** With another cmM, or another cmP. */
  const withCm = (last: FoldedProof['last'], block: 0 | 1, cm: Affine): FoldedProof['last'] => ({
    ...last,
    cms: last.cms.with(block, cm),
  });
  const M = 0;
  const P = 1;
  const firstBit = (k: number): bigint => BigInt(proof.last.opening[P]!.bits[k * FIELD_BYTES]!);

  /** D computed for another cmM of the only step, as a model's owner would; then the chain's hash fits again. */
  async function ownedModel(last: FoldedProof['last']): Promise<FoldedProof> {
    const sponge = nativeSponge(engine);
    const modelDigest = hashModel(sponge, system.pp, 1n, extendModelChain(sponge, 0n, commitmentOf(last.cms[M]!)));
    const { prepared } = await proveToy(engine, system, [77], 1000);
    const wires = { stepsPerNetwork: 1n, modelDigest, root: 0n };
    const prover = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!);
    await prover.step(prepared[0]!);
    return prover.proof();
  }

  it('with bits equal to 2, committed to, is rejected', () => {
    for (const k of [0, system.matrix.sizes.bits - 1]) {
      const bit = firstBit(k);
      const cmP = sum(proof.last.cms[P]!, times(2n - bit, keyPoint(k)));
      const last = withCm(increased('bits', k, 2n - bit), P, cmP);
      expectRejected({ ...proof, last }, 'last-rows', /0 or 1/);
    }
  });

  it('with a bit flipped, committed to, violates a row', () => {
    const k = 3;
    const bit = firstBit(k);
    const cmP = sum(proof.last.cms[P]!, times(1n - 2n * bit, keyPoint(k)));
    const last = withCm(increased('bits', k, 1n - 2n * bit), P, cmP);
    expectRejected({ ...proof, last }, 'last-rows', /^row \d+/);
  });

  it('with a field entry off by one, committed to, violates a row', () => {
    const cmP = sum(proof.last.cms[P]!, keyPoint(ofChainBlock(system.layout.blocks).fields.at + 100));
    expectRejected({ ...proof, last: withCm(increased('fields', 100, 1n), P, cmP) }, 'last-rows', /^row \d+/);
  });

  it('with other blinding, committed to, is an honest proof', () => {
    const { at } = ofChainBlock(system.layout.blocks).blinding;
    const cmP = sum(proof.last.cms[P]!, keyPoint(at));
    verifyFolded(engine, system, { ...proof, last: withCm(increased('blinding', 0, 1n), P, cmP) });
  });

  it('with u = 2 (everything doubled, which satisfies every homogeneous row) is rejected', async () => {
    const { fr } = engine;
    const doubled = (v: Uint8Array): Uint8Array => {
      const values = fr.fromCanonical(v);
      return fr.toCanonical(fr.add(values, values));
    };
    const cmM = times(2n, proof.last.cms[M]!);
    const honest = await ownedModel(withCm(proof.last, M, cmM));
    const { opening } = honest.last;
    const twice = ({ bits, fields, blinding }: BlockOpening): BlockOpening => ({
      bits: doubled(bits),
      fields: doubled(fields),
      blinding: doubled(blinding),
    });
    const last = { ...honest.last, cms: [cmM, times(2n, honest.last.cms[P]!)], opening: opening.map(twice) };
    const attack = { ...honest, last };
    expect(rehashed(engine, attack)).toEqual(attack);
    expectRejected(attack, 'last-rows', /0 or 1/);
    // with true bits (u = 1 for them) the listed rows refuse it
    const mixed = { ...withCm(honest.last, M, cmM), opening: opening.with(M, twice(opening[M]!)) };
    expectRejected({ ...honest, last: mixed }, 'last-rows', /^row \d+/);
  });

  it('with non-zero entries that no row refers to is rejected by the commitments', () => {
    const { bits, fields } = system.matrix.sizes;
    const { fields: after, blinding } = ofChainBlock(system.layout.blocks);
    for (const at of [bits, after.at - 1, after.at + fields, blinding.at - 1]) {
      const last = withCm(proof.last, P, sum(proof.last.cms[P]!, keyPoint(at)));
      expectRejected({ ...proof, last }, 'last-commitments', /cmP commits/);
    }
  });

  it('with model coefficients carried by cmP instead of cmM is rejected', async () => {
    // D of a network that was committed with weight 0; the true weight stands at the same powers of tau, but in cmP
    const cmM = sum(proof.last.cms[M]!, times(-77n + G1_PARAMS.order, keyPoint(0)));
    const honest = await ownedModel(withCm(proof.last, M, cmM));
    const cmP = sum(honest.last.cms[P]!, times(77n, keyPoint(0)));
    const moved = withCm(honest.last, P, cmP);
    expectRejected({ ...honest, last: withCm(moved, M, cmM) }, 'last-commitments', /cmM commits/);
    expectRejected({ ...honest, last: moved }, 'model');
  });
});
