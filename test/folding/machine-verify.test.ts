/** What of a machine's folded proof the verifier refuses by name: program, challenges, memory, state, trace. */
import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { type Engine, FIELD_BYTES, POINT_BYTES } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import { TRACE } from '../../src/folding/blocks.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { startOfProgram } from '../../src/folding/position.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { MACHINE_STATE } from '../../src/folding/state.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { verifyFolded } from '../../src/folding/verify.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { memoryMachine, prepareMemory } from '../helpers/memory-machine.ts';
import { rehashed } from './attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
];

describe("a machine's folded proof", () => {
  let engine: Engine;
  let system: StepSystem;
  let proof: FoldedProof;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, memoryMachine, toyKey(engine));
    const run = prepareMemory(engine, system, STEPS, [20, 9]);
    const buffers = createBuffers(system);
    const start = startOfProgram(engine, system, run.wires, run.program, run.tree);
    const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
    for (const step of run.prepared) await prover.step(step);
    proof = prover.proof([]);
    verifyFolded(engine, system, proof);
  });

  const refused = (edited: FoldedProof, of = system): string =>
    foldErrorOf(() => verifyFolded(engine, of, edited)).message;
  const failed = (check: string): string => `The proof is false: check '${check}' failed.`;
  /** With an element of the state increased, and the chain's last hash of that. */
  const withState = (name: string): FoldedProof => {
    const at = MACHINE_STATE.elements.findIndex((element) => element.name === name);
    const { z } = proof.statement;
    return rehashed(engine, { ...proof, statement: { ...proof.statement, z: z.with(at, (z[at]! + 1n) % R) } });
  };

  it('is refused with other challenges, or those of other traces', () => {
    for (const name of ['alpha', 'gamma', 'rho', 'c'])
      expect(refused(withState(name)), name).toBe(failed('challenges'));
    const program = { ...proof.program!, planned: 1n };
    expect(refused({ ...proof, program })).toBe(failed('challenges'));
    const cms = proof.last.cms.with(TRACE, proof.last.cms[0]!);
    expect(refused({ ...proof, last: { ...proof.last, cms } })).toBe(failed('challenges'));
  });

  it('is refused with a sum other than 0', () => {
    expect(refused(withState('sum'))).toBe(failed('memory-sum'));
  });

  it('is refused as another item of its batch, in what it reveals too', () => {
    for (const name of ['hIn', 'o', 'k']) expect(refused(withState(name)), name).toBe(failed('item'));
  });

  it('is refused with another interface, and without one', () => {
    expect(refused({ ...proof, program: { ...proof.program!, interfaceDigest: 1n } })).toBe(failed('model'));
    const { program: _, ...without } = proof;
    expect(refused(without)).toMatch(/malformed: it does not open/);
    expect(refused({ ...proof, program: { ...proof.program!, planned: R } })).toMatch(/malformed: a value/);
  });

  it('is refused with a state before the first step, or another number of elements', () => {
    const { statement } = proof;
    expect(refused({ ...proof, statement: { ...statement, z0: statement.z } })).toMatch(/malformed: a first state/);
    expect(refused({ ...proof, statement: { ...statement, z: statement.z.slice(1) } })).toMatch(
      /malformed: a chain state/,
    );
  });

  it('is refused with a bit of the trace that is 2, and with another entry, though committed to', () => {
    const { fr, g1 } = engine;
    const block = system.layout.blocks[TRACE]!;
    const opening = proof.last.opening[TRACE]!;
    const point = (at: number) => g1.decodePoints(system.key.subarray(at * POINT_BYTES, (at + 1) * POINT_BYTES))[0]!;
    const increased = (part: 'bits' | 'fields', at: number, by: bigint): FoldedProof => {
      const values = fr.fromCanonical(opening[part]);
      const entry = values.subarray(0, FIELD_BYTES);
      entry.set(fr.add(entry, fr.encode([by])));
      const cm = add(G1_PARAMS, proof.last.cms[TRACE]!, mul(G1_PARAMS, point(at), by)!)!;
      const edited = proof.last.opening.with(TRACE, { ...opening, [part]: fr.toCanonical(values) });
      const last = { ...proof.last, cms: proof.last.cms.with(TRACE, cm), opening: edited };
      return { ...proof, last };
    };
    const bit = BigInt(opening.bits[0]!);
    // the challenges are of the commitment that the circuit saw
    expect(refused(increased('bits', 0, 2n - bit))).toBe(failed('challenges'));
    expect(refused(increased('fields', block.fields.at, 1n))).toBe(failed('challenges'));
    const same = (edited: FoldedProof) => ({ ...edited, last: { ...edited.last, cms: proof.last.cms } });
    expect(refused(same(increased('bits', 0, 2n - bit)))).toBe(failed('last-rows'));
    expect(refused(same(increased('fields', block.fields.at, 1n)))).toBe(failed('last-commitments'));
  });

  it('is refused where layers are expected, and layers that open a program are', async () => {
    const layers = await buildStepSystem(engine, toyStep, toyKey(engine));
    expect(refused(proof, layers)).toMatch(/malformed/);
    const run = await proveToy(engine, layers, [3], 5);
    await run.prover.step(run.prepared[0]!);
    expect(refused({ ...run.prover.proof([]), program: proof.program }, layers)).toMatch(/malformed: it opens/);
  });
});
