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
import { CYCLEFOLD_INPUTS } from './instance.ts';
import type { FoldedProof } from './proof.ts';
import { checkState } from './state.ts';
import type { StepSystem } from './step-system.ts';

/** Lengths, ranges and canonical encodings of everything that is not checked by arithmetic. */
export function checkShape(
  system: StepSystem,
  { statement, running, cycleFold, last, remaining, path }: FoldedProof,
): void {
  const { sizes } = system.matrix;
  const fail = (what: string, expected: string): never => {
    throw new FoldError('E_REJECTED', `The proof is malformed: ${what}.`, { expected });
  };
  const elements = (what: string, v: Uint8Array, n: number): void => {
    if (v.length !== n * FIELD_BYTES) fail(`${what} has ${v.length} bytes`, `${n * FIELD_BYTES} bytes`);
  };
  const { blocks } = system.layout;
  for (const [name, { cms, opening }] of [
    ['running', running],
    ['last', last],
  ] as const) {
    if (cms.length !== blocks.length || opening.length !== blocks.length)
      fail(`the ${name} instance has ${cms.length} commitments and ${opening.length} openings`, `${blocks.length}`);
    blocks.forEach((block, k) => {
      const part = (what: string): string => `${what} of the ${name} ${commitmentName(block.name)}`;
      const { bits, fields, blinding } = opening[k]!;
      elements(part('bits'), bits, block.bits ? sizes[block.bits.part] : 0);
      elements(part('fields'), fields, sizes[block.fields.part]);
      elements(part('blinding'), blinding, block.blinding.count);
    });
  }
  const inner = system.cycleFold.matrix.sizes;
  elements('CycleFold witness', cycleFold.w, inner.fields);
  elements('CycleFold error', cycleFold.e, inner.rows);
  elements('CycleFold blinding', cycleFold.blinding, 1);
  const pathOfBatch = statement.wires.root !== 0n && remaining.length === 0;
  if (path.length !== (pathOfBatch ? LEVELS : 0) || path.some((children) => children.length !== ARITY))
    fail(`a path of ${path.length} levels`, pathOfBatch ? `${LEVELS} levels of ${ARITY}` : 'none');
  const { claim } = running;
  if (claim.rho.length !== system.layout.rowLog)
    fail(`rho has ${claim.rho.length} coordinates`, `${system.layout.rowLog}`);
  const { wires, z0, z, m } = statement;
  for (const state of [z0, z]) checkState(system.step.state, state);
  const values = [claim.u, claim.x, ...claim.rho, claim.v, last.x, m];
  values.push(...path.flat(), ...Object.values(wires), ...z0, ...z, cycleFold.instance.u);
  if (!values.every((v) => v >= 0n && v < R)) fail('a value is not canonical', 'elements below r');
  const { x, u } = cycleFold.instance;
  if (x.length !== CYCLEFOLD_INPUTS) fail('CycleFold input length', `${CYCLEFOLD_INPUTS}`);
  const bounded = (v: bigint, bits: number): boolean => v >= 0n && v >> BigInt(bits) === 0n;
  if (!x.every(({ lo, hi }) => bounded(lo, LOW_BITS) && bounded(hi, HIGH_BITS)))
    fail('a limb is out of range', '136 and 118 bits');
  // two multipliers below 2^130 a step, fewer than 2^32 steps: the integer never wrapped
  if (!bounded(u, 163)) fail('CycleFold u is out of range', 'below 2^163');
}
