/**
 * A malicious prover against the whole wrap circuit (protocol section 10): the advice of an honest proof of two steps with one
 * lie in it. The witness is written as the circuit computes it from the lie, and some constraint must fail. What the circuit
 * leaves to the outside, the KZG opening must refuse.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { type Affine, R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { type CommitmentKeySource, developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { type PlannedSlots, plan, quantize } from '../../src/api/plan.ts';
import { prove } from '../../src/api/prove.ts';
import { buildWrap } from '../../src/api/wrap-circuit.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import { logitOffset } from '../../src/layers/readout.ts';
import type { WrapAdvice } from '../../src/wrap/circuit.ts';
import { wrapKeyLength } from '../../src/wrap/circuit.ts';
import type { FinalOpening } from '../../src/wrap/final-proof.ts';
import { type PreparedWrap, prepareWrap } from '../../src/wrap/last-fold.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { firstUnsatisfied } from '../../src/wrap/r1cs/check.ts';
import type { R1cs } from '../../src/wrap/r1cs/r1cs.ts';
import { digestSignals, PUBLIC_INPUTS, publicInputsOf, signalsOf } from '../../src/wrap/signals.ts';
import { integersOf, replaced } from '../helpers/mutate.ts';
import { caughtBy, signalsIn, witnessOf as writtenWitness } from '../helpers/wrap-lies.ts';

const F = field(R);
let planned: PlannedSlots<CommitmentKeySource>;
let r1cs: R1cs;
let honest: PreparedWrap;
let predicted = 0;

beforeAll(async () => {
  // 33 layers in steps of 16: two steps, so that the running instance is not the default one
  const loaded = await loadModel({ network: 'digits512', layers: 33 });
  planned = await plan(quantize(loaded), developmentKeySource());
  const { engine, system, model } = planned;
  const { proof, output } = await prove(planned, loaded.sample!, { workers: 1 });
  expect(proof.statement.steps).toBe(2);
  predicted = output.class;
  const offset = BigInt(logitOffset(model.plan.step));
  const readout = { salt: 0n, shifted: Array.from(output.logits, (v) => BigInt(v) + offset) };
  const commit = commitHere(engine, await planned.key.load(wrapKeyLength(system)));
  honest = await prepareWrap(engine, system, commit, proof, readout, BigInt(predicted + 1));
  r1cs = await buildWrap({ ...planned, step: model.plan.step });
}, 300_000);

const witnessOf = (advice: WrapAdvice): Uint8Array => writtenWitness(planned, r1cs, advice);
const caught = (advice: WrapAdvice): string => caughtBy(planned, r1cs, advice);

const signal = (witness: Uint8Array, k: number): bigint => field(R).fromBytes(witness.subarray(32 * k, 32 * (k + 1)));
const inc = (v: bigint): bigint => F.add(v, 1n);

describe('the wrap circuit', () => {
  it('holds for the honest witness, and pins its public inputs', () => {
    const witness = witnessOf(honest.advice);
    expect(firstUnsatisfied(planned.engine, r1cs, witness)).toBeUndefined();
    expect(r1cs.publicInputs).toBe(PUBLIC_INPUTS);
    for (let k = 1; k <= PUBLIC_INPUTS; k++) {
      const lie = witness.slice();
      lie.set(F.toBytes(inc(signal(witness, k))), 32 * k);
      expect(firstUnsatisfied(planned.engine, r1cs, lie)?.scope, `public input ${k}`).toMatch(/^signals/);
    }
  });

  it('publishes what verifiers compute from statement and points', () => {
    const witness = witnessOf(honest.advice);
    const list = signalsOf(honest.statement, honest.opening);
    expect(signalsIn(r1cs, witness)).toEqual(list);
    const own = publicInputsOf(digestSignals(nativeSponge(planned.engine), list), list);
    expect([1, 2, 3].map((k) => signal(witness, k))).toEqual(own);
  });

  const LIES: readonly (readonly [lie: string, change: (a: WrapAdvice) => WrapAdvice, scope: RegExp])[] = [
    ['another model chain', (a) => ({ ...a, m: inc(a.m) }), /^chain/],
    ['the digest of another model', (a) => ({ ...a, modelDigest: inc(a.modelDigest) }), /^chain/],
    ['one step more', (a) => ({ ...a, steps: a.steps + 1n }), /^statement|^chain/],
    ['a longer network', (a) => ({ ...a, stepsPerNetwork: a.stepsPerNetwork * 2n }), /^statement/],
    ['a second network', (a) => ({ ...a, steps: a.steps * 2n }), /^statement/],
    ['a shorter network, twice', (a) => ({ ...a, stepsPerNetwork: 1n }), /^statement/],
    ['networks of no step', (a) => ({ ...a, stepsPerNetwork: 0n }), /statement|cannot/],
    ['the root of a batch', (a) => ({ ...a, root: 1n }), /^chain/],
    ['another first input', (a) => ({ ...a, firstInput: inc(a.firstInput) }), /^chain/],
    ['no step', (a) => ({ ...a, steps: 0n }), /statement|cannot/],
    ['another input', (a) => ({ ...a, inputDigest: inc(a.inputDigest) }), /^chain/],
    ['another output', (a) => ({ ...a, outputDigest: inc(a.outputDigest) }), /^chain/],
    ['another end of the chain', (a) => replaced(a, ['state', 0], inc(a.state[0]!)), /^chain/],
    ['a running instance of another chain', (a) => replaced(a, ['running', 'U', 'v'], inc(a.running.U.v)), /^chain/],
    [
      'commitments not those of the chain',
      (a) => replaced(a, ['running', 'U', 'cms', 1], a.running.U.cms[0]!),
      /^chain/,
    ],
    ['the model commitment of another step', (a) => replaced(a, ['last', 'cms', 0], a.last.cms[1]!), /^chain/],
    ['another last witness', (a) => replaced(a, ['last', 'cms', 1], a.last.cms[0]!), /^fold|^cyclefold|^spartan/],
    [
      'a folded commitment that is not the sum',
      (a) => replaced(a, ['messages', 'cms', 1], a.messages.cms[0]!),
      /^fold|^cyclefold|^spartan/,
    ],
    ...[0, 1, 2, 3].map((k): (typeof LIES)[number] => [
      `another cross term t_${k + 1}`,
      (a) => replaced(a, ['messages', 't', k], inc(a.messages.t[k]!)),
      /^cyclefold|^fold|^spartan/,
    ]),
    ['another Aux', (a) => replaced(a, ['auxiliary', 'commitment'], a.last.cms[1]!), /^cyclefold|^spartan/],
    [
      'another identity of the rows modulo q',
      (a) => replaced(a, ['auxiliary', 'proof', 'identity', 3], inc(a.auxiliary.proof.identity[3]!)),
      /^cyclefold/,
    ],
    [
      'another sum of errors',
      (a) => replaced(a, ['auxiliary', 'proof', 'errors'], inc(a.auxiliary.proof.errors)),
      /^cyclefold/,
    ],
    [
      'another x at the end of the chain',
      (a) => replaced(a, ['auxiliary', 'proof', 'chain', 'x'], inc(a.auxiliary.proof.chain.x)),
      /^cyclefold/,
    ],
    [
      'logits of another readout',
      (a) => ({ ...a, readout: { ...a.readout, shifted: a.readout.shifted.map((v, k) => (k === 3 ? v + 1n : v)) } }),
      /^readout/,
    ],
    ['another salt of the readout', (a) => ({ ...a, readout: { ...a.readout, salt: 1n } }), /^readout/],
    ['another class', (a) => ({ ...a, revealed: BigInt((predicted + 1) % 10) + 1n }), /^readout/],
    [
      'a claimed value of Spartan',
      (a) => replaced(a, ['spartan', 'claims', 1], inc(a.spartan.claims[1]!)),
      /^spartan|^opening/,
    ],
    [
      'a claimed value of Aux',
      (a) => replaced(a, ['spartan', 'claims', 2], inc(a.spartan.claims[2]!)),
      /^spartan|^opening/,
    ],
    [
      'one evaluation of the opening',
      (a) => replaced(a, ['opening', 'evaluations', 0, 'blocks', 1], inc(a.opening.evaluations[0].blocks[1]!)),
      /^opening/,
    ],
    ['another s', (a) => replaced(a, ['opening', 's'], a.last.cms[1]!), /^opening/],
  ];

  it.each(LIES)('refuses %s', (_lie, change, scope) => {
    expect(caught(change(honest.advice))).toMatch(scope);
  });

  it('refuses messages of Spartan changed by one, one in twelve', () => {
    for (const { path, value } of integersOf(honest.advice.spartan).filter((_, k) => k % 12 === 0))
      expect(caught(replaced(honest.advice, ['spartan', ...path], inc(BigInt(value)))), path.join('.')).toMatch(
        /^spartan|^opening/,
      );
  });
});

describe('what the circuit leaves to the opening', () => {
  const G = bn254.G1.Point.BASE;
  const point = ({ x, y }: Affine) => bn254.G1.Point.fromAffine({ x, y });
  /** [f] - f(zeta) G = (tau - zeta) W1: the pairing's equation, with the tau that is known here. */
  const opens = ({ cms, cmAux, s, w1, zeta, g, f1 }: FinalOpening): boolean =>
    point(cms[0]!)
      .add(point(cms[1]!).multiply(g))
      .add(point(cmAux).multiply(F.pow(g, 2n)))
      .add(point(s).multiply(F.pow(g, 3n)))
      .subtract(G.multiply(f1))
      .equals(point(w1).multiply(F.sub(DEVELOPMENT_TAU, zeta)));

  it('refuses evaluations that satisfy the inner product but are not those of the committed polynomials', () => {
    expect(opens(honest.opening)).toBe(true);
    const { zeta } = honest.opening;
    const [first, second] = honest.advice.opening.evaluations;
    // zeta s(zeta) + s(1/zeta) / zeta stays what it was
    const shifted: WrapAdvice['opening']['evaluations'] = [
      { ...first, s: inc(first.s) },
      { ...second, s: F.sub(second.s, F.mul(zeta, zeta)) },
    ];
    const witness = witnessOf({ ...honest.advice, opening: { ...honest.advice.opening, evaluations: shifted } });
    expect(firstUnsatisfied(planned.engine, r1cs, witness)).toBeUndefined();
    const [z, g, f1, f2] = signalsIn(r1cs, witness).slice(-4) as [bigint, bigint, bigint, bigint];
    expect(z).toBe(zeta);
    // g comes after the evaluations: a liar cannot choose them to fit a g that is known
    expect(g).not.toBe(honest.opening.g);
    expect(opens({ ...honest.opening, g, f1, f2 })).toBe(false);
  });
});
