/**
 * Inputs made ready for proving: the integer run of each comes first, and with it the two digests that the proof speaks
 * of (protocol section 6). In a batch the digests of all items are the leaves of one tree, fixed before folding.
 */
import { nativeSponge } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import { BatchTree, type Item, MAX_ITEMS } from '../folding/batch-tree.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import { dataSpecOf, runModel } from './model.ts';
import type { PlannedModel } from './plan.ts';
import { PUBLIC, type RunSalts } from './salts.ts';
import { inputDigest, outputDigest } from './statement.ts';

/** An input of a run, with the output and the digests that follow from it. */
export interface RunItem {
  readonly input: Tensor;
  /** The integer run's logits, values and class. */
  readonly output: IntegerResult;
  readonly salts: RunSalts;
  readonly digests: Item<bigint>;
}

/**
 * Runs the network in integers on one input.
 * @param salts what hides private data; by default everything is public
 * @throws E_INPUT for a wrong length, E_RANGE for an activation outside its range
 */
export function runItem(planned: PlannedModel, input: Tensor, salts: RunSalts = PUBLIC): RunItem {
  return itemOf(planned, input, runModel(planned.model, input), salts);
}

/** The same of an integer run that was made already. */
export function itemOf(
  { model, engine }: PlannedModel,
  input: Tensor,
  output: IntegerResult,
  salts: RunSalts,
): RunItem {
  const data = dataSpecOf(model);
  const sponge = nativeSponge(engine);
  const hIn = inputDigest(data, input, salts.input, sponge);
  const o = outputDigest(data, output.logits, salts.output, sponge);
  return { input, output, salts, digests: { hIn, o, ...(output.k !== undefined && { k: BigInt(output.k) }) } };
}

/**
 * The tree over the items of a batch, in the order in which they are proven.
 * @throws E_INPUT for no item, for more than 65,536, or for items that hide the model under different salts
 */
export function treeOf({ engine }: PlannedModel, items: readonly RunItem[]): BatchTree {
  if (items.length === 0 || items.length > MAX_ITEMS)
    throw new FoldError('E_INPUT', 'One proof cannot cover these inputs.', {
      expected: `1 to ${MAX_ITEMS} inputs`,
      got: `${items.length}`,
      hint: 'Prove them as several batches.',
    });
  if (items.some(({ salts }) => salts.model !== items[0]!.salts.model))
    throw new FoldError('E_INPUT', 'The items of a batch have different model salts.', { expected: 'one salt' });
  return new BatchTree(
    nativeSponge(engine),
    items.map(({ digests }) => digests),
  );
}
