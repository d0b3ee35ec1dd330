/**
 * The wrap's check of a folded CycleFold instance, on the small relation that has all kinds of its rows. Its parts meet in limbs
 * alone: of the scalars, which the commitment binds and the prover chooses, and of the inputs. So each part is taken by itself,
 * with limbs as they come: together, in so small a relation, digits and bits that stand still would determine all the rest.
 */
import type { Engine } from '../../../src/algebra/engine.ts';
import { BETA, Q, R } from '../../../src/algebra/params.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { fqValue } from '../../../src/circuit/gadgets/fq.ts';
import type { LinearForm } from '../../../src/circuit/linear-form.ts';
import { atOnce } from '../../../src/turns.ts';
import { openCommitment } from '../../../src/wrap/cyclefold/commitment.ts';
import { DIGIT_BITS, oddRepresentative, signedDigits } from '../../../src/wrap/cyclefold/digits.ts';
import { integerRows } from '../../../src/wrap/cyclefold/integer-rows.ts';
import { LIMB, LIMB_BITS, LIMBS, type Limbs, limbsOfFq, limbsOfInteger } from '../../../src/wrap/cyclefold/limbs.ts';
import { assertRelaxedRows } from '../../../src/wrap/cyclefold/relaxed-rows.ts';
import { TestSystem } from '../../helpers/circuit.ts';
import { commit, type ToyRun, toy, toyRun } from '../../wrap/cyclefold/toy.ts';
import { elementsFrom } from '../../wrap/folded.ts';
import { Recorder } from '../recorder.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

const next = elementsFrom(31);
const fq = (): bigint => (next() * next()) % Q;
/** The first two have spans of their own, the others are for single terms. */
const runs = Array.from({ length: 40 }, (_, k): ToyRun => {
  const run = toyRun(k === 2 ? (1n << 163n) - 1n : next() >> 92n, [fq(), fq()], [fq(), fq(), fq()]);
  return { ...run, squeezed: [next(), next()] };
});

export function commitmentUnderMutation(): CircuitUnderMutation {
  return circuit('wrap cyclefold commitment', (cs, { opening }) => {
    const { w, e, blinding } = opening;
    const c = commit(opening);
    const point = { x: cs.field(() => c.x), y: cs.field(() => c.y) };
    atOnce(openCommitment(cs, toy.generators, point, () => [...w, ...e, blinding]));
  });
}

export function limbsUnderMutation(): CircuitUnderMutation {
  return circuit('wrap cyclefold limbs', (cs, { instance }) => {
    const u = cs.field(() => instance.u);
    limbsOfInteger(cs, u, U_BITS);
    for (const { lo, hi } of instance.x) limbsOfFq(cs, { lo: cs.field(() => lo), hi: cs.field(() => hi) });
  });
}

/** As the toy relation, with one definition of each kind and no two of one value. */
function relation<E>(cs: ConstraintSystem<E>): void {
  const [x, y] = cs.publicInputs(() => [], 2) as [E, E];
  const [a, b, c] = [0, 1, 2].map(() => cs.field(() => 0n)) as [E, E, E];
  cs.row([cs.add(a, b), cs.sub(x, c)], [cs.scale(-2n, a), b], [cs.constant(-3n), cs.constant(1n)]);
  cs.row([cs.sub(a, x), cs.sub(a, cs.scale(BETA, x))], [c, c]);
  const powers = cs.sum([a, b, c, y].map((v, k) => [4n ** BigInt(60 - 20 * k), v] as const));
  cs.row([cs.constant(1n), powers], [b, c]);
}

export function relaxedRowsUnderMutation(engine: Engine): CircuitUnderMutation {
  const system = new TestSystem(engine, 'fq', relation);
  const rows = integerRows(system.matrix);
  return circuit('wrap cyclefold rows', (cs, { instance, opening, squeezed }) => {
    const inputs = [instance.u, ...instance.x.map(fqValue)];
    const errors = system.rows([...inputs, ...opening.w].map((v) => v % Q));
    const free = (limbs: readonly bigint[]): Limbs<LinearForm> => limbs.map((limb) => cs.field(() => limb));
    const z = [...inputs.map((v) => free(plainLimbs(v))), ...opening.w.map((v) => free(digitLimbs(v)))];
    const e = errors.map((v) => free(digitLimbs(v)));
    let at = 0;
    const squeeze = (): LinearForm => {
      const element = squeezed[at++]!;
      return cs.field(() => element);
    };
    atOnce(assertRelaxedRows(cs, rows, z, e, squeeze));
  });
}

const U_BITS = 163;

function plainLimbs(v: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, l) => (v >> BigInt(LIMB_BITS * l)) % LIMB);
}

/** Those that the digits of a scalar make. */
function digitLimbs(scalar: bigint): bigint[] {
  const digits = signedDigits(oddRepresentative(scalar));
  const per = LIMB_BITS / DIGIT_BITS;
  return Array.from({ length: LIMBS }, (_, l) =>
    digits.slice(per * l, per * (l + 1)).reduceRight((sum, d) => (sum << BigInt(DIGIT_BITS)) + d, 0n),
  );
}

function circuit(name: string, body: (cs: Recorder, run: ToyRun) => void): CircuitUnderMutation {
  const all = runs.map(
    (run, k): Situation => ({
      name: `run ${k}`,
      holds: {},
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        body(recorder, run);
        return recorder;
      },
    }),
  );
  return { name, situations: all.slice(0, 2), further: all.slice(2) };
}
