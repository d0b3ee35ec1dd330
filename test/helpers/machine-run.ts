/** Everything that folding runs of a machine's program needs: all traces first, then their challenges, then the rest. */
import type { Engine } from '../../src/algebra/engine.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import { ofChainBlock } from '../../src/folding/blocks.ts';
import type { PreparedStep } from '../../src/folding/chain.ts';
import {
  type BlockValues,
  commitModel,
  commitRanges,
  commitTrace,
  layerRanges,
  modelBlinding,
  smallValues,
  traceBlinding,
} from '../../src/folding/commit.ts';
import { extendModelChain, hashProgram } from '../../src/folding/hashes.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import { challengesOf } from '../../src/folding/memory.ts';
import type { StepSystem } from '../../src/folding/step-system.ts';
import { ChallengeWriter, type MachineState } from '../../src/machine/challenge-writer.ts';
import { interfaceDigest, interfaceOf, startDigest } from '../../src/machine/interface.ts';
import { type PortValues, runProgram } from '../../src/machine/interpreter.ts';
import type { Program } from '../../src/machine/program.ts';
import { TraceWriter } from '../../src/machine/trace-writer.ts';

const NO_BITS = new Uint8Array(0);

export function prepareMachine(engine: Engine, system: StepSystem, program: Program, inputs: readonly PortValues[]) {
  const { key, layout, pp } = system;
  const sponge = nativeSponge(engine);
  const steps = Array.from({ length: program.steps }, (_, j) => program.model(j));
  const models = steps.map((model, j) => {
    const blinding = modelBlinding(engine, 0n, j);
    const commitment = commitModel(engine, key, layout, model, blinding);
    return { values: smallValues(model), commitment, blinding: [blinding] };
  });
  const m = models.reduce((chain, { commitment }) => extendModelChain(sponge, chain, commitmentOf(commitment)), 0n);
  const opening = { interfaceDigest: interfaceDigest(interfaceOf(program)), planned: 0n };
  const stepsPerNetwork = BigInt(program.steps);
  const modelDigest = hashProgram(sponge, pp, stepsPerNetwork, m, opening.interfaceDigest);

  const shares = new ChallengeWriter(engine, program.shape);
  const prepared: PreparedStep[] = [];
  const items: Item<bigint>[] = [];
  for (const [q, input] of inputs.entries()) {
    const { memory } = runProgram(program, input);
    const writer = new TraceWriter(program, memory);
    const traces = steps.map((model, j) => {
      const values: BlockValues = { ...writer.write(j, model), fields: NO_BITS };
      const blinding = traceBlinding(engine, 31n, q, j);
      return { values, commitment: commitTrace(engine, key, layout, values, blinding), blinding: [blinding] };
    });
    const commitments = traces.map(({ commitment }) => commitment);
    const { alpha, gamma, rho } = challengesOf(sponge, { pp, modelDigest }, commitments);
    const salts = saltsOf(q);
    const [hIn, o] = [startDigest(sponge, 'inputs', salts[0]), startDigest(sponge, 'outputs', salts[1])];
    let state: MachineState<bigint> = { hIn, o, k: 0n, sum: 0n, alpha, gamma, rho };
    for (const [j, model] of steps.entries()) {
      const share = shares.write(j, model, traces[j]!.values.small, state);
      const values: BlockValues = { bits: NO_BITS, small: new Float64Array(0), fields: share.fields };
      const commitment = commitRanges(engine, key, layerRanges(ofChainBlock(layout.blocks), values));
      prepared.push({
        wires: { position: BigInt(j), enter: { ...state }, leave: { ...share.next } },
        ...(j === 0 && { salts }),
        blocks: [models[j]!, traces[j]!, { values, commitment }],
      });
      state = share.next;
    }
    items.push({ hIn: state.hIn, o: state.o, k: state.k });
  }
  const tree = inputs.length > 1 ? new BatchTree(sponge, items) : undefined;
  return { wires: { stepsPerNetwork, modelDigest }, program: opening, prepared, items, tree };
}

/** Of item q: of its input and of its output. */
export function saltsOf(q: number): readonly [bigint, bigint] {
  return [BigInt(2 * q + 1), BigInt(2 * q + 2)];
}
