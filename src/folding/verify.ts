/**
 * Verifies a folded proof natively (protocol section 8). The verifier rebuilds the step system with its own code; the
 * proof is parsed and bounded before any arithmetic, and every failure names the check that failed.
 */
import { concat } from '../algebra/concat.ts';
import { isOnCurve } from '../algebra/curve.ts';
import { type Engine, FIELD_BYTES, type Scalars, type Vec } from '../algebra/engine.ts';
import { field } from '../algebra/field.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { firstNonZero } from '../circuit/check.ts';
import { fqValue } from '../circuit/gadgets/fq.ts';
import { FoldError } from '../errors.ts';
import { isItem } from './batch-tree.ts';
import { commitmentName, MODEL } from './blocks.ts';
import { blindingRange, commitRanges } from './commit.ts';
import { completeModelChain, hashLink, hashModel } from './hashes.ts';
import { commitmentOf, type Running } from './instance.ts';
import { type RowRange, rowShape } from './layout.ts';
import { type BlockOpening, type FoldedProof, itemsBegun, type PrimaryOpening } from './proof.ts';
import { checkShape } from './proof-shape.ts';
import { isStart, itemOfState } from './state.ts';
import type { StepSystem } from './step-system.ts';

/** The checks in the order in which they are made. */
export const CHECKS = [
  'shape',
  'parameters',
  'steps',
  'start',
  'points',
  'chain-hash',
  'model',
  'item',
  'last-commitments',
  'last-rows',
  'running-commitments',
  'running-rows',
  'cyclefold-commitment',
  'cyclefold-rows',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** Throws E_REJECTED naming the first check that fails; `onCheck` hears of every check that holds. */
export function verifyFolded(
  engine: Engine,
  system: StepSystem,
  proof: FoldedProof,
  onCheck: (name: CheckName) => void = () => {},
): void {
  const sponge = nativeSponge(engine);
  const { statement, running, last } = proof;
  const { wires, steps, z0, z } = statement;
  const check = (name: CheckName, holds: boolean, expected: string): void => {
    if (!holds) throw rejected(name, expected);
  };

  checkShape(system, proof);
  onCheck('shape');

  check('parameters', wires.pp === system.pp, 'the parameter digest of this plan, circuit and commitment key');
  onCheck('parameters');

  const perNetwork = Number(wires.stepsPerNetwork);
  const inRange = [steps, perNetwork].every((n) => Number.isSafeInteger(n) && n >= 1 && n < 2 ** 32);
  check('steps', inRange, '1 <= steps < 2^32, and so for the steps per network');
  const items = itemsBegun(steps, wires.stepsPerNetwork);
  const total = steps + proof.remaining.length;
  check('steps', total === items * perNetwork, 'steps + remaining = a whole number of networks');
  check('steps', items === 1 || wires.root !== 0n, 'one network, or the root of a batch');
  onCheck('steps');

  check('start', isStart(system.step.state, z0), 'the state before the first step: the digest of an input, and zeros');
  onCheck('start');

  const points: [Affine, CurveParams][] = [
    ...[...running.cms, ...last.cms, ...proof.remaining].map((p): [Affine, CurveParams] => [p, G1_PARAMS]),
    [proof.cycleFold.instance.c, GRUMPKIN_PARAMS],
  ];
  check(
    'points',
    points.every(([p, curve]) => isOnCurve(curve, p)),
    'canonical points on their curves',
  );
  onCheck('points');

  const instances: Running<bigint> = {
    U: { ...running.claim, cms: running.cms.map(commitmentOf) },
    cycleFold: proof.cycleFold.instance,
  };
  const x = hashLink(sponge, { ...wires, i: BigInt(steps), z0, z, m: statement.m, ...instances });
  check(
    'chain-hash',
    x === last.x,
    'the public input of the last instance hashes the statement and the running instances',
  );
  onCheck('chain-hash');

  const m = completeModelChain(sponge, statement.m, [last.cms[MODEL]!, ...proof.remaining]);
  check(
    'model',
    hashModel(sponge, wires.pp, wires.stepsPerNetwork, m) === wires.modelDigest,
    'the model digest of the committed steps',
  );
  onCheck('model');

  // the items before the last were checked in the chain, the last one when its network is complete
  if (wires.root !== 0n && proof.remaining.length === 0) {
    const item = itemOfState(system.step.state, z);
    check('item', isItem(sponge, wires.root, items - 1, item, proof.path), 'the last item is in the tree of the batch');
    onCheck('item');
  }

  checkFresh(engine, system, proof, onCheck);
  checkRunning(engine, system, proof, onCheck);
  checkCycleFold(engine, system, proof, onCheck);
}

function rejected(name: CheckName, expected: string): FoldError {
  return new FoldError('E_REJECTED', `The proof is false: check '${name}' failed.`, {
    expected,
    got: 'something else',
  });
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
function checkCycleFold(
  engine: Engine,
  { cycleFold: circuit }: StepSystem,
  { cycleFold }: FoldedProof,
  onCheck: (name: CheckName) => void,
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
  if (!equalBytes(circuit.errors({ z }), e)) throw rejected('cyclefold-rows', 'Q(z) equals the committed error');
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

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}
