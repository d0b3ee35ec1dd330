/**
 * Verifies a folded proof natively (protocol section 8). The verifier rebuilds the step system with its own code; the
 * proof is parsed and bounded before any arithmetic, and every failure names the check that failed.
 */

import { concat } from '../algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Scalars, type Vec } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, Q, R } from '../algebra/params.ts';
import { sameBytes } from '../algebra/same-bytes.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { firstNonZero } from '../circuit/check.ts';
import { fqValue } from '../circuit/gadgets/fq.ts';
import { commitmentName } from './blocks.ts';
import { blindingRange, commitRanges } from './commit.ts';
import { type RowRange, rowShape } from './layout.ts';
import { type PrefixCheck, verifyPrefixMemory } from './planned.ts';
import type { BlockOpening, FoldedProof, PrimaryOpening } from './proof.ts';
import { checkShape } from './proof-shape.ts';
import type { Proven } from './proven.ts';
import type { StepSystem } from './step-system.ts';
import { CLAIM_CHECKS, rejected, verifyClaim } from './verify-claim.ts';

/** The checks in the order in which they are made. */
export const CHECKS = [
  'shape',
  ...CLAIM_CHECKS,
  'last-commitments',
  'last-rows',
  'running-commitments',
  'running-rows',
  'cyclefold-commitment',
  'cyclefold-rows',
] as const;
/** Checks of every proof, and of a checkpoint that opens a machine's memory. */
export type CheckName = (typeof CHECKS)[number] | PrefixCheck;

/** Throws E_REJECTED naming the first check that fails; `onCheck` hears of every check that holds. */
export function verifyFolded(
  engine: Engine,
  system: StepSystem,
  proof: FoldedProof,
  onCheck: (name: CheckName) => void = () => {},
): Proven<FoldedProof> {
  checkShape(system, proof);
  onCheck('shape');

  verifyClaim(engine, system, proof, onCheck);
  verifyPrefixMemory(nativeSponge(engine), system.step.state, proof, onCheck);
  checkFresh(engine, system, proof, onCheck);
  checkRunning(engine, system, proof, onCheck);
  checkCycleFold(engine, system, proof.cycleFold, onCheck);
  return proof as Proven<FoldedProof>;
}

/** u = 1, Q = 0, and the commitments open to it. */
function checkFresh(
  engine: Engine,
  system: StepSystem,
  { last }: FoldedProof,
  onCheck: (name: CheckName) => void,
): void {
  const opened = open(engine, last.opening);
  const z = zOf(engine, [1n, last.x], opened);
  const bits = last.opening.map((block) =>
    Uint8Array.from({ length: block.bits.length / FIELD_BYTES }, (_, k) => block.bits[k * FIELD_BYTES]!),
  );
  const one = engine.fr.encode([1n]);
  const areBits = opened.every((block) => firstNonZero(engine.fr.bitRows(block.bits, one)) === undefined);
  if (!areBits) throw rejected('last-rows', 'every entry of the bit block is 0 or 1');
  checkCommitments(engine, system, 'last-commitments', last.cms, opened, (k) => ({ kind: 'bits', bits: bits[k]! }));
  onCheck('last-commitments');
  const forms = system.rows.forms(z);
  const violated = firstNonZero(concat([system.rows.quadratic(z, forms), system.rows.boxes(z, forms)]));
  if (violated) throw rejected('last-rows', `row ${violated.index} of the last instance is zero`);
  onCheck('last-rows');
}

