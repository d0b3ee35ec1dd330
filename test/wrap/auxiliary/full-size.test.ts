/** The check at its full size, on instances that were really folded: costs pinned, attacks refused, witness timed. */
import { describe, expect, it } from 'vitest';
import { Transcript } from '../../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { CycleFold, type CycleFoldRunning } from '../../../src/folding/cyclefold.ts';
import { CYCLEFOLD_INPUTS, type CycleFoldInstance } from '../../../src/folding/instance.ts';
import { atOnce } from '../../../src/pieces.ts';
import { CYCLEFOLD_CONSTRAINTS } from '../../../src/wrap/count.ts';
import { type CycleFoldOpening, checkCycleFold } from '../../../src/wrap/cyclefold/check.ts';
import { challengeCount } from '../../../src/wrap/cyclefold/relaxed-rows.ts';
import { firstUnsatisfied } from '../../../src/wrap/r1cs/check.ts';
import { coefficientCount } from '../../../src/wrap/r1cs/r1cs.ts';
import { at, engine, inputOf, sumOf } from '../../folding/cyclefold-run.ts';
import { processorTime } from '../../helpers/processor-time.ts';
import { type CircuitOf, R1csUnderTest } from './r1cs-run.ts';

interface Run {
  readonly instance: CycleFoldInstance<bigint>;
  readonly opening: CycleFoldOpening;
}

const cycleFold = new CycleFold(engine);

/** Two instances folded into the default one. */
async function folded(): Promise<CycleFoldRunning> {
  let running = cycleFold.defaultRunning();
  for (const k of [5n, 7n]) {
    const [r, A, B] = [(k << 124n) + 0x123456789abcdefn * k, at(3n + k), at(11n * k)];
    const fresh = await cycleFold.fresh(running, inputOf(r, A, B, sumOf(r, A, B)));
    running = cycleFold.fold(running, fresh, (k << 124n) + k);
  }
  return running;
}

function runOf({ instance, witness }: CycleFoldRunning): Run {
  const z = engine.fq.decode(witness.z);
  const w = z.slice(1 + CYCLEFOLD_INPUTS);
  return { instance, opening: { w, e: engine.fq.decode(witness.e), blinding: engine.fq.decode(witness.blinding)[0]! } };
}

const check: CircuitOf<Run> = <E>(cs: ConstraintSystem<E>, data: () => Run): void => {
  const given = (value: () => bigint): E => cs.field(value);
  const instance: CycleFoldInstance<E> = {
    c: { x: given(() => data().instance.c.x), y: given(() => data().instance.c.y) },
    u: given(() => data().instance.u),
    x: Array.from({ length: CYCLEFOLD_INPUTS }, (_, k) => ({
      lo: given(() => data().instance.x[k]!.lo),
      hi: given(() => data().instance.x[k]!.hi),
    })),
  };
  const transcript = new Transcript(cs, 'test');
  transcript.absorb(instance.c.x, instance.c.y, instance.u, ...instance.x.flatMap(({ lo, hi }) => [lo, hi]));
  atOnce(
    checkCycleFold(
      cs,
      cycleFold,
      instance,
      () => transcript.squeeze(),
      () => data().opening,
    ),
  );
};

const running = await folded();

describe('the CycleFold instance in the wrap', () => {
  const system = new R1csUnderTest(engine, check);
  const honest = runOf(running);

  it('costs 589,698 constraints, challenges included', () => {
    expect(system.constraints('cyclefold-commitment')).toBe(779 * 85 * 8 + 779 * 5 + 3);
    expect(system.constraints('cyclefold-rows/definitions')).toBe(4_620);
    // twenty squeezes of 612 constraints, twenty decompositions of 383
    expect(challengeCount(cycleFold.matrix.sizes.rows)).toBe(20);
    expect(system.constraints('cyclefold-rows/challenges')).toBe(20_512);
    expect(system.constraints('cyclefold-rows/products')).toBe(9_423);
    expect(system.constraints('cyclefold-rows/reductions')).toBe(19_530);
    // the first squeeze is of more than one block
    expect(system.constraints()).toBe(CYCLEFOLD_CONSTRAINTS + 21 * 612);
    expect(system.constraints()).toBe(589_698);
    expect(coefficientCount(system.r1cs)).toBeLessThan(4_100_000);
  });
  it('accepts a folded instance, whose witness takes seconds', async () => {
    let witness: Uint8Array = new Uint8Array();
    const took = await processorTime(() => {
      witness = system.witness(honest);
    });
    expect(took).toBeLessThan(10_000);
    expect(firstUnsatisfied(engine, system.r1cs, witness)).toBeUndefined();
  });
  it('accepts the default instance', () => {
    expect(system.violated(runOf(cycleFold.defaultRunning()))).toBeUndefined();
  });
  it('refuses an error that is committed to but wrong', () => {
    const e = engine.fq.decode(running.witness.e);
    const changed = { ...running.witness, e: engine.fq.encode(e.with(390, (e[390]! + 1n) % engine.fq.modulus)) };
    const c = cycleFold.commit(changed);
    const run = runOf({ instance: { ...running.instance, c }, witness: changed });
    expect(system.violated(run)).toBe('cyclefold-rows/reductions');
  });
  it('refuses a satisfied opening of another commitment', () => {
    const other = { ...honest.opening, blinding: (honest.opening.blinding + 1n) % engine.fq.modulus };
    expect(system.violated({ ...honest, opening: other })).toBe('cyclefold-commitment');
  });
});
