/**
 * Operands of rows at the point where a Spartan proof ends (protocol section 9.2): every variable replaced by its eq value times the
 * extension of its vector.
 */
import { R } from '../../algebra/params.ts';
import { type ConstraintSystem, multiply } from '../../circuit/constraint-system.ts';
import { invariant } from '../../errors.ts';
import { EqTree, scaledZero } from './eq.ts';
import type { SpartanSystem } from './products.ts';
import type { SpartanClaim } from './proof.ts';

/** Where a variable's value stands. */
interface Place<E> {
  readonly tree: EqTree<E>;
  readonly at: number;
  /** It is a bit: neighbours may be packed. */
  readonly bit: boolean;
}

/** z replaced by something linear in what is known of it at the second point. */
export interface Assignment<E> {
  readonly u: E;
  /** The second point. */
  readonly point: readonly E[];
  /**
   * Of the variable v of z, or of all v + (a sum of some of `free`) together but for the factors of these coordinates: the eq value over the
   * others.
   * @param free distinct powers of two; v's place in its block has zeros at their bits
   */
  place(v: number, free: readonly number[]): Place<E>;
}

interface OperandTerm {
  readonly variable: number;
  readonly coefficient: bigint;
}

/** Blocks of at least 2^2 bits are worth a multiplication of their own. */
const SMALLEST_BLOCK = 2;

/** An operand's terms; neighbouring bits whose coefficients double are taken in aligned blocks. */
export function packed<E>(
  z: Assignment<E>,
  terms: readonly OperandTerm[],
  free: readonly number[],
): (readonly [bigint, E])[] {
  const places = terms.map(({ variable }) => z.place(variable, free));
  const out: (readonly [bigint, E])[] = [];
  for (let k = 0; k < terms.length; ) {
    const { tree, at, bit } = places[k]!;
    let run = 1;
    const goesOn = (): boolean => {
      const next = places[k + run];
      return (
        next?.bit === true &&
        next.tree === tree &&
        next.at === at + run &&
        terms[k + run]!.coefficient === (2n * terms[k + run - 1]!.coefficient) % R
      );
    };
    while (bit && goesOn()) run++;
    const t = bit ? Math.min(trailingZeros(at), 31 - Math.clz32(run)) : 0;
    const block = t >= SMALLEST_BLOCK;
    out.push([terms[k]!.coefficient, block ? tree.packed(at, t) : tree.leaf(at)]);
    k += block ? 2 ** t : 1;
  }
  return out;
}

/** 32 for 0. */
function trailingZeros(n: number): number {
  return n === 0 ? 32 : 31 - Math.clz32(n & -n);
}

export interface Values<E> extends Assignment<E> {
  /**
   * Each block's eq values, times its claim and what its extension takes twice (weights and vector) from coordinates beyond its length.
   */
  readonly blocks: readonly EqTree<E>[];
}

/**
 * At the end of the second sum-check the claim is a sum over the vectors of weight extension times vector
 * extension. A weight's extension is sum_y weight(y) eq(ry, y), so with z(y) = eq(ry, y) * (extension of y's vector) it
 * is the same sum over operands as at any z: the vectors' extensions are the roots of the eq trees.
 */
export function valuesAt<E>(
  cs: ConstraintSystem<E>,
  { matrix, layout }: Pick<SpartanSystem, 'matrix' | 'layout'>,
  { u, x }: SpartanClaim<E>,
  ry: readonly E[],
  claims: readonly E[],
): Values<E> {
  const root = (value: E, log: number): E => twiceZero(cs, value, ry.slice(log));
  const roots = layout.blocks.map(({ log }, k) => root(claims[k]!, log));
  const head = new EqTree(cs, root(cs.add(u, multiply(cs, ry[0]!, cs.sub(x, u))), 1), ry.slice(0, 1));
  /** The parts of z in their order: first variable, block and place in it; the head is no block. */
  const parts = [{ from: 0, block: -1, at: 0, bit: false }];
  for (const [block, { bits, fields }] of layout.blocks.entries()) {
    if (bits) parts.push({ from: matrix.offsets[bits.part], block, at: 0, bit: true });
    parts.push({ from: matrix.offsets[fields.part], block, at: fields.at, bit: false });
  }
  const trees = new Map<string, EqTree<E>>();
  const treeOf = (block: number, free: readonly number[]): EqTree<E> => {
    const name = `${block}:${free.join()}`;
    let tree = trees.get(name);
    if (!tree) {
      const coordinates = ry.slice(0, layout.blocks[block]!.log).filter((_, j) => !free.includes(2 ** j));
      tree = new EqTree(cs, roots[block]!, coordinates);
      trees.set(name, tree);
    }
    return tree;
  };
  return {
    u: head.leaf(0),
    point: ry,
    blocks: roots.map((_, block) => treeOf(block, [])),
    place: (v, free) => {
      const { from, block, at, bit } = parts.findLast((part) => part.from <= v)!;
      const inBlock = v - from + at;
      if (block < 0) return { tree: head, at: inBlock, bit };
      return {
        tree: treeOf(
          block,
          free.toSorted((a, b) => a - b),
        ),
        at: without(inBlock, free),
        bit,
      };
    },
  };
}

/** The index without the bits of `free`, which are zero in it. */
function without(index: number, free: readonly number[]): number {
  return free
    .toSorted((a, b) => b - a)
    .reduce((rest, stride) => {
      invariant(Math.floor(rest / stride) % 2 === 0, 'a replicated variable is not aligned to its strides');
      return Math.floor(rest / (2 * stride)) * stride + (rest % stride);
    }, index);
}

/** value times all zero coordinates, twice: once of the vector, once of the weights. */
export function twiceZero<E>(cs: ConstraintSystem<E>, value: E, coordinates: readonly E[]): E {
  return scaledZero(cs, scaledZero(cs, value, coordinates), coordinates);
}
