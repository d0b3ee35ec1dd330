/** The wrap up to the last fold: statement, the chain's last hash, the last item, the readout, the fold. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import { hash } from '../../../src/algebra/sponge.ts';
import { BatchTree, idlePath } from '../../../src/folding/batch-tree.ts';
import { MODEL } from '../../../src/folding/blocks.ts';
import { extendModelChain, hashLink, hashModel } from '../../../src/folding/hashes.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import { startState } from '../../../src/folding/state.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { packIntegers } from '../../../src/layers/pack.ts';
import { atOnce } from '../../../src/turns.ts';
import { foldLast, type WrapAdvice } from '../../../src/wrap/circuit.ts';
import { firstArgmax } from '../../../src/wrap/reveal.ts';
import { Recorder } from '../recorder.ts';
import { ChainData, IDLE } from './chain-data.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

export const READOUT = { outputs: 4, bits: 6 };
const L = 3n;
/** The k-th choice: another winner each time, its bits and those of the others vary. */
const logits = (k: number): number[] =>
  Array.from({ length: READOUT.outputs }, (_, j) => (j === k % READOUT.outputs ? 63 - (k >> 2) : (11 * (k + j)) % 32));

/** What `foldLast` asks for. */
export type LastFoldAdvice = Omit<WrapAdvice, 'auxiliary' | 'spartan' | 'opening'>;

export interface LastFoldCase {
  /** Of a batch, all of them the same; 0 for a single run. */
  readonly items: number;
  readonly reveal: boolean;
  /** Logits. */
  readonly shifted: readonly number[];
  /** L. */
  readonly length?: bigint;
  /** Steps beyond whole networks, networks beyond the items: as no run has them. */
  readonly surplus?: { readonly steps: bigint; readonly networks: bigint };
}

/** Of a single run, or after the last of some items of a batch. */
export function lastFoldAdvice(
  data: ChainData,
  { items, reveal, shifted, length = L, surplus }: LastFoldCase,
): LastFoldAdvice {
  const { sponge, system, next } = data;
  const salt = next();
  const o = hash(sponge, 'out', [salt, ...packIntegers(Float64Array.from(shifted), READOUT.bits, 0)]);
  const item = { hIn: next(), o };
  const batch = items > 0;
  const tree = new BatchTree(sponge, new Array(Math.max(items, 1)).fill(item));
  const steps = length * (BigInt(Math.max(items, 1)) + (surplus?.networks ?? 0n)) + (surplus?.steps ?? 0n);
  const [m, running, cms, firstInput] = [next(), data.running(), data.commitments(), next()];
  const { pp } = system;
  const modelDigest = hashModel(sponge, pp, length, extendModelChain(sponge, m, commitmentOf(cms[MODEL]!)));
  const root = batch ? tree.root : 0n;
  const z0 = startState(system.step.state, firstInput, 0n);
  const z = data.state({ ...item });
  const wires = { pp, stepsPerNetwork: length, modelDigest, root };
  const logits = shifted.map(BigInt);
  return {
    inputDigest: item.hIn,
    outputDigest: o,
    revealed: reveal ? BigInt(firstArgmax(logits)) + 1n : 0n,
    steps,
    modelDigest,
    stepsPerNetwork: length,
    root,
    path: batch ? tree.path(items - 1) : idlePath(sponge, IDLE),
    firstInput,
    state: z,
    m,
    readout: { salt, shifted: logits },
    running,
    last: { x: hashLink(sponge, { ...wires, i: steps, z0, z, m, ...running }), cms },
    messages: data.messages(),
  };
}

export function lastFoldUnderMutation(engine: Engine, system: StepSystem): CircuitUnderMutation {
  const data = new ChainData(engine, system, 815);
  const situation = (name: string, what: LastFoldCase): Situation => {
    const advice = lastFoldAdvice(data, what);
    return {
      name,
      holds: { 'single run': what.items === 0 },
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        atOnce(foldLast(recorder, { system, readout: READOUT }, () => advice as WrapAdvice));
        return recorder;
      },
    };
  };
  const single = { items: 0, reveal: true, shifted: [9, 60, 3, 1] };
  return {
    name: 'wrap last fold',
    situations: [
      situation('single run', single),
      situation('single run, class hidden', { ...single, reveal: false, shifted: [9, 5, 33, 1] }),
      situation('batch of one', { items: 1, reveal: true, shifted: [9, 5, 5, 63] }),
      situation('batch of two', { items: 2, reveal: true, shifted: [40, 40, 12, 40] }),
      situation('large batch', { items: 0xdb71, reveal: false, shifted: [0, 0, 17, 17] }),
    ],
    // every bit of every count is 1 somewhere, and so is nearly every bit that follows from random numbers
    further: [
      ...[0xaaaa_aaabn, 0x5555_5556n, 1n << 32n].map((length) =>
        situation(`networks of ${length} steps`, { ...single, length }),
      ),
      ...[0x2490, 0x1_0000].map((items) => situation(`batch of ${items}`, { ...single, items })),
      ...Array.from({ length: 20 }, (_, k) => situation(`further ${k}`, { ...single, shifted: logits(k) })),
    ],
    attacks: [
      situation('two networks without a root', { ...single, surplus: { steps: 0n, networks: 1n } }),
      situation('a network and a step', { ...single, surplus: { steps: 1n, networks: 0n } }),
    ],
  };
}
