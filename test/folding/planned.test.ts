/**
 * Planned checkpoints of a machine: a proof of a network's first steps shows which values its memory still has to give, where these were
 * fixed before the challenges. What a prover may say otherwise is refused by name.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import {
  type LiveVectors,
  liveDigest,
  type PlannedStep,
  PREFIX_CHECKS,
  plannedDigest,
} from '../../src/folding/planned.ts';
import { startOfProgram } from '../../src/folding/position.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { elementOf, MACHINE_STATE } from '../../src/folding/state.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { type CheckName, verifyFolded } from '../../src/folding/verify.ts';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { INTERFACE, type MemoryLies, memoryMachine, prepareMemory } from '../helpers/memory-machine.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

const F = field(R);
/** Addresses 0 and 1 hold the input, 20, and 25, which both other steps read. */
const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
  { read: 1, weight: -30, constant: 13 },
];

const live = (...rows: number[]): LiveVectors => ({ width: 1, rows: Float64Array.from(rows) });
/** Address, reads to come, value. */
const HONEST = [live(1, 2, 25), live(1, 1, 25)] as const;
const planOf = (...lists: readonly LiveVectors[]): PlannedStep[] =>
  lists.map((list, k) => ({ steps: k + 1, digest: liveDigest(list) }));

