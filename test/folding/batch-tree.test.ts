/** The tree of a batch against a recursive twin, the circuit's check against the native one, and everything tampered. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { hash, nativeSponge, type SpongeArithmetic } from '../../src/algebra/sponge.ts';
import {
  ARITY,
  BatchTree,
  hashItem,
  hashNode,
  type Item,
  type ItemPath,
  idlePath,
  isItem,
  LEVELS,
  MAX_ITEMS,
  rememberedNodes,
} from '../../src/folding/batch-tree.ts';
import { checkItem } from '../../src/folding/item-check.ts';
import { Gadget, replacing } from '../helpers/circuit.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { replaced } from '../helpers/mutate.ts';

const items = (n: number): Item<bigint>[] =>
  Array.from({ length: n }, (_, k) => ({ hIn: BigInt(7 * k), o: BigInt(k * k + 1) }));

describe('the tree of a batch', () => {
  let engine: Engine;
  let f: SpongeArithmetic<bigint>;
  beforeAll(async () => {
    engine = await createEngine();
    f = nativeSponge(engine);
  });

  /** The node over the leaves from `from` on, `level` levels above them; undefined subtrees are 0. */
  function twin(leaves: readonly bigint[], level: number, from = 0): bigint {
    if (from >= leaves.length) return 0n;
    if (level === 0) return leaves[from]!;
    const width = ARITY ** (level - 1);
    return hashNode(
      f,
      Array.from({ length: ARITY }, (_, k) => twin(leaves, level - 1, from + k * width)),
    );
  }

  it.each([1, 15, 16, 17, 255, 256, 257, 300])('of %i items has the root of its twin, and every item in it', (n) => {
    const list = items(n);
    const tree = new BatchTree(f, list);
    expect(tree.root).toBe(
      twin(
        list.map((item) => hashItem(f, item)),
        LEVELS,
      ),
    );
    for (const k of [0, n >> 1, n - 1]) expect(isItem(f, tree.root, k, list[k]!, tree.path(k))).toBe(true);
  });

  it('is shown to hold all its items by hashing each node once, and no other item for that', () => {
    const list = items(300);
    const tree = new BatchTree(f, list);
    let hashed = 0;
    const counting: SpongeArithmetic<bigint> = {
      ...f,
      permute: (state) => {
        if (state.length === ARITY + 1) hashed++;
        return f.permute(state);
      },
    };
    const nodeHash = rememberedNodes(counting);
    for (const [k, item] of list.entries()) expect(isItem(f, tree.root, k, item, tree.path(k), nodeHash)).toBe(true);
    expect(hashed).toBe(19 + 2 + 1 + 1);
    const path = tree.path(18);
    for (const [level, children] of path.entries())
      for (const [k, child] of children.entries()) {
        const changed = replaced(path, [level, k], child + 1n);
        expect(isItem(f, tree.root, 18, list[18]!, changed, nodeHash)).toBe(false);
        expect(isItem(f, tree.root, 18, list[18]!, path, nodeHash)).toBe(true);
      }
  });

  it('holds an item at its own number only, and no other item there', () => {
    const list = items(40);
    const tree = new BatchTree(f, list);
    const path = tree.path(18);
    for (const index of [17, 19, 2, 18 + 256, 18 + 65536, -1, 0.5]) {
      expect(isItem(f, tree.root, index, list[18]!, path)).toBe(false);
    }
    expect(isItem(f, tree.root, 18, { ...list[18]!, o: 0n }, path)).toBe(false);
    expect(isItem(f, tree.root, 18, { ...list[18]!, hIn: 0n }, path)).toBe(false);
    expect(isItem(f, tree.root + 1n, 18, list[18]!, path)).toBe(false);
    // a place without an item, and a node shown as an item
    expect(isItem(f, tree.root, 40, { hIn: 0n, o: 0n }, tree.path(39))).toBe(false);
    expect(isItem(f, tree.root, 0, list[0]!, tree.path(0).slice(1))).toBe(false);
    for (const [level, children] of path.entries())
      for (const [k, child] of children.entries())
        expect(isItem(f, tree.root, 18, list[18]!, replaced(path, [level, k], child + 1n))).toBe(false);
    expect(isItem(f, tree.root, 18, list[18]!, replaced(path, [0], path[0]!.slice(1)))).toBe(false);
    expect(isItem(f, tree.root, 18, list[18]!, [...path, path[0]!])).toBe(false);
  });

  it('is no tree of other numbers: of an index, of levels, of children', () => {
    const list = items(40);
    const tree = new BatchTree(f, list);
    const at = (index: number, of = 0): boolean => isItem(f, tree.root, index, list[of]!, tree.path(of));
    expect([at(0), at(MAX_ITEMS), at(-MAX_ITEMS), at(18, 18), at(18.5, 18)]).toEqual([true, false, false, true, false]);
    // as a prover would make them who chooses the root
    const path = tree.path(18);
    const top = (levels: ItemPath<bigint>): bigint => hashNode(f, levels.at(-1)!);
    expect(isItem(f, top(path), 18, list[18]!, path)).toBe(true);
    const lower = path.slice(0, -1);
    expect(isItem(f, top(lower), 18, list[18]!, lower)).toBe(false);
    const higher = [...path, [tree.root, ...new Array<bigint>(ARITY - 1).fill(0n)]];
    expect(isItem(f, top(higher), 18, list[18]!, higher)).toBe(false);
    const narrow = path.map((children) => children.slice(0, -1));
    for (let level = 1; level < LEVELS; level++)
      narrow[level] = narrow[level]!.with(level === 1 ? 1 : 0, hashNode(f, narrow[level - 1]!));
    expect(isItem(f, top(narrow), 18, list[18]!, narrow)).toBe(false);
  });

  it('has leaves of everything that a chain says of an item, what it reveals too', () => {
    const [hIn, o, k] = [3n, 4n, 5n];
    expect(hashItem(f, { hIn, o })).toBe(hash(f, 'batch-leaf', [hIn, o]));
    expect(hashItem(f, { hIn, o, k })).toBe(hash(f, 'batch-leaf', [hIn, o, k]));
  });

  it('has room for 1 to 65,536 items, and paths of those that it has', () => {
    // as many hashes as a full tree has are cheap by a permutation that is none
    const quick: SpongeArithmetic<bigint> = { ...f, permute: ([capacity, ...rest]) => [...rest, capacity!] };
    const made = (n: number) => new BatchTree(quick, new Array<Item<bigint>>(n).fill({ hIn: 1n, o: 2n }));
    for (const n of [0, MAX_ITEMS + 1]) expect(foldErrorOf(() => made(n)).code).toBe('E_BUG');
    const full = made(MAX_ITEMS);
    expect(full.path(MAX_ITEMS - 1)).toHaveLength(LEVELS);
    for (const tree of [full, made(20)])
      for (const index of [-1, tree.size]) expect(foldErrorOf(() => tree.path(index)).code).toBe('E_BUG');
  });

  describe('in a circuit', () => {
    interface Given {
      readonly active: bigint;
      readonly root: bigint;
      readonly index: bigint;
      readonly item: Item<bigint>;
      readonly path: ItemPath<bigint>;
    }
    const gadget = () =>
      new Gadget(engine, 'fr', 5 + LEVELS * ARITY, (cs, [active, root, index, hIn, o, ...children]) => {
        const path = Array.from({ length: LEVELS }, (_, level) => children.slice(level * ARITY, (level + 1) * ARITY));
        checkItem(cs, active!, { root: root!, index: index!, item: { hIn: hIn!, o: o! } }, path);
        return [];
      });
    const inputs = ({ active, root, index, item, path }: Given): bigint[] => [
      ...[active, root, index, item.hIn, item.o],
      ...path.flat(),
    ];

    it('is accepted where the native check accepts, and refused where it refuses', () => {
      const list = items(300);
      const tree = new BatchTree(f, list);
      const circuit = gadget();
      const refused = (given: Given): boolean => circuit.system.violation(circuit.run(inputs(given)).z) !== undefined;
      const element = fc.bigInt(0n, R - 1n);
      fc.assert(
        fc.property(
          fc.nat(299),
          fc.constantFrom('none', 'o', 'hIn', 'index', 'root', 'path'),
          element,
          fc.nat(63),
          (k, what, other, at) => {
            const item = { ...list[k]!, ...(what === 'o' || what === 'hIn' ? { [what]: other } : {}) };
            const index = what === 'index' ? Number(other % 65536n) : k;
            const root = what === 'root' ? other : tree.root;
            const honest = tree.path(k);
            const path = what === 'path' ? replaced(honest, [at >> 4, at & 15], other) : honest;
            const native = isItem(f, root, index, item, path);
            expect(refused({ active: 1n, root, index: BigInt(index), item, path })).toBe(!native);
          },
        ),
        { numRuns: 25 },
      );
    });

    it('refuses an index beyond the last place, whose low bits are those of an item', () => {
      const list = items(300);
      const tree = new BatchTree(f, list);
      const given = { active: 1n, root: tree.root, item: list[18]!, path: tree.path(18) };
      const circuit = gadget();
      circuit.accepted(inputs({ ...given, index: 18n }));
      for (const index of [18n + 65536n, 18n + 2n * 65536n, R - 65536n + 18n]) {
        const { z } = circuit.run(inputs({ ...given, index }), replacing({ bits0: 18n }));
        expect(circuit.system.violation(z), `${index}`).toBeDefined();
      }
    });

    it('asserts nothing on the idle path where it is not active', () => {
      const idle = {
        active: 0n,
        root: 5n,
        index: R - 1n,
        item: { hIn: 3n, o: 4n },
        path: idlePath(f, { hIn: 0n, o: 0n }),
      };
      const circuit = gadget();
      circuit.accepted(inputs(idle));
      const { z } = circuit.run(inputs({ ...idle, active: 1n, index: 0n, item: { hIn: 0n, o: 0n } }));
      expect(circuit.system.violation(z)).toBeDefined();
    });
  });
});
