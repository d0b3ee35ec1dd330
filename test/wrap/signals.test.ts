/**
 * The list of signals and its three public inputs: against twins that share no code, and every way that a circuit's list could
 * differ from a verifier's. An attack violates the rows of one part of the circuit and no other: without them it would pass.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { CountingSystem } from '../../src/circuit/counting-system.ts';
import { OPENED, pointNames, STATEMENT } from '../../src/wrap/final-proof.ts';
import {
  digestSignals,
  publicInputs,
  publicInputsOf,
  publishSignals,
  signalList,
  signalsOf,
} from '../../src/wrap/signals.ts';
import { plainHash } from '../helpers/sponge.ts';
import { R1csUnderTest } from './auxiliary/r1cs-run.ts';
import { simulatedCase, stream } from './simulated.ts';

const F = field(R);
const { statement, proof } = simulatedCase(1n);
const named = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, `${name}`])) as Record<K, string>;
const limbsOfPoint = (name: string) => ({
  x: { lo: `${name}.x lo`, hi: `${name}.x hi` },
  y: { lo: `${name}.y lo`, hi: `${name}.y hi` },
});
const listOver = (points: readonly string[]) =>
  signalList({ statement: named(STATEMENT), points: points.map(limbsOfPoint), opened: named(OPENED) });

describe('the list', () => {
  it('has one order: statement, points, opening', () => {
    expect(listOver(pointNames(['M', 'P']))).toEqual([
      ...['modelDigest', 'inputDigest', 'outputDigest', 'revealed', 'steps', 'root'],
      ...['cmM.x lo', 'cmM.x hi', 'cmM.y lo', 'cmM.y hi'],
      ...['cmP.x lo', 'cmP.x hi', 'cmP.y lo', 'cmP.y hi'],
      ...['cmAux.x lo', 'cmAux.x hi', 'cmAux.y lo', 'cmAux.y hi'],
      ...['s.x lo', 's.x hi', 's.y lo', 's.y hi'],
      ...['zeta', 'g', 'f1', 'f2'],
    ]);
    expect(listOver(pointNames(['M', 'T', 'P']))).toHaveLength(10 + 4 * 5);
  });

  it('is computed from statement and points', () => {
    const { cms, cmAux, s, zeta, g, f1, f2 } = proof.opening;
    const list = signalsOf(statement, proof.opening);
    expect(list.slice(0, 6)).toEqual(STATEMENT.map((name) => statement[name]));
    for (const [k, value] of [...cms, cmAux, s].flatMap(({ x, y }) => [x, y]).entries()) {
      expect(list[6 + 2 * k]! + (list[7 + 2 * k]! << 136n)).toBe(value);
      expect(list[6 + 2 * k]! >> 136n).toBe(0n);
    }
    expect(list.slice(22)).toEqual([zeta, g, f1, f2]);
  });

  it('gives the public inputs of the definition', () => {
    const list = signalsOf(statement, proof.opening);
    const [digest, kappa, y] = publicInputs(statement, proof) as [bigint, bigint, bigint];
    expect(digest).toBe(plainHash('wrap-signals', list));
    // name, number of words, h', list, each of 32 bytes
    const tag = Buffer.from('wrap-kappa', 'ascii').toString('hex') + (list.length + 1).toString(16).padStart(8, '0');
    const words = [BigInt(`0x${tag}`), digest, ...list].map((word) => word.toString(16).padStart(64, '0'));
    const hashed = Buffer.from(keccak_256(Buffer.from(words.join(''), 'hex'))).toString('hex');
    expect(kappa).toBe(BigInt(`0x${hashed}`) % R);
    expect(y).toBe(list.reduce((sum, signal, i) => F.add(sum, F.mul(signal, F.pow(kappa, BigInt(i)))), 0n));
  });
});

/** What a prover writes: the circuit's list, and the public inputs where they are not those that follow from it. */
interface Written {
  readonly list: readonly bigint[];
  readonly inputs?: readonly bigint[];
}

const LENGTH = listOver(pointNames(['M', 'P'])).length;
const engine = await createEngine();
const circuit = new R1csUnderTest<Written>(engine, <E>(cs: ConstraintSystem<E>, data: () => Written): void => {
  const list = Array.from({ length: LENGTH }, (_, k) => cs.field(() => data().list[k]!));
  const publish = cs.publicInputs.bind(cs);
  cs.publicInputs = (values, count) => publish(() => data().inputs ?? values(), count);
  publishSignals(cs, list);
});
const next = stream(3n);
const list = Array.from({ length: LENGTH }, next);
const places = list.map((_, k) => k);
const digestOf = (of: readonly bigint[]): bigint => digestSignals(plainSponge, of);
const plusOne = (of: readonly bigint[], at: number): bigint[] => of.with(at, F.add(of[at]!, 1n));

describe('the circuit', () => {
  it('publishes what verifiers compute, for about 1,250 constraints', () => {
    expect(circuit.violated({ list })).toBeUndefined();
    expect(circuit.violated({ list, inputs: publicInputsOf(digestOf(list), list) })).toBeUndefined();
    expect([circuit.constraints('digest'), circuit.constraints('combination')]).toEqual([2 * 612 + 1, LENGTH]);
    const count = new CountingSystem();
    publishSignals(
      count,
      list.map(() => true),
    );
    expect(count.total).toBe(circuit.r1cs.constraints);
  });

  it('takes any kappa, and holds every other value of it', () => {
    const kappa = 12345n;
    const y = list.reduceRight((sum, signal) => F.add(F.mul(kappa, sum), signal));
    const inputs = [digestOf(list), kappa, y];
    expect(circuit.violated({ list, inputs })).toBeUndefined();
    for (const [k, scope] of ['digest', 'combination', 'combination'].entries())
      expect(circuit.violatedScopes({ list, inputs: plusOne(inputs, k) })).toEqual([scope]);
    expect(circuit.unnoticed({ list, inputs })).toEqual([]);
  });
});

describe("a verifier's list that is not the circuit's", () => {
  it('is refused whichever element differs, because y has every term', () => {
    const digest = digestOf(list);
    for (const k of places) {
      const inputs = publicInputsOf(digest, plusOne(list, k));
      expect(circuit.violatedScopes({ list, inputs }), `signal ${k}`).toEqual(['combination']);
    }
  });

  it("is refused whichever element is chosen after kappa, because h' has every element", () => {
    for (const k of places) {
      const lie = k === 0 ? 1 : 0;
      const believed = plusOne(list, lie);
      const inputs = publicInputsOf(digestOf(list), believed);
      const kappa = inputs[1]!;
      // the lie moves y by kappa^lie; the element at k pays for it
      const difference = F.mul(F.pow(kappa, BigInt(lie)), F.inv(F.pow(kappa, BigInt(k))));
      const paid = list.with(k, F.add(list[k]!, difference));
      expect(circuit.violatedScopes({ list: paid, inputs }), `signal ${k}`).toEqual(['digest']);
    }
  });

  it('is refused with the limbs of another encoding: there is no range check, and none is needed', () => {
    const honest = signalsOf(statement, proof.opening);
    for (const k of [6, 8, 10, 12, 14, 16, 18, 20]) {
      // x lo + 2^136, x hi - 1 spell the same coordinate
      const other = honest.with(k, honest[k]! + (1n << 136n)).with(k + 1, F.sub(honest[k + 1]!, 1n));
      expect(circuit.violatedScopes({ list: other, inputs: publicInputsOf(digestOf(other), honest) })).toEqual([
        'combination',
      ]);
    }
  });
});
