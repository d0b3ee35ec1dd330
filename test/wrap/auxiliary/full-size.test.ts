/** The check at its full size, on instances that were really folded: costs pinned, the default instance, one lie. */
import { describe, expect, it } from 'vitest';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { CycleFold, type CycleFoldRunning } from '../../../src/folding/cyclefold.ts';
import {
  CYCLEFOLD_INPUTS,
  type CycleFoldInstance,
  commitmentOf,
  cycleFoldBits,
} from '../../../src/folding/instance.ts';
import { atOnce } from '../../../src/turns.ts';
import { buildAuxiliary } from '../../../src/wrap/auxiliary/chain.ts';
import type { AuxiliaryProof } from '../../../src/wrap/auxiliary/proof.ts';
import { type CycleFoldOpening, proveAuxiliary, scalarsOf } from '../../../src/wrap/auxiliary/prove.ts';
import { verifyAuxiliary } from '../../../src/wrap/auxiliary/verify.ts';
import { firstUnsatisfied } from '../../../src/wrap/r1cs/check.ts';
import { coefficientCount } from '../../../src/wrap/r1cs/r1cs.ts';
import { at, engine, inputOf, sumOf } from '../../folding/cyclefold-run.ts';
import { type CircuitOf, R1csUnderTest } from './r1cs-run.ts';

interface Run {
  readonly instance: CycleFoldInstance<bigint>;
  readonly proof: AuxiliaryProof;
}

const cycleFold = new CycleFold(engine);
/** Stands for cmAux: nothing here opens it. */
const COMMITMENT = at(17n);

/** Two instances folded into the default one. */
async function folded(): Promise<CycleFoldRunning> {
  let running = cycleFold.defaultRunning();
  for (const k of [5n, 7n]) {
    const [r, A, B] = [(k << 124n) + 0x123456789abcdefn * k, at(3n + k), at(11n * k)];
    const fresh = await cycleFold.fresh(running, inputOf(r, A, B, sumOf(r, A, B)));
    const s = (k << 124n) + k;
    cycleFold.foldWitness(running.witness, fresh, s);
    running = { instance: cycleFold.foldInstance(running.instance, fresh, s), witness: running.witness };
  }
  return running;
}

function openingOf({ witness }: CycleFoldRunning): CycleFoldOpening {
  const { fq } = engine;
  const w = fq.decode(witness.z).slice(1 + CYCLEFOLD_INPUTS);
  return { w, e: fq.decode(witness.e), blinding: fq.decode(witness.blinding)[0]! };
}

function transcriptOf<E>(f: SpongeArithmetic<E>, { c, u, x }: CycleFoldInstance<E>): Transcript<E> {
  const transcript = new Transcript<E>(f, 'test');
  transcript.absorb(c.x, c.y, u, ...x.flatMap(({ lo, hi }) => [lo, hi]));
  return transcript;
}

function proven(running: CycleFoldRunning, opening = openingOf(running)): Run {
  const { instance } = running;
  const vector = atOnce(buildAuxiliary(engine, cycleFold.generators, scalarsOf(opening), 99n));
  const transcript = transcriptOf(nativeSponge(engine), instance);
  const { proof } = atOnce(proveAuxiliary(engine, transcript, cycleFold, instance, opening, vector, COMMITMENT));
  return { instance, proof };
}

const check: CircuitOf<Run> = <E>(cs: ConstraintSystem<E>, data: () => Run): void => {
  const given = (value: () => bigint): E => cs.field(value);
  const fq = (value: () => { lo: bigint; hi: bigint }) => ({
    lo: given(() => value().lo),
    hi: given(() => value().hi),
  });
  const instance: CycleFoldInstance<E> = {
    c: { x: given(() => data().instance.c.x), y: given(() => data().instance.c.y) },
    u: given(() => data().instance.u),
    x: Array.from({ length: CYCLEFOLD_INPUTS }, (_, k) => fq(() => data().instance.x[k]!)),
  };
  const limbs = commitmentOf(COMMITMENT);
  const commitment = { x: fq(() => limbs.x), y: fq(() => limbs.y) };
  const transcript = transcriptOf(cs, instance);
  const joined = atOnce(
    verifyAuxiliary(cs, transcript, cycleFold, instance, cycleFoldBits(2), commitment, () => data().proof),
  );
  // any point and factors: only what they cost
  const wires = (n: number): E[] => Array.from({ length: n }, (_, k) => given(() => BigInt(k + 2)));
  cs.scope('weights', () => atOnce(joined.weight(wires(joined.claims.length), wires(joined.log))));
};

const running = await folded();

describe('the CycleFold instance in the wrap', () => {
  const system = new R1csUnderTest(engine, check);

  it('costs 41,604 constraints, of which the claims take 2,448', () => {
    const cost = (scope: string): number => system.constraints(scope);
    // what is absorbed, twenty-two squeezes of the narrow sponge, twenty decompositions
    expect(cost('challenges')).toBe(2 * 612 + 22 * 216 + 20 * 383);
    expect(cost('quotient')).toBe(4_073);
    expect(cost('ranges')).toBe(1_956);
    expect(cost('rows')).toBe(5_082);
    expect(cost('chain')).toBe(11_277);
    expect(cost('weights')).toBe(2_448);
    expect(cost('')).toBe(41_604);
    expect(coefficientCount(system.r1cs)).toBeLessThan(760_000);
  });
  it('accepts a folded instance', () => {
    expect(firstUnsatisfied(engine, system.r1cs, system.witness(proven(running)))).toBeUndefined();
  });
  it('accepts the default instance', () => {
    expect(system.violated(proven(cycleFold.defaultRunning()))).toBeUndefined();
  });
  it('refuses an error that is committed to but wrong', () => {
    const { e, ...others } = openingOf(running);
    const opening = { ...others, e: e.with(390, (e[390]! + 1n) % engine.fq.modulus) };
    const c = cycleFold.commit({ ...running.witness, e: engine.fq.encode(opening.e) });
    const run = proven({ ...running, instance: { ...running.instance, c } }, opening);
    expect(system.violated(run)).toBe('quotient');
  });
});
