/**
 * Where one network of a batch ends, as a circuit (protocol section 6): the model chain is complete and the item is the
 * leaf of its number. The step circuit asks it before the next network begins, the wrap for the last item.
 *
 * Everything is masked by `active`: where no item ends the gadget works on zeros and the idle path, so that its part of
 * the witness is the same in all those steps and asserts nothing.
 */
import { type ConstraintSystem, multiply, sumOfProducts } from '../circuit/constraint-system.ts';
import { toBits } from '../circuit/gadgets/bits.ts';
import { ARITY, hashItem, hashNode, type Item, type ItemPath, LEVELS } from './batch-tree.ts';

/** Bits of a child's place in its node. */
const PLACE_BITS = Math.log2(ARITY);

/** Where `active` is 1, asserts that `item` is leaf `index` of the tree with this root. About 2,800 rows. */
export function checkItem<E>(
  cs: ConstraintSystem<E>,
  active: E,
  { root, index, item }: { readonly root: E; readonly index: E; readonly item: Item<E> },
  path: ItemPath<E>,
): void {
  const masked = (e: E): E => multiply(cs, active, e);
  const bits = toBits(cs, masked(index), PLACE_BITS * LEVELS);
  const { hIn, o, k } = item;
  let node = hashItem(cs, { hIn: masked(hIn), o: masked(o), ...(k !== undefined && { k: masked(k) }) });
  for (const [level, children] of path.entries()) {
    assertChild(cs, children, bits.slice(PLACE_BITS * level, PLACE_BITS * (level + 1)), node);
    node = hashNode(cs, children);
  }
  cs.row([active, cs.sub(node, root)]);
}

/** The variables of a path: advice, bound by `checkItem` where it is active. */
export function allocatePath<E>(cs: ConstraintSystem<E>, path: () => ItemPath<bigint>): ItemPath<E> {
  const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
  return range(LEVELS).map((level) => range(ARITY).map((k) => cs.field(() => path()[level]![k]!)));
}

/** Asserts that the child at the place written by four bits is `node`. Seven rows. */
function assertChild<E>(cs: ConstraintSystem<E>, children: readonly E[], place: readonly E[], node: E): void {
  const low = oneOfFour(cs, place[0]!, place[1]!);
  const high = oneOfFour(cs, place[2]!, place[3]!);
  const columns = high.map((_, i) =>
    sumOfProducts(
      cs,
      low.map((l, j) => [l, children[4 * i + j]!] as const),
    ),
  );
  cs.row(...high.map((h, i) => [h, columns[i]!] as const), [cs.sub(cs.constant(0n), cs.constant(1n)), node]);
}

/** Indicators of the values 0 to 3 of a two-bit number. One row. */
function oneOfFour<E>(cs: ConstraintSystem<E>, b0: E, b1: E): E[] {
  const both = multiply(cs, b0, b1);
  const none = cs.sub(cs.sub(cs.add(cs.constant(1n), both), b0), b1);
  return [none, cs.sub(b0, both), cs.sub(b1, both), both];
}
