/**
 * One item of a batch and the proof of all: what is shown of it, and how a reader checks that the proof covers it. The
 * proof is verified apart (`verify`, `verifyFinalRun`), once for any number of items.
 */
import { plainSponge, type SpongeArithmetic } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { NodeHash } from '../folding/batch-tree.ts';
import { checkMember, openModelDigest, type ProvenBatch } from '../folding/member.ts';
import type { Member } from '../store/member-file.ts';
import type { RunOutput } from '../store/run-data.ts';
import type { RunItem } from './items.ts';
import { dataSpecOf, type ProvableModel } from './model.ts';
import type { ProvedBatch } from './prove.ts';
import { checkInput, checkOutput, checkRevealed, revealedClass } from './proven-data.ts';
import { shownInput, shownOutput } from './shown-data.ts';
import type { DataSpec } from './specs.ts';

/**
 * Item `index` of a batch (from 0, as given to `proveBatch`) as a member that can be shown alone. Input and output are in
 * it where they are public (salt 0).
 */
export function memberOf(
  { proof, tree }: Pick<ProvedBatch, 'proof' | 'tree'>,
  index: number,
  { input, output, salts, digests }: RunItem,
  model: ProvableModel,
): Member {
  invariant(proof.statement.wires.root === tree.root, 'the tree of this proof');
  return {
    ...{ root: tree.root, index, item: digests, path: tree.path(index) },
    model: openModelDigest(plainSponge, proof),
    ...(salts.input === 0n && { input: shownInput(input) }),
    ...(salts.output === 0n && { output: shownOutput(dataSpecOf(model), output) }),
  };
}

/** Of `verifyMember`. */
export interface VerifyMemberOptions {
  /** The step plan of the proof: with it the data that stand in the member are checked against its digests. */
  readonly step?: DataSpec | undefined;
  readonly on?: EventListener | undefined;
  /** What hashes, for many members of one batch; by default slowly, without an engine. */
  readonly hashes?: { readonly sponge: SpongeArithmetic<bigint>; readonly nodeHash: NodeHash } | undefined;
}

/** What is shown of an item of a proven batch. */
export interface VerifiedMember {
  readonly index: number;
  /** Items that the proof covers. */
  readonly items: number;
  /** Logits, values and class, when they are in the member and were checked. */
  readonly output: RunOutput | undefined;
  /** That of the output, or the one that a program reveals. */
  readonly class: number | undefined;
  /** Whether the input is in the member and was checked. */
  readonly inputChecked: boolean;
}

/**
 * Verifies that a proven batch has this member: that the model digest is of networks of so many steps, that the item lies
 * under the proof's root at an index that the steps have reached, and that the data in the member are those of its digests.
 * @param proven the statement of a final proof, or `provenBatch` of a folded one
 * @throws E_REJECTED naming the check that fails: canonical, model, root, index, path, output, input
 */
export function verifyMember(proven: ProvenBatch, member: Member, options: VerifyMemberOptions = {}): VerifiedMember {
  const { step, on, hashes } = options;
  const sponge = hashes?.sponge ?? plainSponge;
  const passed = (name: string): void => on?.({ type: 'check', name });
  checkMember(sponge, proven, member, passed, hashes?.nodeHash);
  const { item, input, output } = member;
  const shown = step && revealedClass(step, item.k ?? 0n);
  if (step && output) {
    checkOutput(step, output, 0n, item.o, sponge);
    checkRevealed(output, shown);
    passed('output');
  }
  if (step && input) {
    checkInput(step, input, 0n, item.hIn, sponge);
    passed('input');
  }
  return {
    index: member.index,
    items: Number(proven.steps / member.model.stepsPerNetwork),
    output: step && output,
    class: (step && output?.class) ?? shown,
    inputChecked: step !== undefined && input !== undefined,
  };
}
