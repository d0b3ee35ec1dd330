/** Openings of a compressed proof by themselves: quotients that are adapted to the challenge that merges them, a sum that is infinity. */
import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul, neg } from '../../src/algebra/curve.ts';
import type { Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, R } from '../../src/algebra/params.ts';
import { nativeSponge, Transcript } from '../../src/algebra/sponge.ts';
import { checkOpening, openBlocks } from '../../src/compressed/opening.ts';
import type { CompressedProof, PairingOpening } from '../../src/compressed/proof.ts';
import { commitmentOf, limbsOfCommitment, type Running } from '../../src/folding/instance.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { combinedOpeningHolds } from '../../src/wrap/opening/pairing.ts';
import { type Evaluations, elementsOfEvaluations } from '../../src/wrap/opening/prove.ts';
import type { SpartanOutcome } from '../../src/wrap/spartan/proof.ts';
import { toyKey, toyStep } from '../folding/toy.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { elementsFrom } from '../wrap/folded.ts';

const engine = await createEngine();
const F = field(R);
const TAU = 123456789n;
const tau = bn254.G2.Point.BASE.multiply(TAU).toAffine();

const times = (p: Affine, k: bigint): Affine => mul(G1_PARAMS, p, k)!;
const plus = (p: Affine, q: Affine): Affine => add(G1_PARAMS, p, q)!;
const G = G1_PARAMS.generator;
const limbs = (p: Affine): bigint[] => limbsOfCommitment(commitmentOf(p));
const runningOf = (cms: readonly Affine[]) => ({ U: { cms: cms.map(commitmentOf) } }) as unknown as Running<bigint>;

let system: StepSystem;
let blocks: Vec[];
let cms: Affine[];
let outcome: SpartanOutcome<bigint>;
beforeAll(async () => {
  system = await buildStepSystem(engine, toyStep, toyKey(engine, TAU));
  const next = elementsFrom(7);
  const many = (n: number): bigint[] => Array.from({ length: n }, next);
  const { fr, g1 } = engine;
  const logs = system.layout.blocks.map(({ log }) => log);
  blocks = logs.map((log) => fr.encode(many(2 ** log)));
  cms = blocks.map((values) => g1.msm(system.key.subarray(0, 2 * values.length), { kind: 'full', values })!);
  const ry = many(Math.max(...logs));
  const claims = blocks.map((v, k) => fr.decode(fr.dot(v, fr.eqTable(fr.encode(ry.slice(0, logs[k]!)))))[0]!);
  outcome = { ry, claims };
});

function transcriptOf({ ry, claims }: SpartanOutcome<bigint>): Transcript<bigint> {
  const transcript = new Transcript(nativeSponge(engine), 'test');
  transcript.absorb(...ry, ...claims);
  return transcript;
}

const open = async (claimed: SpartanOutcome<bigint>): Promise<PairingOpening> =>
  (await openBlocks(engine, transcriptOf(claimed), system, 'pairing', blocks, claimed, cms)) as PairingOpening;
const check = (claimed: SpartanOutcome<bigint>, opening: CompressedProof['opening'], points = cms): void =>
  checkOpening(engine, transcriptOf(claimed), system, runningOf(points), claimed, opening, tau);

/** Of block 0: e(x), prod ((1 - ry_j) + ry_j x^(2^j)). */
function extensionAt(x: bigint): bigint {
  const own = outcome.ry.slice(0, system.layout.blocks[0]!.log);
  return own.reduce((e, c, j) => F.mul(e, F.create(1n - c + c * F.pow(x, 1n << BigInt(j)))), 1n);
}

type Quotient = 'w1' | 'w2';

/**
 * A claim that is false, with evaluations at zeta (or at 1/zeta) that satisfy the identity, and quotients that pay for them under a delta that
 * covers `covered` alone. With W1 + a G and W2 - (a / delta) G the equation moves by a (zeta - 1/zeta) G: the one that is moved by
 * what is due may come before delta, the other after it. Nothing is used of tau but to divide in the exponent.
 */