describe('a planned checkpoint', () => {
  let engine: Engine;
  let system: StepSystem;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, memoryMachine, toyKey(engine));
  });

  /** The proof of the first steps of a run whose prover planned this. */
  async function prefix(steps: number, lists: readonly LiveVectors[], lies: MemoryLies = {}): Promise<FoldedProof> {
    const planned = planOf(...lists);
    const opening = { interfaceDigest: INTERFACE, planned: plannedDigest(planned) };
    const run = prepareMemory(engine, system, STEPS, [20], lies, opening);
    const buffers = createBuffers(system);
    const start = startOfProgram(engine, system, run.wires, run.program);
    const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
    for (const step of run.prepared.slice(0, steps)) await prover.step(step);
    const memory = { traces: run.cmT[0]!.slice(steps), planned, live: lists[steps - 1] };
    return { ...prover.proof(run.cmM.slice(steps)), ...(steps < STEPS.length && { memory }) };
  }
  const refused = (proof: FoldedProof, of = system): string =>
    foldErrorOf(() => verifyFolded(engine, of, proof)).message;
  const failed = (check: string): string => `The proof is false: check '${check}' failed.`;
  const z = ({ statement }: FoldedProof, name: string): bigint => elementOf(MACHINE_STATE, statement.z, name);

  it.each([1, 2])('after %i steps shows what is still to be read, from its file too', async (steps) => {
    const proof = await prefix(steps, HONEST);
    expect(z(proof, 'sum')).not.toBe(0n);
    const file = encodeProof(proof);
    const read = decodeProof(file);
    expect(encodeProof(read)).toEqual(file);
    expect(read.memory).toEqual(proof.memory);
    const held: CheckName[] = [];
    verifyFolded(engine, system, read, (name) => held.push(name));
    expect(held.filter((name) => (PREFIX_CHECKS as readonly string[]).includes(name))).toEqual(PREFIX_CHECKS);
  });

  it('weighs every number of a vector by a power of its own', async () => {
    const wide = (...numbers: number[]): LiveVectors => ({ width: 3, rows: Float64Array.of(1, 2, ...numbers) });
    verifyFolded(engine, system, await prefix(1, [wide(25, 0, 0)]));
    for (const numbers of [
      [25, 1, 0],
      [25, 0, 1],
      [0, 25, 0],
      [24, 1, 0],
      [25, 1, -1],
    ])
      expect(refused(await prefix(1, [wide(...numbers)])), `${numbers}`).toBe(failed('memory-sum'));
  });

  it('is one of a run that ends as any other', async () => {
    const proof = await prefix(3, HONEST);
    const held: CheckName[] = [];
    verifyFolded(engine, system, proof, (name) => held.push(name));
    expect(held).toContain('memory-sum');
    expect(z(proof, 'sum')).toBe(0n);
  });

  it('shows nothing where it is not planned, but the right challenges', async () => {
    const proof = await prefix(2, HONEST.slice(0, 1));
    const held: CheckName[] = [];
    verifyFolded(engine, system, proof, (name) => held.push(name));
    expect(held).toContain('challenges');
    expect(held).not.toContain('memory-sum');
    expect(refused({ ...proof, memory: { ...proof.memory!, live: HONEST[1] } })).toBe(failed('planned'));
  });

  it.each([
    ['a value', live(1, 2, 26)],
    ['an address', live(0, 2, 25)],
    ['a count', live(1, 3, 25)],
    ['nothing', live()],
    ['a vector that nobody reads', live(1, 2, 25, 2, 1, 11)],
    ['a vector that was never written', live(1, 2, 25, 7, 1, 4)],
  ])('is refused where it says %s otherwise, whether that was planned or not', async (_, list) => {
    const proof = await prefix(1, HONEST);
    expect(refused({ ...proof, memory: { ...proof.memory!, live: list } })).toBe(failed('planned'));
    const planned = planOf(list, HONEST[1]);
    const memory = { ...proof.memory!, planned, live: list };
    expect(refused({ ...proof, memory })).toBe(failed('planned'));
    const program = { ...proof.program!, planned: plannedDigest(planned) };
    expect(refused({ ...proof, memory, program })).toBe(failed('challenges'));
    expect(refused(await prefix(1, [list, HONEST[1]]))).toBe(failed('memory-sum'));
  });

  it('is refused with counts that are chosen when the challenges are known, though they solve its equation', async () => {
    const proof = await prefix(1, HONEST);
    const [alpha, gamma, sum] = ['alpha', 'gamma', 'sum'].map((name) => z(proof, name)) as [bigint, bigint, bigint];
    // an element of the field, which is no count and no double
    const forged = F.mul(sum, F.create(gamma - 1n - alpha * 26n));
    expect(forged > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    const rows = live(1, Number(forged), 26);
    expect(refused({ ...proof, memory: { ...proof.memory!, live: rows } })).toMatch(/malformed: an? (number|address)/);
    const shows = (list: LiveVectors): string => refused({ ...proof, memory: { ...proof.memory!, live: list } });
    for (const count of [0, -1, 2 ** 32]) expect(shows(live(1, count, 25))).toMatch(/malformed: an address or a count/);
    expect(shows(live(-1, 1, 25))).toMatch(/malformed: an address or a count/);
    for (const value of [0.5, 2 ** 60, Number.NaN]) expect(shows(live(1, 1, value))).toMatch(/malformed: a number/);
    expect(shows(live(1, 2))).toMatch(/malformed: rows of 1 numbers/);
    expect(shows({ width: 0, rows: Float64Array.of(1, 2) })).toMatch(/malformed: rows of 0 numbers/);
  });

  it('is refused where a step read what was not written, or its list is of another step', async () => {
    const lies: MemoryLies = {
      traces: (honest) => honest.map((trace, j) => (j === 1 ? { ...trace, x: trace.x + 1, y: trace.y + 1 } : trace)),
    };
    expect(refused(await prefix(2, HONEST, lies))).toBe(failed('memory-sum'));
    const proof = await prefix(2, HONEST);
    expect(refused({ ...proof, memory: { ...proof.memory!, live: HONEST[0] } })).toBe(failed('planned'));
  });

  it('is refused with other challenges than those of all traces, also of steps to come', async () => {
    const lies: MemoryLies = { challenges: (honest) => ({ ...honest, gamma: honest.gamma + 1n }) };
    expect(refused(await prefix(1, HONEST, lies))).toBe(failed('challenges'));
    const proof = await prefix(1, HONEST);
    const [first, second] = proof.memory!.traces;
    const traced = (...traces: readonly (typeof first)[]) => ({
      ...proof,
      memory: { ...proof.memory!, traces: traces as never },
    });
    expect(refused(traced(second, first))).toBe(failed('challenges'));
    expect(refused(traced(first))).toMatch(/malformed: it has 1 traces to come/);
    expect(refused(traced(first, { x: 1n, y: 1n }))).toBe(failed('points'));
  });

  it('is refused without its plan, with one that it does not have, or out of order', async () => {
    const proof = await prefix(1, HONEST);
    const { memory: _, ...without } = proof;
    expect(refused(without)).toBe(failed('planned'));
    const planless = await prefix(1, []);
    expect(refused({ ...planless, memory: { ...planless.memory!, planned: planOf(...HONEST), live: HONEST[0] } })).toBe(
      failed('planned'),
    );
    const { memory: none, ...plain } = planless;
    expect(none!.planned).toEqual([]);
    verifyFolded(engine, system, plain);
    const [first, second] = planOf(...HONEST) as [PlannedStep, PlannedStep];
    for (const planned of [
      [second, first],
      [first, first],
      [{ ...first, steps: 0 }, second],
      [first, second, { ...first, steps: STEPS.length }],
    ])
      expect(refused({ ...proof, memory: { ...proof.memory!, planned } })).toMatch(/malformed: its plan/);
  });

  it('belongs to the middle of a network on the machine', async () => {
    const proof = await prefix(3, HONEST);
    const memory = { traces: [], planned: planOf(...HONEST), live: HONEST[1] };
    expect(refused({ ...proof, memory })).toMatch(/malformed: it opens the memory of a complete network/);
    const layers = await buildStepSystem(engine, toyStep, toyKey(engine));
    const run = await proveToy(engine, layers, [3, 4], 5);
    await run.prover.step(run.prepared[0]!);
    verifyFolded(engine, layers, run.prover.proof(run.cms.slice(1)));
    expect(refused({ ...run.prover.proof(run.cms.slice(1)), memory }, layers)).toMatch(
      /opens the memory of a network of layers/,
    );
  });
});
