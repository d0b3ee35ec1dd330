/**
 * Verifies a compressed proof natively. The claim is checked as a folded proof's; then the texts of the wrap's circuit run on values: the
 * last fold, Spartan, the opening. The folded CycleFold instance is opened as it is.
 */
import { isOnCurve } from '../algebra/curve.ts';
import type { Engine } from '../algebra/engine.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, R } from '../algebra/params.ts';
import { nativeSponge, Transcript } from '../algebra/sponge.ts';
import { PlainSystem } from '../circuit/plain-system.ts';
import { FoldError } from '../errors.ts';
import { allocateCommitment, allocateMessages, verifyFold } from '../folding/fold-verifier.ts';
import { elementsOfLink, elementsOfRunning, type Running } from '../folding/instance.ts';
import type { ChainClaim } from '../folding/proof.ts';
import { checkClaimShape, checkCycleFoldShape } from '../folding/proof-shape.ts';
import { CROSS_TERMS } from '../folding/shares.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { checkCycleFold } from '../folding/verify.ts';
import { CLAIM_CHECKS, runningOf, verifyClaim } from '../folding/verify-claim.ts';
import { atOnce } from '../turns.ts';
import type { AffineG2 } from '../wrap/final-proof.ts';
import { nativeEvaluation } from '../wrap/spartan/evaluate-native.ts';
import { innerLog, productList } from '../wrap/spartan/products.ts';
import { INNER_DEGREE, OUTER_DEGREE, type SpartanOutcome } from '../wrap/spartan/proof.ts';
import { verifySpartan } from '../wrap/spartan/verify.ts';
import { asCheck } from './as-check.ts';
import { checkOpening } from './opening.ts';
import type { CompressedProof } from './proof.ts';

/** The checks in the order in which they are made. */
export const COMPRESSED_CHECKS = [
  'shape',
  ...CLAIM_CHECKS,
  'last-fold',
  'cyclefold-commitment',
  'cyclefold-rows',
  'spartan',
  'opening',
] as const;
/** The name of a check. */
export type CompressedCheck = (typeof COMPRESSED_CHECKS)[number];

/**
 * @param tau [tau]_2 of the key that the verifier trusts, whose powers `system` commits with; undefined for the transparent key
 * @throws E_REJECTED naming the first check that fails; E_FORMAT for elements that are not canonical
 */
export function verifyCompressed(
  engine: Engine,
  system: StepSystem,
  proof: CompressedProof,
  tau: AffineG2 | undefined,
  onCheck: (name: CompressedCheck) => void = () => {},
): void {
  checkShape(system, proof);
  onCheck('shape');
  verifyClaim(engine, system, proof, onCheck);
  const folded = foldLast(engine, system, proof);
  onCheck('last-fold');
  checkCycleFold(engine, system, { instance: folded.cycleFold, ...proof.cycleFoldOpening }, onCheck);
  const transcript = bound(new Transcript(nativeSponge(engine), 'compressed'), system, proof, folded);
  const outcome = checkSpartan(engine, transcript, system, folded, proof);
  onCheck('spartan');
  checkOpening(engine, transcript, system, folded, outcome, proof.opening, tau);
  onCheck('opening');
}

/** The transcript of Spartan and the opening, bound to everything that is claimed and to both folded instances. */
export function bound(
  transcript: Transcript<bigint>,
  { pp }: Pick<StepSystem, 'pp'>,
  claim: ChainClaim,
  folded: Running<bigint>,
): Transcript<bigint> {
  const { statement, program } = claim;
  const { wires, steps, z0, z, m } = statement;
  // D and the challenges bind a program's opening already; here everything that is claimed stands together
  if (program) transcript.absorb(program.interfaceDigest, program.planned);
  transcript.absorb(pp, ...elementsOfLink({ ...wires, i: BigInt(steps), z0, z, m, ...runningOf(claim) }));
  transcript.absorb(claim.last.x, ...elementsOfRunning(folded));
  return transcript;
}

/** Lengths of all lists, points on their curves, canonical values: what no later arithmetic would notice. */
function checkShape(system: StepSystem, proof: CompressedProof): void {
  checkClaimShape(system, proof);
  checkCycleFoldShape(system, proof.cycleFoldOpening);
  const { messages, spartan, opening } = proof;
  const blocks = system.layout.blocks.length;
  const inner = innerLog(system, []);
  const lengths: [string, readonly unknown[], number][] = [
    ['h', messages.h, system.layout.rowLog],
    ['t', messages.t, CROSS_TERMS],
    ['folded commitments', messages.cms, blocks],
    ['CycleFold commitments', messages.fresh, blocks],
    ['rounds of the first sum-check', spartan.outer, productList(system).log],
    ['rounds of the second sum-check', spartan.inner, inner],
    ...spartan.outer.map((round): [string, readonly unknown[], number] => ['coefficients', round, OUTER_DEGREE]),
    ...spartan.inner.map((round): [string, readonly unknown[], number] => ['coefficients', round, INNER_DEGREE]),
    ['claims', spartan.claims, blocks],
  ];
  const values = [...messages.h, ...messages.t, spartan.linear, spartan.a, spartan.b, spartan.l];
  values.push(...spartan.outer.flat(), ...spartan.inner.flat(), ...spartan.claims);
  const points = [...messages.cms];
  if (opening.kind === 'pairing') {
    lengths.push(['points of evaluation', opening.evaluations, 2]);
    for (const { blocks: at, s } of opening.evaluations) {
      lengths.push(['evaluations', at, blocks]);
      values.push(...at, s);
    }
    points.push(opening.s, opening.w1, opening.w2);
  } else {
    lengths.push(['rounds of the opening', opening.rounds, inner]);
    for (const round of opening.rounds) lengths.push(['messages of a round', round, 2]);
    values.push(opening.a);
    points.push(...opening.rounds.flat());
  }
  for (const [what, list, n] of lengths) if (list.length !== n) throw malformed(`${list.length} ${what}`, `${n}`);
  if (!values.every((v) => v >= 0n && v < R)) throw malformed('a value is not canonical', 'elements below r');
  const onCurves =
    points.every((p) => isOnCurve(G1_PARAMS, p)) && messages.fresh.every((p) => isOnCurve(GRUMPKIN_PARAMS, p));
  if (!onCurves) throw malformed('a point is not on its curve', 'canonical points');
}

const malformed = (what: string, expected: string): FoldError =>
  new FoldError('E_REJECTED', `The proof is malformed: ${what}.`, { expected });

/** The fold of the last instance, by the circuit's text on values. */
function foldLast(engine: Engine, system: StepSystem, proof: CompressedProof): Running<bigint> {
  const cs = new PlainSystem(nativeSponge(engine));
  return asCheck('last-fold', () => {
    const last = { x: proof.last.x, cms: proof.last.cms.map((cm) => allocateCommitment(cs, () => cm)) };
    const messages = allocateMessages(cs, system.defaults, () => proof.messages);
    return verifyFold(cs, system.pp, runningOf(proof), last, messages);
  });
}

function checkSpartan(
  engine: Engine,
  transcript: Transcript<bigint>,
  system: StepSystem,
  { U }: Running<bigint>,
  { spartan }: CompressedProof,
): SpartanOutcome<bigint> {
  const cs = new PlainSystem(nativeSponge(engine));
  const native = { ...system, evaluate: nativeEvaluation(engine, system) };
  return asCheck('spartan', () => atOnce(verifySpartan(cs, transcript, native, U, () => spartan)));
}