/** <eq(rho), Q(z)> = v, with Q(z) = u^3 q(z) for quadratic rows, bit rows first, and the commitments open to z. */
function checkRunning(
  engine: Engine,
  system: StepSystem,
  { running }: FoldedProof,
  onCheck: (name: CheckName) => void,
): void {
  const { fr } = engine;
  const opened = open(engine, running.opening);
  const full = (k: number): Scalars => ({ kind: 'full', values: opened[k]!.bits });
  checkCommitments(engine, system, 'running-commitments', running.cms, opened, full);
  onCheck('running-commitments');
  const { u, x, rho, v } = running.claim;
  const z = zOf(engine, [u, x], opened);
  const forms = system.rows.forms(z);
  const shape = rowShape(system.layout, system.matrix);
  const weights = fr.eqTable(fr.encode(rho));
  const weighted = (rows: Vec, { row }: RowRange): bigint => {
    const from = row * FIELD_BYTES;
    return fr.decode(fr.dot(weights.subarray(from, from + rows.length), rows))[0]!;
  };
  const quadratic = shape.bits.map((range) => {
    const bits = z.subarray(range.variable * FIELD_BYTES, (range.variable + range.count) * FIELD_BYTES);
    return weighted(fr.bitRows(bits, fr.encode([u])), range);
  });
  quadratic.push(weighted(system.rows.quadratic(z, forms), shape.quadratic));
  const boxes = weighted(system.rows.boxes(z, forms), shape.boxes);
  const sum = field(R).create(u ** 3n * quadratic.reduce((s, part) => s + part, 0n) + boxes);
  if (sum !== v) throw rejected('running-rows', 'the rows of the running instance sum to its error claim');
  onCheck('running-rows');
}

/** The relaxed relation Q(z) = e with its commitment recomputed. */
export function checkCycleFold(
  engine: Engine,
  { cycleFold: circuit }: StepSystem,
  cycleFold: FoldedProof['cycleFold'],
  onCheck: (name: 'cyclefold-commitment' | 'cyclefold-rows') => void,
): void {
  const { fq } = engine;
  const { instance } = cycleFold;
  const inputs = [instance.u % Q, ...instance.x.map((limbs) => fqValue(limbs) % Q)];
  const z = concat([fq.encode(inputs), fq.fromCanonical(cycleFold.w)]);
  const e = fq.fromCanonical(cycleFold.e);
  const c = circuit.commit({ z, e, blinding: fq.fromCanonical(cycleFold.blinding) });
  if (c.x !== instance.c.x || c.y !== instance.c.y)
    throw rejected('cyclefold-commitment', 'the commitment of the CycleFold witness');
  onCheck('cyclefold-commitment');
  if (!sameBytes(circuit.errors({ z }), e)) throw rejected('cyclefold-rows', 'Q(z) equals the committed error');
  onCheck('cyclefold-rows');
}

type Opened = readonly { readonly [part in keyof BlockOpening]: Vec }[];

/** Internal form of an opening; throws E_FORMAT on a non-canonical element. */
function open({ fr }: Engine, opening: PrimaryOpening): Opened {
  return opening.map(({ bits, fields, blinding }) => ({
    bits: fr.fromCanonical(bits),
    fields: fr.fromCanonical(fields),
    blinding: fr.fromCanonical(blinding),
  }));
}

function zOf({ fr }: Engine, head: readonly bigint[], opened: Opened): Vec {
  return concat([fr.encode(head), ...opened.flatMap(({ bits, fields }) => [bits, fields])]);
}

/** @param bits of block k, as scalars */
function checkCommitments(
  engine: Engine,
  { layout, key }: StepSystem,
  check: CheckName,
  claimed: readonly Affine[],
  opened: Opened,
  bits: (k: number) => Scalars,
): void {
  layout.blocks.forEach((block, k) => {
    const { fields, blinding } = opened[k]!;
    const point = commitRanges(engine, key, [
      ...(block.bits ? [{ at: 0, scalars: bits(k) }] : []),
      { at: block.fields.at, scalars: { kind: 'full', values: fields } },
      blindingRange(block, blinding),
    ]);
    const cm = claimed[k]!;
    if (point?.x !== cm.x || point.y !== cm.y)
      throw rejected(check, `${commitmentName(block.name)} commits to the opening of block ${block.name}`);
  });
}
