/** A toy step for the chain's tests: the state is one integer, a step adds a committed weight to it. */
import type { Engine } from '../../src/algebra/engine.ts';
import type { Affine } from '../../src/algebra/params.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import { hash, nativeSponge } from '../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { assertEqual } from '../../src/circuit/constraint-system.ts';
import { pack } from '../../src/circuit/gadgets/bits.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { ShapeBuilder } from '../../src/circuit/shape.ts';
import { WitnessWriter } from '../../src/circuit/witness.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import { MACHINE_BLOCKS, ofChainBlock, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { ChainProver, type PreparedStep } from '../../src/folding/chain.ts';
import {
  type BlockValues,
  blindingRange,
  commitModel,
  commitRanges,
  layerRanges,
  modelBlinding,
  type ScalarRange,
  smallValues,
} from '../../src/folding/commit.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { extendModelChain, hashModel } from '../../src/folding/hashes.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import type { BlockLayout } from '../../src/folding/layout.ts';
import { startOfChain } from '../../src/folding/position.ts';
import { LAYER_STATE, layerWires, type StepWires } from '../../src/folding/state.ts';
import type { KeySource, StepFunction, StepSystem } from '../../src/folding/step-system.ts';

const BITS = 24;

interface StepDigests<E> {
  readonly input: E;
  readonly output: E;
  readonly readout: E;
}

function digests<E>(cs: ConstraintSystem<E>, input: E, output: E): StepDigests<E> {
  return {
    input: hash(cs, 'act', [input]),
    output: hash(cs, 'act', [output]),
    readout: hash(cs, 'out', [output]),
  };
}

function toyLayers(shape: ShapeBuilder, allocate: { bits(): LinearForm; field(): LinearForm }): StepWires<LinearForm> {
  return shape.scope('layers', () => {
    const [weight] = shape.model(1);
    const input = allocate.bits();
    const output = allocate.bits();
    const sum = allocate.field();
    assertEqual(shape, sum, shape.add(input, weight!));
    assertEqual(shape, sum, output);
    return layerWires(digests(shape, input, output));
  });
}

export const toyStep: StepFunction = {
  blocks: SLOT_BLOCKS,
  sizes: [
    { bits: 0, small: 1, fields: 0 },
    { bits: 2 * BITS, small: 1, fields: 3 * (16 + 56) },
  ],
  state: LAYER_STATE,
  description: new TextEncoder().encode('toy'),
  build: (shape) => toyLayers(shape, { bits: () => pack(shape, shape.bits(BITS)), field: () => shape.field() }),
};

/** The same with a trace: bits and sum stand in T, only the hashes in P. */
export const tracedToyStep: StepFunction = {
  ...toyStep,
  blocks: MACHINE_BLOCKS,
  sizes: [
    { bits: 0, small: 1, fields: 0 },
    { bits: 2 * BITS, small: 1, fields: 0 },
    { bits: 0, small: 0, fields: 3 * (16 + 56) },
  ],
  build: (shape) =>
    toyLayers(shape, { bits: () => pack(shape, shape.traceBits(BITS)), field: () => shape.trace(1)[0]! }),
};

/** What the toy's layers take of P. */
export const toySizes = ofChainBlock(toyStep.sizes);

export interface LayerWitness extends BlockValues {
  readonly digests: StepDigests<bigint>;
}

export function toyWitness(engine: Engine, weight: number, input: number): LayerWitness {
  const output = input + weight;
  const bits = Uint8Array.from({ length: 2 * BITS }, (_, k) => ((k < BITS ? input : output) >> (k % BITS)) & 1);
  const writer = new WitnessWriter(engine, 'fr', { bits: 0, fields: toySizes.fields });
  const values = digests(writer, BigInt(input), BigInt(output));
  return { bits, small: Float64Array.of(output), fields: writer.finish().fields, digests: values };
}

/** What of a step an adversary exchanges; all else stays, the commitment to the layers' part of P too. */
export interface StepChange {
  readonly layers?: LayerWitness;
  readonly model?: Float64Array;
  readonly cmM?: Affine;
  readonly modelBlinding?: bigint;
}