async function forged(covered: readonly Quotient[], moved: Quotient) {
  const claimed = { ...outcome, claims: outcome.claims.with(0, F.add(outcome.claims[0]!, 1n)) };
  const honest = await open(claimed);
  const transcript = transcriptOf(claimed);
  transcript.squeeze();
  transcript.absorb(...limbs(honest.s));
  const zeta = transcript.squeeze();
  const inverse = F.inv(zeta);
  const at = moved === 'w1' ? 0 : 1;
  const [truth, wrong] = [honest.evaluations[at]!, [...honest.evaluations]];
  const due = F.mul(2n, F.inv(extensionAt(at === 0 ? inverse : zeta)));
  wrong[at] = { ...truth, blocks: truth.blocks.with(0, F.add(truth.blocks[0]!, due)) };
  const evaluations = wrong as unknown as PairingOpening['evaluations'];
  transcript.absorb(...evaluations.flatMap(elementsOfEvaluations));
  const g = transcript.squeeze();
  const combinedAt = ({ blocks: values, s }: Evaluations<bigint>): bigint =>
    [...values, s].reduceRight((sum, v) => F.add(v, F.mul(g, sum)));
  const f = [...cms, honest.s].reduceRight((sum, p) => plus(p, times(sum, g)));
  const quotient = (k: number, x: bigint): Affine =>
    times(plus(f, times(G, F.neg(combinedAt(honest.evaluations[k]!)))), F.inv(F.sub(TAU, x)));
  const q = { w1: quotient(0, zeta), w2: quotient(1, inverse) };
  const by = F.mul(due, F.inv(at === 0 ? F.sub(zeta, inverse) : F.sub(inverse, zeta)));
  q[moved] = plus(q[moved], times(G, by));
  transcript.absorb(...covered.flatMap((name) => limbs(q[name])));
  const delta = transcript.squeeze();
  const other = moved === 'w1' ? 'w2' : 'w1';
  q[other] = plus(q[other], times(G, F.neg(F.mul(by, moved === 'w1' ? F.inv(delta) : delta))));
  const [f1, f2] = evaluations.map(combinedAt) as [bigint, bigint];
  const holds = combinedOpeningHolds({ points: [...cms, honest.s], zeta, g, f1, f2, ...q }, delta, tau);
  return { claimed, holds, opening: { ...honest, evaluations, ...q } };
}

describe('an opening by a pairing', () => {
  it('is accepted where its claims are true, and not where they are not', async () => {
    check(outcome, await open(outcome));
    const claimed = { ...outcome, claims: outcome.claims.with(0, 5n) };
    const honest = await open(claimed);
    expect(foldErrorOf(() => check(claimed, honest)).message).toContain("'opening'");
  });

  it.each<[string, readonly Quotient[], Quotient]>([
    ['nothing', [], 'w1'],
    ['W1 alone', ['w1'], 'w1'],
    ['W2 alone', ['w2'], 'w2'],
  ])('shows no false claim by quotients adapted to a delta that covers %s', async (_what, covered, moved) => {
    const { claimed, holds, opening } = await forged(covered, moved);
    expect(holds, 'the forgery holds for the delta it was made for').toBe(true);
    const error = foldErrorOf(() => check(claimed, opening));
    expect([error.code, error.message]).toEqual(['E_REJECTED', expect.stringContaining("'opening'")]);
  });
});

describe('an opening by an inner-product argument', () => {
  it('of commitments that cancel under g is refused', () => {
    expect(cms).toHaveLength(2);
    const g = transcriptOf(outcome).squeeze();
    const cancelling = [G, neg(G1_PARAMS, times(G, F.inv(g)))!];
    const opening = { kind: 'inner-product', rounds: [], a: 0n } as const;
    const error = foldErrorOf(() => check(outcome, opening, cancelling));
    expect([error.code, error.expected]).toEqual(['E_REJECTED', 'a commitment that is not infinity']);
  });
});
