/** The chain around a machine's layers, and the wrap of one up to the last fold, in every situation that their masks tell apart. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import type { LinearForm } from '../../../src/circuit/linear-form.ts';
import type { Item } from '../../../src/folding/batch-tree.ts';
import { CHALLENGES } from '../../../src/folding/memory.ts';
import type { Named, StepWires } from '../../../src/folding/state.ts';
import { stepCircuit } from '../../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { atOnce } from '../../../src/turns.ts';
import { foldLast, type WrapAdvice } from '../../../src/wrap/circuit.ts';
import { Recorder } from '../recorder.ts';
import { ChainData } from './chain-data.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';
import { type MachineEnd, type MachineSituation, machineEnd, machineItem, machineStep } from './machine-data.ts';

/** Steps of a network. */
const L = 2n;

/** Layers that are nothing but what enters and leaves them, all of it advice. */
function anyLayers(recorder: Recorder, { position, enter, leave }: StepWires<bigint>): StepWires<LinearForm> {
  const allocated = (given: Named<bigint>): Named<LinearForm> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, recorder.field(() => value)]));
  return { position: recorder.field(() => position!), enter: allocated(enter), leave: allocated(leave) };
}

export function machineStepUnderMutation(engine: Engine, system: StepSystem): CircuitUnderMutation {
  const data = new ChainData(engine, system, 1234);
  const equal = machineItem(data);
  // nearly all items are the same: an index alone tells them apart; the last one's has all its places different
  const items = new Array<Item<bigint>>(0xdb71).fill(equal);
  for (const k of [2, items.length - 1]) items[k] = machineItem(data);

  const situation = (name: string, i: bigint, more: Partial<MachineSituation> = {}): Situation => {
    const like = more.like ?? [];
    const of = like.includes('end') ? [{ hIn: 0n, o: 0n, k: 0n }] : (more.items ?? items);
    const stepsPerNetwork = more.stepsPerNetwork ?? L;
    const { advice, wires } = machineStep(data, { ...more, i, stepsPerNetwork, items: of });
    return {
      name,
      holds: {
        start: i === 0n,
        'network begins': i % stepsPerNetwork === 0n,
        'item ends': i > 0n && i % stepsPerNetwork === 0n,
      },
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        const frame = { defaults: system.defaults, state: system.step.state };
        stepCircuit(recorder, anyLayers(recorder, wires), frame, () => advice);
        return recorder;
      },
    };
  };
  return {
    name: 'machine step',
    situations: [
      situation('start', 0n),
      situation('step 1', 1n),
      situation('start like the end of an item', 0n, { like: ['minus'] }),
      situation('step 1 like the end of an item', 1n, { like: ['minus'] }),
      situation('first item ends', 2n),
      situation('step 3', 3n),
      situation('step 3 like the end of an item', 3n, { like: ['end'] }),
      situation('start like a step inside', 0n, { like: ['minus', 'begun'] }),
      situation('second item ends like a step inside', 4n, { like: ['begun'] }),
      situation('step 5 like an end and a beginning', 5n, { like: ['end', 'begun'] }),
      situation('second item ends', 4n),
      situation('third item ends', 6n),
      situation('last item ends', L * BigInt(items.length)),
    ],
    further: [
      ...[0xaaaa_aaaan, 0x5555_5555n].map((j) =>
        situation(`step ${j}`, (0x1_ffffn << 32n) + j, { stepsPerNetwork: 1n << 32n }),
      ),
      ...[12, 0x2490, 0x1_0000].map((q) =>
        situation(`item ${q} ends`, L * BigInt(q), { items: new Array<Item<bigint>>(q).fill(equal) }),
      ),
      ...Array.from({ length: 32 }, (_, k) =>
        situation(`step 2^${k} like an end and a beginning`, (2n << 32n) + (1n << BigInt(k)), {
          like: ['end', 'begun'],
          stepsPerNetwork: 1n << 32n,
        }),
      ),
      ...Array.from({ length: 20 }, (_, k) => situation(`further ${k}`, BigInt(k % 2))),
    ],
    attacks: [...CHALLENGES, 'sum' as const, 'model' as const].map((lie) =>
      situation(`an item ends with another ${lie}`, 2n, { lie }),
    ),
  };
}

export function machineEndUnderMutation(engine: Engine, system: StepSystem): CircuitUnderMutation {
  const data = new ChainData(engine, system, 4321);
  const situation = (name: string, what: MachineEnd): Situation => {
    const advice = machineEnd(data, what);
    return {
      name,
      holds: { 'single run': what.items === 0 },
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        atOnce(foldLast(recorder, { system }, () => advice as WrapAdvice));
        return recorder;
      },
    };
  };
  return {
    name: 'machine wrap',
    situations: [
      situation('single run', { items: 0 }),
      situation('batch of one', { items: 1 }),
      situation('batch of two', { items: 2 }),
      situation('large batch', { items: 0xdb71 }),
    ],
    further: [
      ...[0xaaaa_aaabn, 0x5555_5556n, 1n << 32n].map((length) =>
        situation(`networks of ${length} steps`, { items: 0, length }),
      ),
      ...[0x2490, 0x1_0000].map((items) => situation(`batch of ${items}`, { items })),
      ...Array.from({ length: 20 }, (_, k) => situation(`further ${k}`, { items: k % 2 })),
    ],
    attacks: [
      ...[...CHALLENGES, 'sum' as const, 'model' as const].map((lie) =>
        situation(`ends with another ${lie}`, { items: 0, lie }),
      ),
      situation('two networks without a root', { items: 0, surplus: { steps: 0n, networks: 1n } }),
      situation('a network and a step', { items: 0, surplus: { steps: 1n, networks: 0n } }),
    ],
  };
}
