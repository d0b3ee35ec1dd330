/**
 * One item of a proven batch, shown alone: its digests, its path to the root, and the opening of the model digest D that
 * says how many steps a network has. Nothing else of the batch is needed, and nothing of the other items is told.
 *
 * The steps per network L are part of the claim: n steps ran n / L networks, and a prover who may choose L smaller could
 * call leaves proven that no network ever reached. D = H(pp, L, m_L) fixes L, so that who trusts D need not know L.
 */

import { R } from '../algebra/params.ts';
import type { SpongeArithmetic } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import { hex } from '../units.ts';
import { type Item, type ItemPath, isItem, type NodeHash } from './batch-tree.ts';
import { MODEL } from './blocks.ts';
import { completeModelChain, hashModelOf } from './hashes.ts';
import type { FoldedProof } from './proof.ts';
import type { Proven } from './proven.ts';

/** What a verified proof says of a batch: `provenBatch` of a folded one, the statement of a final one. */
export type ProvenBatch = Proven<{
  readonly modelDigest: bigint;
  /** n, over all networks. */
  readonly steps: bigint;
  readonly root: bigint;
}>;

/** What D is the hash of. */
export interface ModelOpening {
  /** pp. */
  readonly parameters: bigint;
  /** L. */
  readonly stepsPerNetwork: bigint;
  /** m_L, the model chain over all steps of a network. */
  readonly chain: bigint;
  /** I, of a machine's program. */
  readonly interfaceDigest?: bigint;
}

/** An item of a batch, with what shows that a proof covers it. */
export interface BatchMember {
  readonly root: bigint;
  /** Counted from 0, in the order in which the items were proven. */
  readonly index: number;
  readonly item: Item<bigint>;
  readonly path: ItemPath<bigint>;
  readonly model: ModelOpening;
}

/** The checks in their order. */
export type MemberCheck = 'canonical' | 'model' | 'root' | 'index' | 'path';

/** Of a folded proof. */
export function provenBatch({ statement: { wires, steps } }: Proven<FoldedProof>): ProvenBatch {
  return { modelDigest: wires.modelDigest, steps: BigInt(steps), root: wires.root } as ProvenBatch;
}

/** The opening of a folded proof's model digest. */
export function openModelDigest(
  f: SpongeArithmetic<bigint>,
  { statement, program, last, remaining }: FoldedProof,
): ModelOpening {
  const { pp, stepsPerNetwork } = statement.wires;
  return {
    parameters: pp,
    stepsPerNetwork,
    chain: completeModelChain(f, statement.m, [last.cms[MODEL]!, ...remaining]),
    ...(program && { interfaceDigest: program.interfaceDigest }),
  };
}

/**
 * Checks that what is proven covers this item; `passed` hears of each check.
 * @param nodeHash of the tree's nodes; one that remembers serves many items
 * @throws E_REJECTED naming the first check that fails
 */
export function checkMember(
  f: SpongeArithmetic<bigint>,
  proven: ProvenBatch,
  { root, index, item, path, model }: BatchMember,
  passed: (check: MemberCheck) => void = () => {},
  nodeHash?: NodeHash,
): void {
  const { parameters, stepsPerNetwork, chain, interfaceDigest } = model;
  const check = (name: MemberCheck, holds: boolean, expected: string, got: string): void => {
    if (!holds)
      throw new FoldError('E_REJECTED', `The item is not of this batch: check '${name}' failed.`, { expected, got });
    passed(name);
  };
  const values = [root, item.hIn, item.o, item.k ?? 0n, ...path.flat()];
  values.push(parameters, stepsPerNetwork, chain, interfaceDigest ?? 0n);
  const canonical = values.every((v) => v >= 0n && v < R);
  check('canonical', canonical, 'elements of the field, from 0 to r - 1', 'a larger one');
  const digest = hashModelOf(f, parameters, stepsPerNetwork, chain, interfaceDigest);
  const opened = digest === proven.modelDigest && stepsPerNetwork > 0n;
  check('model', opened, `model digest ${hex(proven.modelDigest)}`, hex(digest));
  check('root', root !== 0n && root === proven.root, `root ${hex(proven.root)}`, hex(root));
  const items = proven.steps / stepsPerNetwork;
  const reached = Number.isInteger(index) && BigInt(index) < items;
  check('index', reached, `a whole index below ${items}, the items that are proven`, `${index}`);
  check('path', isItem(f, root, index, item, path, nodeHash), 'a path from the item to the root', 'another one');
}
