/**
 * The shape of a folded proof: everything about it that no later arithmetic would notice. It is checked before any other
 * check, so that those may index and decode without care (protocol section 8).
 */
import { FIELD_BYTES } from '../algebra/engine.ts';
import { R } from '../algebra/params.ts';
import { HIGH_BITS, LOW_BITS } from '../circuit/gadgets/fq.ts';
import { FoldError } from '../errors.ts';
import { ARITY, LEVELS } from './batch-tree.ts';
import { commitmentName } from './blocks.ts';
import { CYCLEFOLD_INPUTS, cycleFoldBits } from './instance.ts';
import { checkPrefixShape } from './planned.ts';
import type { ChainClaim, CycleFoldOpening, FoldedProof } from './proof.ts';
import { checkState, startState } from './state.ts';
import type { StepSystem } from './step-system.ts';

/** @throws E_REJECTED for a proof of another shape */
export function checkShape(system: StepSystem, proof: FoldedProof): void {
  const { sizes } = system.matrix;
  const { blocks } = system.layout;
  checkClaimShape(system, proof);
  checkPrefixShape(system.step.state, proof);
  for (const [name, { opening }] of [
    ['running', proof.running],
    ['last', proof.last],
  ] as const) {
    if (opening.length !== blocks.length)
      malformed(`the ${name} instance has ${opening.length} openings`, `${blocks.length}`);
    blocks.forEach((block, k) => {
      const part = (what: string): string => `${what} of the ${name} ${commitmentName(block.name)}`;
      const { bits, fields, blinding } = opening[k]!;
      checkElements(part('bits'), bits, block.bits ? sizes[block.bits.part] : 0);
      checkElements(part('fields'), fields, sizes[block.fields.part]);
      checkElements(part('blinding'), blinding, block.blinding.count);
    });
  }
  checkCycleFoldShape(system, proof.cycleFold);
}

/** Lengths of what opens a CycleFold commitment. @throws E_REJECTED */
export function checkCycleFoldShape({ cycleFold: { matrix } }: StepSystem, { w, e, blinding }: CycleFoldOpening): void {
  checkElements('CycleFold witness', w, matrix.sizes.fields);
  checkElements('CycleFold error', e, matrix.sizes.rows);
  checkElements('CycleFold blinding', blinding, 1);
}

/** Lengths, ranges and canonical values of what is claimed. @throws E_REJECTED */
export function checkClaimShape(
  system: StepSystem,
  { statement, program, running, cycleFold, last, remaining, path }: ChainClaim,
): void {
  const { blocks } = system.layout;
  for (const [name, { cms }] of [
    ['running', running],
    ['last', last],
  ] as const) {
    if (cms.length !== blocks.length)
      malformed(`the ${name} instance has ${cms.length} commitments`, `${blocks.length}`);
  }
  const pathOfBatch = statement.wires.root !== 0n && remaining.length === 0;
  if (path.length !== (pathOfBatch ? LEVELS : 0) || path.some((children) => children.length !== ARITY))
    malformed(`a path of ${path.length} levels`, pathOfBatch ? `${LEVELS} levels of ${ARITY}` : 'none');
  const { claim } = running;
  if (claim.rho.length !== system.layout.rowLog)
    malformed(`rho has ${claim.rho.length} coordinates`, `${system.layout.rowLog}`);
  const { wires, z0, z, m } = statement;
  const { state } = system.step;
  checkState(state, z);
  const origin = startState(state, 0n, 0n).length;
  if (z0.length !== origin) malformed(`a first state of ${z0.length} elements`, `${origin}`);
  const machine = state.kind === 'machine';
  if (machine !== (program !== undefined))
    malformed(
      `it ${program ? 'opens' : 'does not open'} a program's digest`,
      machine ? 'its interface' : 'none of a network of layers',
    );
  const values = [claim.u, claim.x, ...claim.rho, claim.v, last.x, m];
  values.push(
    ...path.flat(),
    ...Object.values(wires),
    ...z0,
    ...z,
    ...Object.values(program ?? {}),
    cycleFold.instance.u,
  );
  if (!values.every((v) => v >= 0n && v < R)) malformed('a value is not canonical', 'elements below r');
  const { x, u } = cycleFold.instance;
  if (x.length !== CYCLEFOLD_INPUTS) malformed('CycleFold input length', `${CYCLEFOLD_INPUTS}`);
  // a negative number stays one, however far it is shifted
  const bounded = (v: bigint, bits: number): boolean => v >> BigInt(bits) === 0n;
  if (!x.every(({ lo, hi }) => bounded(lo, LOW_BITS) && bounded(hi, HIGH_BITS)))
    malformed('a limb is out of range', '136 and 118 bits');
  // the integer never wrapped
  const bits = cycleFoldBits(blocks.length);
  if (!bounded(u, bits)) malformed('CycleFold u is out of range', `below 2^${bits}`);
}

function malformed(what: string, expected: string): never {
  throw new FoldError('E_REJECTED', `The proof is malformed: ${what}.`, { expected });
}

function checkElements(what: string, v: Uint8Array, n: number): void {
  if (v.length !== n * FIELD_BYTES) malformed(`${what} has ${v.length} bytes`, `${n * FIELD_BYTES} bytes`);
}
