/**
 * How a compressed proof opens the folded commitments where Spartan ended: each block's extension at the first coordinates of ry.
 * Under powers of a tau as the wrap does it (protocol section 9.3), with the pairing check made here; under the transparent key by an
 * inner-product argument for sum g^k cm_k, the blocks padded to the longest one.
 */
import type { Engine, Vec } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { nativeSponge, type Transcript } from '../algebra/sponge.ts';
import { PlainSystem } from '../circuit/plain-system.ts';
import { commitmentOf, limbsOfCommitment, pointOf, type Running } from '../folding/instance.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { rejected } from '../folding/verify-claim.ts';
import { inTurns } from '../turns.ts';
import type { AffineG2 } from '../wrap/final-proof.ts';
import { commitHere } from '../wrap/opening/commit.ts';
import { combinedOpeningHolds } from '../wrap/opening/pairing.ts';
import { proveOpening } from '../wrap/opening/prove.ts';
import { verifyOpening } from '../wrap/opening/verify.ts';
import { padded } from '../wrap/spartan/blocks.ts';
import type { SpartanOutcome } from '../wrap/spartan/proof.ts';
import { asCheck } from './as-check.ts';
import { type InnerProductClaim, proveInnerProduct, verifyInnerProduct } from './inner-product.ts';
import type { CompressedProof } from './proof.ts';

type Opening = CompressedProof['opening'];
type Parameters = Pick<StepSystem, 'key' | 'layout'>;

const F = field(R);

/** @param kind by the key: without powers of a tau only the inner-product argument is possible */
export async function openBlocks(
  engine: Engine,
  transcript: Transcript<bigint>,
  parameters: Parameters,
  kind: Opening['kind'],
  blocks: readonly Vec[],
  { ry, claims }: SpartanOutcome<bigint>,
  cms: readonly Affine[],
  signal?: AbortSignal,
): Promise<Opening> {
  if (kind === 'pairing') {
    const { key, layout } = parameters;
    const target = { commit: commitHere(engine, key), layout };
    const { messages, opening } = await proveOpening(engine, transcript, target, blocks, ry, signal);
    return { kind, ...messages, w1: opening.w1, w2: opening.w2 };
  }
  const { fr } = engine;
  const claim = combined(engine, transcript, parameters, cms, { ry, claims });
  const length = 2 ** ry.length;
  const vector = padded(blocks[0]!, length);
  blocks.slice(1).forEach((block, k) => {
    fr.axpy(vector, fr.encode([claim.powers[k + 1]!]), padded(block, length));
  });
  return { kind, ...(await inTurns(proveInnerProduct(engine, transcript, parameters.key, vector, claim), signal)) };
}

/** @param tau [tau]_2 of the key that the verifier trusts; undefined for the transparent key */
export function checkOpening(
  engine: Engine,
  transcript: Transcript<bigint>,
  parameters: Parameters,
  { U }: Running<bigint>,
  outcome: SpartanOutcome<bigint>,
  opening: Opening,
  tau: AffineG2 | undefined,
): void {
  const cms = U.cms.map(pointOf);
  const expected = 'the folded commitments open to the values that the sum-checks used';
  if (opening.kind === 'pairing') {
    if (!tau) throw rejected('opening', 'an inner-product argument, under the transparent key');
    const cs = new PlainSystem(nativeSponge(engine));
    const s = commitmentOf(opening.s);
    const at = asCheck('opening', () => verifyOpening(cs, transcript, parameters.layout, outcome, s, () => opening));
    const delta = deltaOf(transcript, [opening.w1, opening.w2]);
    const points = [...cms, opening.s];
    if (!combinedOpeningHolds({ points, ...at, w1: opening.w1, w2: opening.w2 }, delta, tau))
      throw rejected('opening', expected);
    return;
  }
  const claim = combined(engine, transcript, parameters, cms, outcome);
  if (!verifyInnerProduct(engine, transcript, parameters.key, claim, opening)) throw rejected('opening', expected);
}

/** Merges the two values of the opening; W1 and W2 come before it. */
function deltaOf(transcript: Transcript<bigint>, quotients: readonly Affine[]): bigint {
  transcript.absorb(...quotients.flatMap((point) => limbsOfCommitment(commitmentOf(point))));
  return transcript.squeeze();
}

/**
 * The claims on all blocks as one, by powers of g: a padded block's extension at ry is its own times (1 - ry_j) for every
 * coordinate beyond its length. The transcript has absorbed commitments and claims.
 */
function combined(
  { g1, fr }: Engine,
  transcript: Transcript<bigint>,
  { layout }: Pick<Parameters, 'layout'>,
  cms: readonly Affine[],
  { ry, claims }: SpartanOutcome<bigint>,
): InnerProductClaim & { readonly powers: readonly bigint[] } {
  const g = transcript.squeeze();
  const powers = layout.blocks.map((_, k) => F.pow(g, BigInt(k)));
  const value = layout.blocks.reduce((sum, { log }, k) => {
    const beyond = ry.slice(log).reduce((product, c) => F.mul(product, F.sub(1n, c)), claims[k]!);
    return F.add(sum, F.mul(powers[k]!, beyond));
  }, 0n);
  const commitment = g1.msm(g1.encodePoints(cms), { kind: 'full', values: fr.encode(powers) });
  if (!commitment) throw rejected('opening', 'a commitment that is not infinity');
  return { commitment, point: ry, value, powers };
}
