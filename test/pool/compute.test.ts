/** The pool's share of a fold against the same work in one thread, on the step circuit of a real network. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIELD_BYTES, type Vec } from '../../src/algebra/engine.ts';
import { G1_PARAMS } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { idlePath } from '../../src/folding/batch-tree.ts';
import { dummyMessages } from '../../src/folding/chain.ts';
import { layerRanges, smallValues } from '../../src/folding/commit.ts';
import { type ChainCompute, createBuffers, localCompute } from '../../src/folding/compute.ts';
import type { ChainBuffers } from '../../src/folding/fresh-witness.ts';
import { CYCLEFOLD_INPUTS } from '../../src/folding/instance.ts';
import type { BlockLayout } from '../../src/folding/layout.ts';
import { ROW_KINDS, type RowKind } from '../../src/folding/row-chunks.ts';
import { idleItem, layerWires } from '../../src/folding/state.ts';
import type { StepAdvice } from '../../src/folding/step-circuit.ts';
import { developmentKeySource, loadModel, type PlannedSlots, plan, planFor, quantize } from '../../src/index.ts';
import { stateSize } from '../../src/layers/step-plan.ts';
import { layerWitness } from '../../src/layers/step-witness.ts';
import { commitInBackground } from '../../src/pool/compute.ts';
import { FoldPool } from '../../src/pool/fold-pool.ts';
import { seeded } from '../helpers/chains.ts';

const WORKERS = 2;

describe('the work of a fold in a pool', () => {
  let planned: PlannedSlots;
  let pool: FoldPool;
  /** The pool's and the one thread's, filled alike. */
  let buffers: [ChainBuffers, ChainBuffers];
  let alone: ChainCompute;
  const random = seeded(11);
  const integers = (n: number, below: number): number[] =>
    Array.from({ length: n }, () => Math.floor(random() * below));
  const elements = (n: number): bigint[] => integers(n, 2 ** 52).map((v) => BigInt(v) ** 5n);

  beforeAll(async () => {
    const loaded = await loadModel({ network: 'digits512', layers: 17 });
    planned = await plan(
      quantize(loaded, { plan: (await planFor(loaded, { layersPerStep: 8 })).plan }),
      developmentKeySource(),
    );
    const { engine, system, model } = planned;
    buffers = [createBuffers(system), createBuffers(system)];
    const { quadratic, boxes, bits } = buffers[0].shape;
    const size = (v: Uint8Array): number => v.length / FIELD_BYTES;
    const z1 = engine.fr.encode(elements(size(buffers[0].z1)));
    const errors = [bits[0]!, quadratic, boxes].map(({ count }) => engine.fr.encode(elements(count)));
    for (const b of buffers) {
      b.z1.set(z1);
      b.forms1.set(system.rows.forms(z1));
      b.errors.quadratic.set(errors[0]!);
      b.errors.quadratic.set(errors[1]!, quadratic.row * FIELD_BYTES);
      b.errors.boxes.set(errors[2]!, boxes.row * FIELD_BYTES);
    }
    pool = new FoldPool(engine, system, model.plan.step, buffers[0], WORKERS);
    alone = localCompute(engine, system, buffers[1]);
  });
  afterAll(() => pool.close());

  const same = (...names: ('z1' | 'z2' | 'forms1' | 'forms2' | 'bits2' | 't' | RowKind)[]): void => {
    for (const name of names) {
      const [ours, expected] = buffers.map((b) => (isKind(name) ? b.errors[name] : b[name])) as [Vec, Vec];
      expect(Buffer.compare(ours, expected), name).toBe(0);
      expect(ours.some((byte) => byte !== 0)).toBe(true);
    }
  };
  /** The result of both. */
  async function both<T>(run: (compute: ChainCompute) => Promise<T>): Promise<T> {
    const [ours, expected] = [await run(pool.compute), await run(alone)];
    expect(ours).toEqual(expected);
    return ours;
  }

  it('gives the same messages, vectors and sums as one thread does', async () => {
    const { engine, system, model } = planned;
    const { step } = model.plan;
    const input = Float64Array.from(integers(stateSize(step.slot), 2));
    const layers = layerWitness(engine, step, model.stepModel(0), input, [1n, 2n, 3n]);
    const inPool = await pool.run('layers', { model: model.stepModel(0), input, salts: [1n, 2n, 3n] }, 'later');
    expect(inPool).toEqual(layers);
    const [M, P] = system.layout.blocks as [BlockLayout, BlockLayout];
    const values = [smallValues(model.stepModel(0)), layers] as const;
    for (const ranges of [layerRanges(M, values[0]), layerRanges(P, values[1])])
      expect(await commitInBackground(engine, pool, ranges, 0)).toEqual(await alone.commit(ranges, 'now'));

    await both((c) => c.writeLayers(values.map(({ bits, small, fields }) => ({ bits, small, fields }))));
    const { messages, ...advice } = adviceAtStart(planned, layers.digests.input);
    const wires = layerWires(layers.digests);
    const prologue = await both((c) => c.writePrologue(wires, advice));
    expect(buffers[0].prologue).toEqual(buffers[1].prologue);
    const x = await both((c) => c.writeFold(wires, prologue, messages));
    expect(engine.fr.decode(buffers[0].z2.subarray(0, 2 * FIELD_BYTES))).toEqual([1n, x]);
    await both((c) => c.forms());
    await both((c) => c.terms());
    same('z2', 'bits2', 'forms2', 't');
    const [rho, delta] = [elements(system.layout.rowLog), elements(system.layout.rowLog)];
    for (const h of Object.values(await both((c) => c.line(rho, delta))))
      expect(h.length).toBe(system.layout.rowLog + 1);
    await both((c) => c.cross(rho, 5n, 6n));
    await both((c) => c.update(77n));
    same('z1', 'forms1', 'quadratic', 'boxes');

    // the cross term's blinding is random, so that its sum is checked against the key
    const { generator } = G1_PARAMS;
    const points = [5n, ...[generator, generator, generator].flatMap(({ x, y }) => [x, y])];
    const begun = system.cycleFold.begin(points, pool.compute.cycleFold);
    const w = begun.z.subarray((1 + CYCLEFOLD_INPUTS) * FIELD_BYTES);
    expect(await both((c) => c.cycleFold.commit(w.slice()))).toEqual(await begun.sum);
    const { witness } = system.cycleFold.defaultRunning();
    const fresh = { z: begun.z, forms: begun.forms };
    const { e, blinding, sum } = await pool.compute.cycleFold.cross(witness, fresh);
    expect(e).toEqual((await alone.cycleFold.cross(witness, fresh)).e);
    const nothing = new Uint8Array(begun.z.length);
    expect(sum).toEqual(system.cycleFold.commit({ z: nothing, e, blinding }));
    // long enough to be cut, of shared memory and of other memory
    const { z2, bits2 } = buffers[0];
    const ranges = (shared: boolean) => [
      { at: 5, scalars: { kind: 'bits', bits: shared ? bits2.subarray(100, 5000) : bits2.slice(100, 5000) } } as const,
      { at: 9000, scalars: { kind: 'full', values: shared ? z2.subarray(-64000) : z2.slice(-64000) } } as const,
    ];
    for (const wanted of ['now', 'soon'] as const)
      expect(await both((c) => c.commit(ranges(true), wanted))).toEqual(
        await both((c) => c.commit(ranges(false), wanted)),
      );
  });

  it('gives other sums for another byte of the shared vectors', async () => {
    const [rho, delta] = [elements(planned.system.layout.rowLog), elements(planned.system.layout.rowLog)];
    const before = await pool.compute.line(rho, delta);
    const cross = await pool.compute.cross(rho, 5n, 6n);
    buffers[0].errors.quadratic[0]! ^= 1;
    buffers[0].t[0]! ^= 1;
    expect(await pool.compute.line(rho, delta)).not.toEqual(before);
    const other = await pool.compute.cross(rho, 5n, 6n);
    expect(other).not.toEqual(cross);
    // a byte of the last S-box's output
    buffers[0].z1[buffers[0].z1.length - FIELD_BYTES]! ^= 1;
    expect(await pool.compute.cross(rho, 5n, 6n)).not.toEqual(other);
  });
});

const isKind = (name: string): name is RowKind => ROW_KINDS.some((kind) => kind === name);

/** What step 0 is told; the fold's part is ignored there. */
function adviceAtStart({ engine, system }: PlannedSlots, h: bigint): StepAdvice {
  const g1 = G1_PARAMS.generator;
  return {
    wires: { pp: system.pp, stepsPerNetwork: 3n, modelDigest: 5n, root: 0n },
    i: 0n,
    z0: [h, h, 0n],
    z: [h, h, 0n],
    m: 0n,
    program: undefined,
    salts: [],
    path: idlePath(nativeSponge(engine), idleItem(system.step.state)),
    running: system.defaults,
    fresh: { x: 0n, cms: [g1, g1] },
    messages: dummyMessages(system.defaults),
  };
}
