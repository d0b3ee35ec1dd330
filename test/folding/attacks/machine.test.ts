/**
 * Attacks on the memory of a machine: whoever proves a false run does everything else right, so that one check alone stands
 * against each lie. Where a lie is about the last network the verifier names its check; where it is about one before, the step circuit's
 * boundary rows do, which shows as rows of the running instance.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/algebra/engine.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { nativeSponge } from '../../../src/algebra/sponge.ts';
import { BatchTree } from '../../../src/folding/batch-tree.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { itemOfState, leaveState, MACHINE_STATE } from '../../../src/folding/state.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { verifyFolded } from '../../../src/folding/verify.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import {
  INTERFACE,
  type MemoryLies,
  type MemoryTrace,
  memoryMachine,
  prepareMemory,
} from '../../helpers/memory-machine.ts';
import { toyKey } from '../toy.ts';
import { type Cheats, MaliciousProver } from './malicious-prover.ts';

const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
];
const INPUTS = [20, 9];

describe('an adversary with a memory', () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, memoryMachine, toyKey(engine));
  });

  interface Attempt {
    readonly inputs?: readonly number[];
    readonly lies?: MemoryLies;
    readonly cheats?: Cheats;
    readonly interfaceDigest?: bigint;
    /** The steps as they are proven. */
    steps?(prepared: readonly PreparedStep[]): readonly PreparedStep[];
  }
  /** The check that fails, or 'accepted'. */
  async function outcome({ inputs = INPUTS, lies, cheats, interfaceDigest, steps }: Attempt): Promise<string> {
    const run = prepareMemory(engine, system, STEPS, inputs, lies);
    const program = { ...run.program, ...(interfaceDigest !== undefined && { interfaceDigest }) };
    const prepared = steps?.(run.prepared) ?? run.prepared;
    const items = inputs.map((_, q) =>
      itemOfState(MACHINE_STATE, leaveState(MACHINE_STATE, { c: 0n }, prepared[(q + 1) * STEPS.length - 1]!.wires)),
    );
    const tree = inputs.length > 1 ? new BatchTree(nativeSponge(engine), items) : undefined;
    const wires = { ...run.wires, root: tree?.root ?? 0n };
    const prover = new MaliciousProver(engine, system, wires, 0n, cheats, tree, program);
    for (const step of prepared) await prover.step(step);
    try {
      verifyFolded(engine, system, prover.proof());
      return 'accepted';
    } catch {
      const error = foldErrorOf(() => verifyFolded(engine, system, prover.proof()));
      expect(error.code).toBe('E_REJECTED');
      return /check '([a-z-]+)'/.exec(error.message)![1]!;
    }
  }
  /** Of item q only. */
  const ofItem =
    (item: number, change: (traces: readonly MemoryTrace[]) => readonly MemoryTrace[]): MemoryLies['traces'] =>
    (traces, q) =>
      q === item ? change(traces) : traces;
  /** The value that step 1 reads is another than the one written. */
  const otherRead = (traces: readonly MemoryTrace[]): readonly MemoryTrace[] =>
    traces.with(1, { ...traces[1]!, x: traces[1]!.x + 1, y: traces[1]!.y + 1 });

  it('who does not lie is accepted', async () => {
    expect(await outcome({})).toBe('accepted');
    expect(await outcome({ inputs: [20] })).toBe('accepted');
  });

  it('who reads what was never written has a sum other than 0', async () => {
    expect(await outcome({ lies: { traces: ofItem(1, otherRead)! } })).toBe('memory-sum');
    // of a network that is not the last one the circuit itself sees to it
    expect(await outcome({ lies: { traces: ofItem(0, otherRead)! } })).toBe('running-rows');
    expect(await outcome({ inputs: [20], lies: { traces: ofItem(0, otherRead)! } })).toBe('memory-sum');
  });

  it('who counts a read too few or too many has a sum other than 0', async () => {
    for (const reads of [
      [1, 0],
      [1, 2],
    ] as const)
      expect(await outcome({ lies: { traces: ofItem(1, (t) => t.with(0, { ...t[0]!, reads })) as never } })).toBe(
        'memory-sum',
      );
  });

  it('who chooses a challenge himself is rejected, whichever it is', async () => {
    for (const name of ['alpha', 'gamma', 'rho'] as const)
      for (const [item, check] of [
        [1, 'challenges'],
        [0, 'running-rows'],
      ] as const) {
        const challenges: MemoryLies['challenges'] = (honest, q) => (q === item ? { ...honest, [name]: 77n } : honest);
        expect(await outcome({ lies: { challenges } }), name).toBe(check);
      }
  });

  it('who lies with challenges of his choice, so that the sum is 0, is rejected for them', async () => {
    // alpha = 0: no value counts, only addresses
    const challenges: MemoryLies['challenges'] = (honest, q) => (q === 1 ? { ...honest, alpha: 0n } : honest);
    expect(await outcome({ lies: { traces: ofItem(1, otherRead)!, challenges } })).toBe('challenges');
  });

  it('whose items share challenges is rejected', async () => {
    const first: MemoryLies['challenges'] = (honest, _, others) => others[0] ?? honest;
    expect(await outcome({ lies: { challenges: first } })).toBe('challenges');
    const middle: MemoryLies['challenges'] = (honest, q, others) => (q === 1 ? others[0]! : honest);
    expect(await outcome({ inputs: [20, 9, 4], lies: { challenges: middle } })).toBe('running-rows');
  });

  it('who commits to another trace when he knows the challenges is rejected', async () => {
    // false values and reads for which the sum is 0, under the challenges of the true ones
    const late: MemoryLies['late'] = (traces, q) =>
      q === 1
        ? traces.with(0, { ...traces[0]!, input: 10, v: 10, x: 10, y: 15 }).with(1, { ...traces[1]!, x: 15, y: 22 })
        : traces;
    expect(await outcome({ lies: { late } })).toBe('challenges');
    const before: MemoryLies['late'] = (traces, q) => late(traces, 1 - q);
    expect(await outcome({ lies: { late: before } })).toBe('running-rows');
  });

  it('who folds another cmT than his trace, or exchanges it with cmM or cmP, is rejected', async () => {
    const exchanged =
      (step: number, a: number, b: number): NonNullable<Attempt['steps']> =>
      (prepared) =>
        prepared.map((own, k) => {
          if (k !== step) return own;
          const blocks = [...own.blocks];
          [blocks[a], blocks[b]] = [
            { ...blocks[a]!, commitment: blocks[b]!.commitment },
            { ...blocks[b]!, commitment: blocks[a]!.commitment },
          ];
          return { ...own, blocks };
        });
    const ofOther: NonNullable<Attempt['steps']> = (prepared) =>
      prepared.map((own, k) =>
        k === 0
          ? {
              ...own,
              blocks: own.blocks.with(1, { ...own.blocks[1]!, commitment: prepared[2]!.blocks[1]!.commitment }),
            }
          : own,
      );
    // a network's traces are in its challenges
    expect(await outcome({ steps: ofOther })).toBe('running-commitments');
    expect(await outcome({ inputs: [20], steps: exchanged(1, 0, 1) })).toBe('model');
    const toP: Cheats = { commitment: () => prepareMemory(engine, system, STEPS, INPUTS).cmT[1]![1]! };
    expect(await outcome({ inputs: [20], cheats: toP })).toBe('last-commitments');
  });

  it('who starts a network from a sum, a k or challenges that came in is rejected', async () => {
    for (const name of ['sum', 'k', 'hIn', 'o'] as const)
      for (const step of [0, STEPS.length]) {
        const enters: MemoryLies['enters'] = (honest, i) => (i === step ? { ...honest, [name]: 5n } : honest);
        expect(await outcome({ lies: { enters } }), `${name} at step ${step}`).toBe(
          name === 'sum' && step > 0 ? 'memory-sum' : 'running-rows',
        );
      }
  });

  it('whose state is not reset at the very first step, with a sum that makes up for a lie, is rejected', async () => {
    // z_0 is the prover's: with it as the first sum the false run would end with 0
    const wanted = async (): Promise<bigint> => {
      const run = prepareMemory(engine, system, STEPS, [20], { traces: (t) => otherRead(t) });
      return run.prepared.at(-1)!.wires.leave.sum!;
    };
    const sum = R - (await wanted());
    const lies: MemoryLies = {
      traces: (t) => otherRead(t),
      enters: (honest, i) => (i === 0 ? { ...honest, sum } : honest),
    };
    const cheats: Cheats = {
      advice: (advice, step) => (step === 0 ? { ...advice, z: advice.z.with(3, sum) } : advice),
    };
    expect(await outcome({ inputs: [20], lies, cheats })).toBe('running-rows');
  });

  it('who goes on inside a network from another state than the last step left is rejected', async () => {
    for (const name of ['hIn', 'o', 'k', 'sum', 'alpha', 'gamma', 'rho'] as const) {
      const enters: MemoryLies['enters'] = (honest, i) => (i === 1 ? { ...honest, [name]: 5n } : honest);
      expect(await outcome({ lies: { enters } }), name).toBe('running-rows');
    }
  });

  it('who says another number of the step is rejected', async () => {
    for (const step of [0, 1, 2]) {
      const enters: MemoryLies['enters'] = (honest, i) =>
        i === step ? { ...honest, position: honest.position! + 1n } : honest;
      expect(await outcome({ lies: { enters } }), `${step}`).toMatch(/running-rows|memory-sum/);
    }
  });

  it('who takes a salt for a first block is rejected: the two are digested in different domains', async () => {
    // hIn begins as the digest of a block v absorbed into 0 would be
    const enters: MemoryLies['enters'] = (honest, i) =>
      i === STEPS.length ? { ...honest, hIn: nativeSponge(engine).permute([0n, 0n, 9n])[1]! } : honest;
    expect(await outcome({ lies: { enters } })).toBe('running-rows');
  });

  it('who opens the model with another interface is rejected', async () => {
    expect(await outcome({ interfaceDigest: INTERFACE + 1n, inputs: [20] })).toBe('model');
  });
});
