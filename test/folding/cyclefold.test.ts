/** The CycleFold circuit C = A + n(r) B: its size, the model's vectors, every variable, and its folding. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, Q } from '../../src/algebra/params.ts';
import { fqValue } from '../../src/circuit/gadgets/fq.ts';
import { plainScalar } from '../../src/circuit/gadgets/grumpkin.ts';
import { CycleFold, type CycleFoldRunning, type FreshCycleFold } from '../../src/folding/cyclefold.ts';
import { honestly, integers, points } from '../helpers/circuit.ts';
import { at, engine, inputOf, run, sumOf, system } from './cyclefold-run.ts';

interface Vector {
  readonly r: string;
  readonly scalar: string;
  readonly A: readonly string[];
  readonly B: readonly string[];
  readonly C: readonly string[];
  /** l1, l2, xR, xA', xQ, yQ. */
  readonly firstRound: readonly string[];
  readonly lastRound: readonly string[];
}
const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../fixtures/cyclefold.json', import.meta.url), 'utf8'),
);

const F = field(Q);

describe('the circuit', () => {
  it('has 391 rows, 387 variables and 7 inputs', () => {
    expect(system.matrix.sizes).toMatchObject({ rows: 391, fields: 387, x: 7, bits: 0, model: 0 });
    expect(system.matrix.matrix.variables).toBe(1 + 7 + 387);
  });

  it.each(vectors)('agrees with the model for r = $r', (v) => {
    const point = ([x, y]: readonly string[]): Affine => ({ x: BigInt(x!), y: BigInt(y!) });
    const [A, B, C] = [point(v.A), point(v.B), point(v.C)];
    expect(sumOf(BigInt(v.r), A, B)).toEqual(C);
    const z = run(inputOf(BigInt(v.r), A, B, C));
    expect(system.violation(z)).toBeUndefined();
    const modelOrder = (start: number): bigint[] => [2, 3, 4, 5, 0, 1].map((k) => z[8 + start + k]!);
    expect(modelOrder(0)).toEqual(v.firstRound.map(BigInt));
    expect(modelOrder(6 * 63)).toEqual(v.lastRound.map(BigInt));
  });

  it('is written by the engine as by its own rounds', () => {
    const input = inputOf(2n ** 127n / 3n, at(5n), at(7n), sumOf(2n ** 127n / 3n, at(5n), at(7n)));
    expect(run(input)).toEqual(run(input, honestly));
  });

  it('is satisfied by A + n(r) B', () => {
    fc.assert(
      fc.property(integers(128), points(G1_PARAMS), points(G1_PARAMS), (r, A, B) => {
        const z = run(inputOf(r, A, B, sumOf(r, A, B)));
        expect(system.violation(z)).toBeUndefined();
        expect(system.violatedRows(z)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('notices a change of every variable and every input by one', () => {
    const r = 0x0123456789abcdeffedcba9876543210n;
    const z = run(inputOf(r, at(5n), at(7n), sumOf(r, at(5n), at(7n))));
    expect(z.length).toBe(395);
    expect(system.undetected(z)).toEqual([]);
    // and of u
    expect(system.violation(z.with(0, 2n))?.kind).toBe('row');
  });
});

describe('folding', () => {
  const circuit = new CycleFold(engine);
  const { fq } = engine;
  const input = (r: bigint, a: bigint, b: bigint): bigint[] => inputOf(r, at(a), at(b), sumOf(r, at(a), at(b)));
  const values = (v: Uint8Array): bigint[] => fq.decode(v);
  const fold = ({ instance, witness }: CycleFoldRunning, fresh: FreshCycleFold, s: bigint): CycleFoldRunning => {
    circuit.foldWitness(witness, fresh, s);
    return { instance: circuit.foldInstance(instance, fresh, s), witness };
  };

  it('keeps Q(z) = e, the commitment, u and x over several folds', async () => {
    let running = circuit.defaultRunning();
    expect(circuit.commit(running.witness)).toEqual(running.instance.c);
    const expected = { c: running.instance.c, u: 0n, x: new Array<bigint>(7).fill(0n) };
    for (const [k, s] of [0n, (1n << 128n) - 1n, 0xabcdef0123456789abcdef0123456789n].entries()) {
      const fresh = await circuit.fresh(
        running,
        input(BigInt(k) * 12345678901234567890n, BigInt(3 * k + 2), BigInt(5 * k + 3)),
      );
      expect(values(circuit.errors(fresh.added)).every((v) => v === 0n)).toBe(true);
      const n = plainScalar(s);
      expected.c = add(GRUMPKIN_PARAMS, expected.c, mul(GRUMPKIN_PARAMS, fresh.commitment, n))!;
      expected.u += n;
      expected.x = expected.x.map((v, j) => F.create(v + n * fresh.input[j]!));
      running = fold(running, fresh, s);
      expect({ ...running.instance, x: running.instance.x.map(fqValue) }).toEqual(expected);
      expect(circuit.commit(running.witness)).toEqual(running.instance.c);
      expect(circuit.errors(running.witness)).toEqual(running.witness.e);
      const z = values(running.witness.z);
      expect(z.slice(0, 8)).toEqual([expected.u % Q, ...expected.x]);
      // the bigint rows agree that the relaxed relation holds
      expect(system.rows(z)).toEqual(values(running.witness.e));
    }
    expect(values(running.witness.e).some((v) => v !== 0n)).toBe(true);
  });

  it('blinds: the same instance is committed to differently each time', async () => {
    const running = circuit.defaultRunning();
    const fresh = () => circuit.fresh(running, input(5n, 2n, 3n));
    const [a, b] = [await fresh(), await fresh()];
    expect(a.added.z).toEqual(b.added.z);
    expect(a.commitment).not.toEqual(b.commitment);
  });

  it('breaks when any folded entry of z, e or the blinding changes', async () => {
    let running = circuit.defaultRunning();
    for (const [s, k] of [
      [17n, 2n],
      [18n, 5n],
    ] as const)
      running = fold(running, await circuit.fresh(running, input(99n + k, k, k + 1n)), s);
    const { z, e, blinding } = running.witness;
    const one = fq.encode([1n]);
    const bump = (v: Uint8Array, index: number): Uint8Array => {
      const copy = v.slice();
      copy.set(fq.add(v.subarray(index * FIELD_BYTES, (index + 1) * FIELD_BYTES), one), index * FIELD_BYTES);
      return copy;
    };
    for (let k = 0; k < 395; k++) expect(circuit.errors({ z: bump(z, k) })).not.toEqual(e);
    const { c } = running.instance;
    expect(circuit.commit({ z: bump(z, 8), e, blinding })).not.toEqual(c);
    expect(circuit.commit({ z, e: bump(e, 390), blinding })).not.toEqual(c);
    expect(circuit.commit({ z, e, blinding: bump(blinding, 0) })).not.toEqual(c);
  });

  it('has as many generators as entries, all on Grumpkin and different', () => {
    expect(circuit.generators.length).toBe(387 + 391 + 1);
    expect(new Set(circuit.generators.map((p) => p.x)).size).toBe(779);
    expect(engine.grumpkin.onCurve(engine.grumpkin.encodePoints(circuit.generators))).toBe(true);
  });
});
