/** An item shown alone: every word of it changed, an index that no step reached, and another number of steps per network. */
import { describe, expect, it } from 'vitest';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { BatchTree } from '../../src/folding/batch-tree.ts';
import { completeModelChain, hashModel } from '../../src/folding/hashes.ts';
import { type BatchMember, checkMember, openModelDigest, type ProvenBatch } from '../../src/folding/member.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { integersOf, replaced } from '../helpers/mutate.ts';

const STEPS = 4n;
const items = Array.from({ length: 20 }, (_, k) => ({ hIn: BigInt(100 + k), o: BigInt(200 + k) }));
const tree = new BatchTree(plainSponge, items);
const model = { parameters: 11n, stepsPerNetwork: STEPS, chain: 13n };
/** 18 of the 20 leaves are proven. */
const proven = {
  modelDigest: hashModel(plainSponge, model.parameters, STEPS, model.chain),
  steps: 18n * STEPS,
  root: tree.root,
} as ProvenBatch;
const member = (index: number): BatchMember => ({
  ...{ root: tree.root, index, item: items[index]!, path: tree.path(index), model },
});

const checksOf = (p: ProvenBatch, m: BatchMember): string[] => {
  const names: string[] = [];
  checkMember(plainSponge, p, m, (name) => names.push(name));
  return names;
};
function refused(m: Partial<BatchMember>, check: string, p: Partial<ProvenBatch> = {}): void {
  const error = foldErrorOf(() => checkMember(plainSponge, { ...proven, ...p }, { ...member(17), ...m }));
  expect(error.code).toBe('E_REJECTED');
  expect(error.message).toContain(`'${check}'`);
}
const pathWith = (level: number, k: number, change: (w: bigint) => bigint) =>
  member(17).path.map((children, l) => children.map((w, i) => (l === level && i === k ? change(w) : w)));

describe('the opening of a model digest', () => {
  const wires = { pp: 11n, stepsPerNetwork: 2n, modelDigest: 0n, root: 0n };
  const { generator } = G1_PARAMS;
  /** Of all that a proof is what the digest follows from. */
  const proof = {
    statement: { wires, m: 5n },
    last: { cms: [generator] },
    remaining: [generator],
  } as unknown as FoldedProof;
  const chain = completeModelChain(plainSponge, 5n, [generator, generator]);

  it('is that of layers, or of a program with its interface', () => {
    expect(openModelDigest(plainSponge, proof)).toEqual({ parameters: 11n, stepsPerNetwork: 2n, chain });
    const program = { interfaceDigest: 7n, planned: 0n };
    const opened = openModelDigest(plainSponge, { ...proof, program });
    expect(opened).toEqual({ parameters: 11n, stepsPerNetwork: 2n, chain, interfaceDigest: 7n });
  });
});

describe('an item of a proven batch', () => {
  it('is accepted wherever a step has reached it', () => {
    for (const index of [0, 1, 15, 16, 17])
      expect(checksOf(proven, member(index))).toEqual(['canonical', 'model', 'root', 'index', 'path']);
  });

  it('is asked of what was verified only, which the types say', () => {
    const claimed = { modelDigest: proven.modelDigest, steps: proven.steps, root: proven.root };
    // @ts-expect-error: nobody has verified it
    expect(checksOf(claimed, member(0))).toHaveLength(5);
  });

  it('is refused with what it reveals written another way', () => {
    refused({ item: { ...items[17]!, k: R } }, 'canonical');
    refused({ item: { ...items[17]!, k: -1n } }, 'canonical');
  });

  it('is refused beyond the proven steps, though it is in the tree', () => {
    refused(member(18), 'index');
    refused(member(17), 'index', { steps: proven.steps - 1n });
    expect(checksOf({ ...proven, steps: 19n * STEPS }, member(18))).toHaveLength(5);
  });

  it('is refused with fewer steps per network than the model digest says, which would prove more items', () => {
    refused({ ...member(18), model: { ...model, stepsPerNetwork: 1n } }, 'model');
    refused({ model: { ...model, parameters: 12n } }, 'model');
    refused({ model: { ...model, chain: 12n } }, 'model');
    refused({}, 'model', { modelDigest: proven.modelDigest + 1n });
    const none = hashModel(plainSponge, model.parameters, 0n, model.chain);
    refused({ model: { ...model, stepsPerNetwork: 0n } }, 'model', { modelDigest: none });
  });

  it('is refused at an index that is no whole number', () => {
    for (const index of [16.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      refused({ index }, 'index');
  });

  it('is refused under another root, and in a single run, whose root is 0', () => {
    refused({ root: tree.root + 1n }, 'root');
    refused({}, 'root', { root: tree.root + 1n });
    refused({ root: 0n }, 'root', { root: 0n });
  });

  it('is refused with any other digest, place or word of the path', () => {
    refused({ item: { ...items[17]!, hIn: 1n } }, 'path');
    refused({ item: { ...items[17]!, o: 1n } }, 'path');
    refused({ index: 16 }, 'path');
    refused({ index: -1 }, 'path');
    for (let level = 0; level < 4; level++)
      for (let k = 0; k < 16; k++) refused({ path: pathWith(level, k, (w) => w + 1n) }, 'path');
    refused({ path: member(17).path.slice(1) }, 'path');
  });

  it('is refused in a second encoding of any element', () => {
    const elements = integersOf(member(17)).filter(({ value }) => typeof value === 'bigint');
    // root, item, path, opening of the model digest
    expect(elements).toHaveLength(1 + 2 + 4 * 16 + 3);
    for (const { path, value } of elements)
      for (const other of [BigInt(value) + R, BigInt(value) - R])
        refused(replaced(member(17), path, other), 'canonical');
  });
});
