/**
 * The wrap of a machine, from its folded proof to what a verifier of final proofs computes: all rows of the circuit hold, its public
 * inputs are those of statement and points, and the opening of all five polynomials holds under the commitments.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { startOfProgram } from '../../src/folding/position.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { verifyFolded } from '../../src/folding/verify.ts';
import { atOnce } from '../../src/turns.ts';
import { foldLast, type WrapAdvice, wrapCircuit, wrapKeyLength } from '../../src/wrap/circuit.ts';
import { wrapConstraints } from '../../src/wrap/count.ts';
import { pointNames, pointsOf } from '../../src/wrap/final-proof.ts';
import { type PreparedWrap, prepareWrap } from '../../src/wrap/last-fold.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { combinedOpeningHolds } from '../../src/wrap/opening/pairing.ts';
import { publicInputs } from '../../src/wrap/signals.ts';
import { toyKey } from '../folding/toy.ts';
import { CheckingSystem, RowViolated } from '../helpers/checking.ts';
import { memoryMachine, prepareMemory } from '../helpers/memory-machine.ts';

const TAU = 123456789n;
const STEPS = [
  { read: 0, weight: 5, constant: 0, input: true },
  { read: 1, weight: 7, constant: 11 },
];

/** Keeps the public inputs. */
class WrapSystem extends CheckingSystem {
  publics: readonly bigint[] = [];
  override publicInputs(values: () => readonly bigint[], count: number): bigint[] {
    this.publics = super.publicInputs(values, count);
    return [...this.publics];
  }
}

describe('the wrap of a machine', () => {
  let engine: Engine;
  let system: StepSystem;
  let wrap: PreparedWrap;
  beforeAll(async () => {
    engine = await createEngine();
    const key = toyKey(engine, TAU);
    system = await buildStepSystem(engine, memoryMachine, key);
    const run = prepareMemory(engine, system, STEPS, [20, 9]);
    const buffers = createBuffers(system);
    const start = startOfProgram(engine, system, run.wires, run.program, run.tree);
    const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
    for (const step of run.prepared) await prover.step(step);
    const proof = prover.proof([]);
    verifyFolded(engine, system, proof);
    const commit = commitHere(engine, await key.load(wrapKeyLength(system)));
    wrap = await prepareWrap(engine, system, commit, proof, undefined, run.items[1]!.k!);
  });

  it('satisfies every row, and shows what statement and points say', () => {
    const cs = new WrapSystem(engine);
    atOnce(wrapCircuit(cs, { system }, () => wrap.advice));
    const { statement, opening } = wrap;
    expect(cs.publics).toEqual(publicInputs(statement, { opening, signalsDigest: cs.publics[0]! }));
    // 9 + 5, then + 7
    expect(statement.revealed).toBe(14n + 21n);
    expect(statement.steps).toBe(4n);
    expect(pointsOf(opening)).toHaveLength(pointNames(['M', 'T', 'P']).length);
    const tau = bn254.G2.Point.BASE.multiply(TAU).toAffine();
    expect(combinedOpeningHolds({ ...opening, points: pointsOf(opening) }, 77n, tau)).toBe(true);
    const swapped = opening.cms.with(1, opening.cms[2]!).with(2, opening.cms[1]!);
    const points = pointsOf({ ...opening, cms: swapped });
    expect(combinedOpeningHolds({ ...opening, points }, 77n, tau)).toBe(false);
  });

  it('refuses another number revealed, another interface and another plan of checkpoints', () => {
    const violated = (change: Partial<WrapAdvice>): string => {
      try {
        atOnce(foldLast(new CheckingSystem(engine), { system }, () => ({ ...wrap.advice, ...change })));
        return 'nothing';
      } catch (error) {
        if (error instanceof RowViolated) return error.message;
        throw error;
      }
    };
    const program = wrap.advice.program!;
    expect(violated({})).toBe('nothing');
    expect(violated({ revealed: 1n })).toBe("in 'chain'");
    expect(violated({ program: { ...program, interfaceDigest: 1n } })).toBe("in 'chain'");
    expect(violated({ program: { ...program, planned: 1n } })).toBe("in 'chain'");
  });

  it('has as many constraints as are counted without building it', () => {
    const constraints = atOnce(wrapConstraints({ system }));
    expect(constraints).toBeGreaterThan(100_000);
    expect(constraints).toBeLessThan(400_000);
  });
});
