/** The step circuit around the toy layers, in every situation that its masks tell apart. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import type { Item } from '../../../src/folding/batch-tree.ts';
import { stepCircuit } from '../../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { toyStep, toyWitness } from '../../folding/toy.ts';
import { Recorder } from '../recorder.ts';
import { ChainData, IDLE, type Like } from './chain-data.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

/** Steps of a network. */
const L = 2n;

export function stepCircuitUnderMutation(engine: Engine, system: StepSystem): CircuitUnderMutation {
  const data = new ChainData(engine, system, 4711);
  const equal = { hIn: data.next(), o: data.next() };
  // nearly all items are the same: an index alone tells them apart; the last one's has all its places different
  const items = new Array<Item<bigint>>(0xdb71).fill(equal);
  for (const k of [2, items.length - 1]) items[k] = { hIn: data.next(), o: data.next() };

  const situation = (
    name: string,
    i: bigint,
    like: readonly Like[] = [],
    { length = L, of = items } = {},
  ): Situation => {
    const weight = Number(data.next() % 1000n);
    const layers = toyWitness(engine, weight, Number(data.next() % 16_000_000n));
    const itemEnds = i > 0n && i % length === 0n;
    // the layers take up what the last step gave, the first step's its z_0; where an item ends any input may come in
    const h = itemEnds && like.length === 0 ? data.next() : layers.digests.input;
    const advice = data.step(i, length, like.includes('end') ? [IDLE] : of, h, like);
    return {
      name,
      holds: { start: i === 0n, 'network begins': i % length === 0n, 'item ends': itemEnds },
      record(cheat) {
        const fields = Array.from(layers.small, (v) => BigInt(v));
        const supply = { model: [BigInt(weight)], bits: Array.from(layers.bits, (v) => BigInt(v)), fields };
        const recorder = new Recorder(R, supply, cheat);
        const frame = { defaults: system.defaults, state: system.step.state };
        stepCircuit(recorder, toyStep.build(recorder), frame, () => advice);
        return recorder;
      },
    };
  };
  return {
    name: 'step',
    situations: [
      situation('start', 0n),
      situation('step 1', 1n),
      situation('start like the end of an item', 0n, ['minus']),
      situation('step 1 like the start', 1n, ['start', 'minus']),
      situation('first item ends', 2n),
      situation('first item ends like the start', 2n, ['start', 'end']),
      situation('step 3', 3n),
      situation('step 3 like the end of an item', 3n, ['end']),
      situation('second item ends', 4n),
      situation('third item ends', 6n),
      situation('last item ends', L * BigInt(items.length)),
    ],
    // every bit of every count is 1 somewhere, and so is nearly every bit that follows from random numbers
    further: [
      ...[0xaaaa_aaaan, 0x5555_5555n].map((j) =>
        situation(`step ${j}`, (0x1_ffffn << 32n) + j, [], { length: 1n << 32n }),
      ),
      ...[12, 0x2490, 0x1_0000].map((q) => {
        const of = new Array<Item<bigint>>(q).fill(equal);
        return situation(`item ${q} ends`, L * BigInt(q), [], { of });
      }),
      // one bit alone tells j from 0
      ...Array.from({ length: 32 }, (_, k) =>
        situation(`step 2^${k} like the end of an item`, (1n << 32n) + (1n << BigInt(k)), ['end'], {
          length: 1n << 32n,
        }),
      ),
      ...Array.from({ length: 20 }, (_, k) => situation(`further ${k}`, BigInt(k % 2))),
    ],
  };
}