export function changed({ wires, blocks }: PreparedStep, change: StepChange): PreparedStep {
  const [ofModel, ofWitness] = blocks;
  return {
    wires: change.layers ? layerWires(change.layers.digests) : wires,
    blocks: [
      {
        values: change.model ? smallValues(change.model) : ofModel!.values,
        commitment: change.cmM ?? ofModel!.commitment,
        blinding: change.modelBlinding === undefined ? ofModel!.blinding! : [change.modelBlinding],
      },
      { ...ofWitness!, values: change.layers ?? ofWitness!.values },
    ],
  };
}

/** Commitment to a step's model block. */
export const cmMOf = ({ blocks }: PreparedStep): Affine => blocks[0]!.commitment!;

/** Powers of a fixed tau. */
export function toyKey(engine: Engine, tau = 123456789n): KeySource {
  return {
    name: 'toy',
    insecure: true,
    load: async (n) => {
      const powers: bigint[] = [];
      for (let i = 0, power = 1n; i < n; i++, power = (power * tau) % R) powers.push(power);
      return engine.g1.fixedBase(G1_PARAMS.generator, engine.fr.encode(powers));
    },
  };
}

/** Digests of a toy run: what a batch's leaf hashes. */
function toyItem(engine: Engine, weights: readonly number[], input: number): Item<bigint> {
  const first = toyWitness(engine, 0, input);
  const last = toyWitness(
    engine,
    0,
    weights.reduce((sum, w) => sum + w, input),
  );
  return { hIn: first.digests.input, o: last.digests.readout };
}

/** The layers' witness as P, or as T and P. */
function witnessBlocks(
  engine: Engine,
  { layout, key }: Pick<StepSystem, 'layout' | 'key'>,
  { bits, small, fields }: BlockValues,
  blinding: bigint,
): PreparedStep['blocks'] {
  const [ofP, ofT] = layout.blocks.slice(1).reverse() as [BlockLayout, BlockLayout?];
  const commit = (block: BlockLayout, values: BlockValues, more: readonly ScalarRange[] = []) =>
    commitRanges(engine, key, [...layerRanges(block, values), ...more]);
  if (!ofT) {
    const values = { bits, small, fields };
    return [{ values, commitment: commit(ofP, values) }];
  }
  const trace = { bits, small, fields: new Uint8Array(0) };
  const rest = { bits: new Uint8Array(0), small: new Float64Array(0), fields };
  const ofBlinding = blindingRange(ofT, engine.fr.encode([blinding]));
  return [
    { values: trace, commitment: commit(ofT, trace, [ofBlinding]), blinding: [blinding] },
    { values: rest, commitment: commit(ofP, rest) },
  ];
}

/** A prover of one network of `weights`, or with several inputs of a batch, and all steps that it is to be given. */
export async function proveToy(engine: Engine, system: StepSystem, weights: readonly number[], ...inputs: number[]) {
  const { layout, key, pp } = system;
  const sponge = nativeSponge(engine);
  const blindings = weights.map((_, j) => modelBlinding(engine, 0n, j));
  const cms = weights.map((w, j) => commitModel(engine, key, layout, Float64Array.of(w), blindings[j]!));
  const m = cms.reduce((chain, cm) => extendModelChain(sponge, chain, commitmentOf(cm)), 0n);
  const stepsPerNetwork = BigInt(weights.length);
  const modelDigest = hashModel(sponge, pp, stepsPerNetwork, m);
  const buffers = createBuffers(system);
  const items = inputs.map((input) => toyItem(engine, weights, input));
  const tree = inputs.length > 1 ? new BatchTree(sponge, items) : undefined;
  const start = startOfChain(engine, system, { stepsPerNetwork, modelDigest }, items[0]!.hIn, tree);
  const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
  const prepared: PreparedStep[] = [];
  for (let state of inputs)
    for (const [j, weight] of weights.entries()) {
      const { digests, ...values } = toyWitness(engine, weight, state);
      state += weight;
      const model = { values: smallValues(Float64Array.of(weight)), commitment: cms[j]!, blinding: [blindings[j]!] };
      prepared.push({
        wires: layerWires(digests),
        blocks: [model, ...witnessBlocks(engine, system, values, BigInt(1 + prepared.length))],
      });
    }
  return { prover, prepared, cms, buffers, modelDigest, items, tree };
}
