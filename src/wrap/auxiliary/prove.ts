/**
 * Proves that the folded CycleFold instance is satisfied, from Aux to the six linear claims on it (protocol section 9.4); the verifier, as a
 * circuit, is verify.ts.
 */

import { add } from '../../algebra/curve.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { type Affine, GRUMPKIN_PARAMS, R } from '../../algebra/params.ts';
import { nativeSponge, type Transcript } from '../../algebra/sponge.ts';
import { fqValue } from '../../circuit/gadgets/fq.ts';
import { PlainSystem } from '../../circuit/plain-system.ts';
import { type CycleFoldInstance, commitmentOf, limbsOfCommitment } from '../../folding/instance.ts';
import type { Interruptible } from '../../turns.ts';
import { padded, slice, zeros } from '../spartan/blocks.ts';
import type { JoinedWitness } from '../spartan/joined.ts';
import { startAtEnd } from './chain.ts';
import { type ChainWork, proveChain } from './chain-prove.ts';
import { pairOf } from './challenges.ts';
import { CLAIMED } from './claims.ts';
import { DIGITS, oddRepresentative, signedDigits } from './digits.ts';
import { identityOf } from './identity.ts';
import { type AuxiliaryLayout, auxiliaryLayout, COLUMNS, columnLength, rowOf } from './layout.ts';
import { evaluateAt, limbsOfConstant, limbsOfDigits, placeOfDigit } from './limbs.ts';
import type { Polynomial } from './polynomials.ts';
import {
  type AuxiliaryProof,
  type CycleFoldRelation,
  chainTranscript,
  challengesTranscript,
  pairCount,
  rowsTranscript,
} from './proof.ts';
import { rowSystem } from './row-system.ts';
import { RowWeights } from './row-weights.ts';
import { proveRows } from './rows-prove.ts';
import { digitTables } from './tables.ts';

const F = field(R);

/** Opening of the instance: canonical elements of Fq. */
export interface CycleFoldOpening {
  readonly w: readonly bigint[];
  readonly e: readonly bigint[];
  readonly blinding: bigint;
}

/** The scalars of the commitment in the order of its generators. */
export function scalarsOf({ w, e, blinding }: CycleFoldOpening): bigint[] {
  return [...w, ...e, blinding];
}

export interface ProvenAuxiliary {
  readonly proof: AuxiliaryProof;
  readonly joined: JoinedWitness;
}

/**
 * @param transcript has absorbed all of the instance
 * @param vector Aux of the opening, and @param commitment to it
 * Throws E_BUG when the instance is not satisfied by the opening.
 */
export function* proveAuxiliary(
  engine: Engine,
  transcript: Transcript<bigint>,
  { matrix, generators }: CycleFoldRelation,
  instance: CycleFoldInstance<bigint>,
  opening: CycleFoldOpening,
  vector: Vec,
  commitment: Affine,
  work?: ChainWork,
): Interruptible<ProvenAuxiliary> {
  const sponge = nativeSponge(engine);
  const layout = auxiliaryLayout(generators.length);
  const system = rowSystem(matrix);
  transcript.absorb(...limbsOfCommitment(commitmentOf(commitment)));
  const drawn = challengesTranscript(sponge, transcript);
  const pairs = Array.from({ length: pairCount(matrix.sizes.rows) }, () => pairOf(drawn.squeeze()));
  const [tau, lambda] = [drawn.squeeze(), drawn.squeeze()];

  const limbs = (w: bigint): Polynomial => limbsOfDigits(signedDigits(oddRepresentative(w)));
  const head = [instance.u, ...instance.x.map(fqValue)].map(limbsOfConstant);
  const [z, e] = [[...head, ...opening.w.map(limbs)], opening.e.map(limbs)];
  const identity = identityOf(system, pairs, z, e).map((s) => F.create(s));
  transcript.absorb(...identity);
  const theta = transcript.squeeze();
  yield;
  const weights = new RowWeights(new PlainSystem(sponge), system, pairs, theta);
  const rounds = rowsTranscript(sponge, transcript);
  const rows = yield* proveRows(engine, system, weights, z, e, evaluateAt(identity, theta), rounds);
  transcript.absorb(rounds.squeeze());
  yield;
  const end = add(GRUMPKIN_PARAMS, instance.c, startAtEnd(generators.length))!;
  const ofChain = chainTranscript(sponge, transcript);
  const tables = digitTables(generators);
  const chain = yield* proveChain(engine, layout, tables, end, { tau, lambda }, ofChain, vector, work);
  transcript.absorb(ofChain.squeeze());

  const leaves = engine.fr.decode(engine.fr.eqTable(engine.fr.encode(rows.point)));
  const sides = ([0, 1] as const).map((side) => weights.variables(leaves, side).slice(system.head));
  const values = opening.w.map((_, k) => evaluateAt(z[system.head + k]!, theta));
  const claims = [
    rows.proof.errors,
    ...sides.map((side) => F.create(side.reduce((sum, weight, k) => sum + weight * values[k]!, 0n))),
    ...CLAIMED.map((name) => chain.proof[name]),
  ];
  const ofScalars = [[...opening.w.map(() => 0n), ...weights.rows], ...sides];
  return {
    proof: { identity, ...rows.proof, chain: chain.proof },
    joined: {
      vector,
      claims,
      weights: (factors) => weightVector(engine, layout, factors, ofScalars, weights.powers, chain.point),
    },
  };
}

/** The claims' weights as one vector, each times its factor. */
function* weightVector(
  { fr }: Engine,
  layout: AuxiliaryLayout,
  factors: readonly bigint[],
  ofScalars: readonly (readonly bigint[])[],
  powers: readonly bigint[],
  point: readonly bigint[],
): Interruptible<Vec> {
  const out = zeros(2 ** layout.log);
  const width = 2 ** layout.rowLog;
  const combined = Array.from({ length: layout.scalars }, (_, i) =>
    F.create(ofScalars.reduce((sum, weights, k) => sum + factors[k]! * (weights[i] ?? 0n), 0n)),
  );
  const row = padded(fr.encode(combined), width);
  for (let kappa = 0; kappa < DIGITS; kappa++) {
    const { power, factor } = placeOfDigit(DIGITS - 1 - kappa);
    const place = F.mul(factor, power === 0 ? 1n : powers[power - 1]!);
    const at = rowOf('value', kappa) * width;
    fr.axpy(slice(out, at, at + width), fr.encode([place]), row);
  }
  yield;
  const length = columnLength(layout);
  const eq = fr.eqTable(fr.encode(point)).subarray(0, length * FIELD_BYTES);
  for (const [k, name] of CLAIMED.entries()) {
    const from = COLUMNS[name] * length;
    fr.axpy(slice(out, from, from + length), fr.encode([factors[ofScalars.length + k]!]), eq);
  }
  return out;
}
