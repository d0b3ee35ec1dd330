/**
 * A malicious prover against the whole wrap circuit with the advice of a batch (protocol sections 6 and 10): the last item is
 * checked here and nowhere else, so that root, path, index, order and length must all be pinned.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { runItem } from '../../src/api/items.ts';
import { type CommitmentKeySource, developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { type PlannedSlots, plan, quantize } from '../../src/api/plan.ts';
import { proveBatch } from '../../src/api/prove.ts';
import { buildWrap } from '../../src/api/wrap-circuit.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { logitOffset } from '../../src/layers/readout.ts';
import type { WrapAdvice } from '../../src/wrap/circuit.ts';
import { wrapKeyLength } from '../../src/wrap/circuit.ts';
import { prepareWrap } from '../../src/wrap/last-fold.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { firstUnsatisfied } from '../../src/wrap/r1cs/check.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { caughtBy, witnessOf } from '../helpers/wrap-lies.ts';

let planned: PlannedSlots<CommitmentKeySource>;
let r1cs: R1cs;
let honest: WrapAdvice;
let items: readonly Item<bigint>[];
const treeOver = (leaves: readonly Item<bigint>[]): BatchTree => new BatchTree(nativeSponge(planned.engine), leaves);

beforeAll(async () => {
  const loaded = await loadModel({ network: 'digits512', layers: 33 });
  planned = await plan(quantize(loaded), developmentKeySource());
  const { engine, system, model } = planned;
  const image = loaded.sample!;
  const other: Tensor = { ...image, data: image.data.map((v, i) => (i % 3 === 0 ? 0 : v)) };
  const runs = [image, other].map((input) => runItem(planned, input));
  items = runs.map(({ digests }) => digests);
  const { proof } = await proveBatch(planned, runs, { workers: 1 });
  expect(proof.statement.steps).toBe(4);
  const offset = BigInt(logitOffset(model.plan.step));
  const readout = { salt: 0n, shifted: Array.from(runs[1]!.output.logits, (v) => BigInt(v) + offset) };
  const commit = commitHere(engine, await planned.key.load(wrapKeyLength(system)));
  honest = (await prepareWrap(engine, system, commit, proof, readout, 0n)).advice;
  r1cs = await buildWrap({ ...planned, step: model.plan.step });
}, 300_000);

describe('the wrap circuit on a batch', () => {
  it('holds for the honest witness', () => {
    expect(firstUnsatisfied(planned.engine, r1cs, witnessOf(planned, r1cs, honest))).toBeUndefined();
  });

  const LIES: readonly (readonly [lie: string, change: (a: WrapAdvice) => WrapAdvice, scope: RegExp])[] = [
    ['another root', (a) => ({ ...a, root: a.root + 1n }), /^chain|^item/],
    ['no root, as if it were a single run', (a) => ({ ...a, root: 0n }), /^statement/],
    [
      'a tree in which the items have another order',
      (a) => {
        const tree = treeOver([...items].reverse());
        return { ...a, root: tree.root, path: tree.path(1) };
      },
      /^chain/,
    ],
    ['a tree with another item in the last place', (a) => treeWith(a, { hIn: 1n, o: 2n }), /^chain|^item/],
    [
      'one sibling changed',
      (a) => ({ ...a, path: a.path.map((node, level) => node.map((v, k) => (level === 0 && k === 0 ? v + 1n : v))) }),
      /^item/,
    ],
    ['the path of the item before', (a) => ({ ...a, path: treeOver(items).path(0).map(shifted) }), /^item/],
    ['the levels in another order', (a) => ({ ...a, path: [...a.path].reverse() }), /^item/],
    ['one item more than was proven', (a) => ({ ...a, steps: a.steps + a.stepsPerNetwork }), /^chain|^item/],
    ['one item less', (a) => ({ ...a, steps: a.steps - a.stepsPerNetwork }), /^chain|^item/],
    ['steps that are no whole number of networks', (a) => ({ ...a, steps: a.steps - 1n }), /^statement/],
    ['shorter networks, so that there seem to be more items', (a) => ({ ...a, stepsPerNetwork: 1n }), /^chain|^item/],
    ['the input of the first item', (a) => ({ ...a, inputDigest: items[0]!.hIn }), /^chain/],
    ['the output of the first item', (a) => ({ ...a, outputDigest: items[0]!.o }), /^chain/],
    ['another first input', (a) => ({ ...a, firstInput: items[1]!.hIn }), /^chain/],
  ];
  const shifted = (node: readonly bigint[]): bigint[] => [...node.slice(1), node[0]!];
  const treeWith = (a: WrapAdvice, item: Item<bigint>): WrapAdvice => {
    const tree = treeOver([items[0]!, item]);
    return { ...a, root: tree.root, path: tree.path(1) };
  };

  it.each(LIES)('refuses %s', (_lie, change, scope) => {
    expect(caughtBy(planned, r1cs, change(honest))).toMatch(scope);
  });
});
