/** A batch of a real network in one proof: made by the pool, cancelled, resumed, and refused for other inputs. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { type RunItem, runItem } from '../../src/api/items.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { memberOf, verifyMember } from '../../src/api/member.ts';
import { type PlannedSlots, plan, quantize } from '../../src/api/plan.ts';
import { planFor } from '../../src/api/plan-for.ts';
import { layersProven, type ProvedBatch, proveBatch } from '../../src/api/prove.ts';
import { freshSalt } from '../../src/api/salts.ts';
import { hex, inputDigest, outputDigest, statementOf } from '../../src/api/statement.ts';
import { verify } from '../../src/api/verify.ts';
import { isItem, MAX_ITEMS } from '../../src/folding/batch-tree.ts';
import { provenBatch } from '../../src/folding/member.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { decodeMember, encodeMember } from '../../src/store/member-file.ts';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

describe('a batch of digits512 with 17 layers', () => {
  let planned: PlannedSlots;
  let items: RunItem[];
  let proved: ProvedBatch;
  const checkpoints: FoldedProof[] = [];
  beforeAll(async () => {
    const loaded = await loadModel({ network: 'digits512', layers: 17 });
    planned = await plan(
      quantize(loaded, { plan: (await planFor(loaded, { layersPerStep: 8 })).plan }),
      developmentKeySource(),
    );
    const image = loaded.sample!;
    const other = (k: number): Tensor => ({ ...image, data: image.data.map((v, i) => (i % (k + 2) === 0 ? v : 0)) });
    items = [image, other(1), other(2)].map((input) => runItem(planned, input));
    const save = async (proof: FoldedProof): Promise<void> => {
      checkpoints.push(decodeProof(encodeProof(proof)));
    };
    proved = await proveBatch(planned, items, { workers: 2, checkpoints: { every: { steps: 1 }, save } });
  }, 60_000);

  it('is verified, from its file too, and holds every item', async () => {
    const { proof, tree } = proved;
    expect((await verify(decodeProof(encodeProof(proof)), { ...planned })).steps).toBe(6);
    const { step } = planned.model.plan;
    const sponge = nativeSponge(planned.engine);
    for (const [k, { input, output, digests }] of items.entries()) {
      expect(digests).toEqual({ hIn: inputDigest(step, input), o: outputDigest(step, output.logits) });
      expect(isItem(sponge, proof.statement.wires.root, k, digests, tree.path(k))).toBe(true);
    }
    expect(BigInt(statementOf(proof).root!)).toBe(tree.root);
    expect([1, 2, 3, 6].map((n) => layersProven(planned.model, n))).toEqual([8, 17, 25, 51]);
  });

  it('shows each item alone, with the data where they are public', async () => {
    const { model } = planned;
    const { step } = model.plan;
    const salts = { model: 0n, input: freshSalt(), output: 0n };
    const proven = provenBatch((await verify(proved.proof, planned)).proof);
    for (const [k, item] of items.entries()) {
      const member = decodeMember(encodeMember(memberOf(proved, k, item, model)), 'member');
      const verified = verifyMember(proven, member, { step });
      expect(verified).toMatchObject({ index: k, items: 3, inputChecked: true });
      expect(verified.output?.class).toBe(item.output.class);
      expect(verifyMember(proven, member)).toMatchObject({ output: undefined, inputChecked: false });
      const others = memberOf(proved, k, items[(k + 1) % 3]!, model);
      const swapped = { ...member, input: others.input };
      expect(foldErrorOf(() => verifyMember(proven, swapped, { step })).message).toContain("'input'");
      expect(foldErrorOf(() => verifyMember(proven, { ...member, output: others.output }, { step })).message).toContain(
        "'output'",
      );
    }
    const hidden = memberOf(proved, 0, { ...items[0]!, salts }, model);
    expect(hidden.input).toBeUndefined();
    expect(hidden.output).toBeDefined();
  });

  it('proves of a checkpoint the items whose networks ended', async () => {
    const member = (k: number) => memberOf(proved, k, items[k]!, planned.model);
    const verified = await verify(checkpoints[3]!, planned, { prefix: true });
    const afterFour = provenBatch(verified.proof);
    expect(verifyMember(afterFour, member(1)).items).toBe(2);
    expect(foldErrorOf(() => verifyMember(afterFour, member(2))).message).toContain("'index'");
    const between = { ...member(1), index: 0.5 };
    expect(foldErrorOf(() => verifyMember(afterFour, between))).toMatchObject({ code: 'E_REJECTED', got: '0.5' });
  });

  it('has a true checkpoint after every step, from which it goes on to the same statement', async () => {
    expect(checkpoints.map(({ statement }) => statement.steps)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const resumeFrom of [checkpoints[1]!, checkpoints[2]!]) {
      const { proof } = await proveBatch(planned, items, { workers: 1, resumeFrom });
      await verify(proof, planned);
      expect(statementOf(proof)).toEqual(statementOf(proved.proof));
    }
  }, 60_000);

  it('does not go on with other inputs, another order or other salts', async () => {
    const [a, b, c] = items as [RunItem, RunItem, RunItem];
    const salted = runItem(planned, c.input, { ...c.salts, input: freshSalt() });
    for (const others of [
      [b, a, c],
      [a, b],
      [a, b, salted],
    ]) {
      const error = await foldErrorOfAsync(() =>
        proveBatch(planned, others, { workers: 1, resumeFrom: checkpoints[0]! }),
      );
      expect(error.code).toBe('E_REJECTED');
      expect(error.message).toContain('another batch');
    }
  });

  it('hides an item behind its salts', async () => {
    const salts = { model: 0n, input: freshSalt(), output: freshSalt() };
    const hidden = [items[0]!, runItem(planned, items[1]!.input, salts)];
    const { proof } = await proveBatch(planned, hidden, { workers: 2 });
    await verify(proof, planned);
    const told = statementOf(proof).inputDigest;
    expect(told).toBe(hex(hidden[1]!.digests.hIn));
    expect(told).not.toBe(hex(items[1]!.digests.hIn));
  }, 60_000);

  it('is refused without items, with too many, or with several model salts', async () => {
    const many = new Array<RunItem>(MAX_ITEMS + 1).fill(items[0]!);
    const mixed = [items[0]!, runItem(planned, items[1]!.input, { model: 1n, input: 0n, output: 0n })];
    for (const wrong of [[], many, mixed])
      expect((await foldErrorOfAsync(() => proveBatch(planned, wrong))).code).toBe('E_INPUT');
  });
});
