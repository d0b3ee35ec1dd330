/**
 * The Merkle tree of a batch (protocol section 6): leaf k is the digest of item k's input and output, its root is carried
 * by every step of the chain, and an item's path shows that the proof of the root speaks of it.
 *
 * A tree has 16 children a node and 4 levels whatever the number of items, so that one circuit serves every batch; a
 * place without an item is 0. Leaves and nodes are hashed in domains of their own: none is ever taken for the other.
 */
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import { invariant } from '../errors.ts';

export const ARITY = 16;
export const LEVELS = 4;
/** The most items that one proof covers. */
export const MAX_ITEMS = ARITY ** LEVELS;

/** What the chain says of one item. */
export interface Item<E> {
  /** Digest of its input. */
  readonly hIn: E;
  /** Digest of its output. */
  readonly o: E;
  /** What it reveals; of the tensor machine, whose steps say it. */
  readonly k?: E;
}

/** From a leaf to the root: at each of the 4 levels all 16 children of the node above, the one on the way included. */
export type ItemPath<E> = readonly (readonly E[])[];

export function hashItem<E>(f: SpongeArithmetic<E>, { hIn, o, k }: Item<E>): E {
  return hash(f, 'batch-leaf', k === undefined ? [hIn, o] : [hIn, o, k]);
}

export function hashNode<E>(f: SpongeArithmetic<E>, children: readonly E[]): E {
  return hash(f, 'batch-node', children);
}

/** The whole tree over some items, in the order in which the chain proves them; 1 to 65,536. */
export class BatchTree {
  /** levels[0] are the leaves, each level padded with zeros to full nodes; the last is the root. */
  readonly #levels: readonly (readonly bigint[])[];
  readonly size: number;

  constructor(f: SpongeArithmetic<bigint>, items: readonly Item<bigint>[]) {
    invariant(items.length >= 1 && items.length <= MAX_ITEMS, `a batch of ${items.length} items`);
    this.size = items.length;
    const levels = [padded(items.map((item) => hashItem(f, item)))];
    for (let level = 1; level <= LEVELS; level++) {
      const below = levels[level - 1]!;
      const nodes = Array.from({ length: below.length / ARITY }, (_, k) =>
        hashNode(f, below.slice(k * ARITY, (k + 1) * ARITY)),
      );
      levels.push(level === LEVELS ? nodes : padded(nodes));
    }
    this.#levels = levels;
  }

  get root(): bigint {
    return this.#levels[LEVELS]![0]!;
  }

  /** Path of item `index`, counted from 0. */
  path(index: number): ItemPath<bigint> {
    invariant(index >= 0 && index < this.size, `item ${index} of ${this.size}`);
    return Array.from({ length: LEVELS }, (_, level) => {
      const node = Math.floor(index / ARITY ** (level + 1));
      return this.#levels[level]!.slice(node * ARITY, (node + 1) * ARITY);
    });
  }
}

/** The hash of a node's 16 children. */
export type NodeHash = (children: readonly bigint[]) => bigint;

/**
 * Node hashes for the paths of many items of one tree: children that were met before are compared, not hashed again, so that
 * all paths of a full tree cost a hash for every 15 items and not four for each.
 */
export function rememberedNodes(f: SpongeArithmetic<bigint>): NodeHash {
  const met = new Map<bigint, { readonly children: readonly bigint[]; readonly node: bigint }>();
  return (children) => {
    const known = met.get(children[0]!);
    if (known?.children.every((child, k) => child === children[k])) return known.node;
    const node = hashNode(f, children);
    met.set(children[0]!, { children, node });
    return node;
  };
}

/**
 * Is this the item at `index` of the tree with this root? The path is untrusted; anything malformed is false.
 * @param nodeHash `hashNode`, or one that remembers
 */
export function isItem(
  f: SpongeArithmetic<bigint>,
  root: bigint,
  index: number,
  item: Item<bigint>,
  path: ItemPath<bigint>,
  nodeHash: NodeHash = (children) => hashNode(f, children),
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_ITEMS || path.length !== LEVELS) return false;
  let node = hashItem(f, item);
  for (const [level, children] of path.entries()) {
    if (children.length !== ARITY || children[Math.floor(index / ARITY ** level) % ARITY] !== node) return false;
    node = nodeHash(children);
  }
  return node === root;
}

/** The path that a circuit is told where no item ends: of the all-zero item (`idleItem` in state.ts) in a tree of its own. */
export function idlePath(f: SpongeArithmetic<bigint>, item: Item<bigint>): ItemPath<bigint> {
  return new BatchTree(f, [item]).path(0);
}

function padded(nodes: readonly bigint[]): bigint[] {
  const full = Math.ceil(nodes.length / ARITY) * ARITY;
  return [...nodes, ...new Array<bigint>(full - nodes.length).fill(0n)];
}
