/** The CycleFold circuit C = A + n(r) B: its size, the model's vectors, every variable, and its folding. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { FIELD_BYTES } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { type Affine, BETA, G1_PARAMS, GRUMPKIN_PARAMS, Q } from '../../src/algebra/params.ts';
import { createWasmEngine } from '../../src/algebra/wasm/index.ts';
import { fqValue } from '../../src/circuit/gadgets/fq.ts';
import { plainScalar } from '../../src/circuit/gadgets/grumpkin.ts';
import { CycleFold } from '../../src/folding/cyclefold.ts';
import { cycleFoldCircuit } from '../../src/folding/cyclefold-circuit.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { type Cheat, honestly, integers, points, replacing, TestSystem } from '../helpers/circuit.ts';

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

const engine = await createWasmEngine();
const F = field(Q);
const system = new TestSystem(engine, 'fq', (cs) => cycleFoldCircuit(cs, () => []));
const at = (k: bigint): Affine => mul(G1_PARAMS, G1_PARAMS.generator, k)!;

const sumOf = (r: bigint, A: Affine, B: Affine): Affine => add(G1_PARAMS, A, mul(G1_PARAMS, B, scalarOfChallenge(r)))!;
const inputOf = (r: bigint, A: Affine, B: Affine, C: Affine): bigint[] => [r, A.x, A.y, B.x, B.y, C.x, C.y];
const run = (input: readonly bigint[], cheat: Cheat = honestly): bigint[] =>
  system.witness((cs) => cycleFoldCircuit(cs, () => input), [], cheat).z;
const violated = (input: readonly bigint[], cheat?: Cheat): number[] => system.violatedRows(run(input, cheat));

/** Rows by name: six a round, then the addition, the digits and the curve. */
const ROW = { additionX: 385, digitsX: 387, digitsY: 388, square: 389, curve: 390 } as const;
/** Field allocations: six a round (xQ, yQ, l1, l2, xR, xA'), then the slope, the digits and the square. */
const DIGITS = 'field385';
const round = (j: number) => ({ x: `field${6 * j}`, y: `field${6 * j + 1}`, l1: `field${6 * j + 2}` });

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

describe('attacks', () => {
  const r = 0xfedcba98765432100123456789abcdefn;
  const [A, B] = [at(11n), at(13n)];
  const C = sumOf(r, A, B);

  it('a wrong C is refused, the mirrored C too', () => {
    for (const wrong of [{ ...C, x: F.add(C.x, 1n) }, { ...C, y: F.neg(C.y) }, at(1n), A])
      expect(violated(inputOf(r, A, B, wrong)).every((row) => row >= ROW.additionX && row < ROW.digitsX)).toBe(true);
    expect(violated(inputOf(r, A, B, { ...C, y: F.neg(C.y) }))).toEqual([386]);
  });

  it('another r than that of the rounds is refused by the digit rows', () => {
    const honest = run(inputOf(r, A, B, C));
    for (const bit of [0n, 1n, 64n, 127n]) {
      expect(system.violatedRows(honest.with(1, r ^ (1n << bit)))).toEqual([ROW.digitsY]);
    }
    // these 128 bits select the same rounds
    expect(system.violatedRows(honest.with(1, r + (1n << 128n)))).toEqual([ROW.digitsY]);
  });

  it('a digit flipped, all the rest and C following it, is refused by the digit rows', () => {
    const otherX = (x: bigint): bigint => (x === B.x ? F.mul(BETA, B.x) : B.x);
    for (const j of [0, 31, 63]) {
      const bit = BigInt(2 * (63 - j));
      const claim = (flipped: bigint): bigint[] => inputOf(r, A, B, sumOf(flipped, A, B));
      expect(violated(claim(r ^ (1n << bit)), replacing({ [round(j).y]: (y) => F.neg(y) }))).toEqual([ROW.digitsY]);
      expect(violated(claim(r ^ (2n << bit)), replacing({ [round(j).x]: otherX }))).toEqual([ROW.digitsY]);
    }
  });

  it('a claimed digit sum that the rounds do not have is refused', () => {
    expect(violated(inputOf(r, A, B, C), replacing({ [DIGITS]: (v) => v + 1n }))).toEqual([ROW.digitsX, ROW.digitsY]);
  });

  it('beta of the other root is refused in its round', () => {
    // round 1: in round 0 the other root is the accumulator's own x
    expect((r >> 125n) & 1n).toBe(1n);
    const other = F.mul(F.mul(BETA, BETA), B.x);
    expect(violated(inputOf(r, A, B, C), replacing({ [round(1).x]: other }))).toContain(6 + 4);
  });

  /** The sum that a cheating run's own last accumulator and slope lead to. */
  const claimOf = (z: readonly bigint[]): Affine => {
    const [dx, slope] = [z[8 + 6 * 63 + 5]!, z[8 + 384]!];
    const x = F.create(slope * slope - dx - A.x);
    return { x, y: F.create(slope * (A.x - x) - A.y) };
  };

  it('B = (x, 0): only the curve row stands between it and any r at all', () => {
    const flat = { x: 12345n, y: 0n };
    const level: Cheat = (_kind, index, honest) => (index < 384 && index % 6 === 2 ? 0n : honest());
    const claim = claimOf(run(inputOf(r, A, flat, C), level));
    const z = run(inputOf(r, A, flat, claim), level);
    for (const target of [r, 0n, 999n, Q - 1n]) expect(system.violatedRows(z.with(1, target))).toEqual([ROW.curve]);
  });

  it('B = (0, y): only the curve row stands between it and any r at all', () => {
    const flat = { x: 0n, y: 777n };
    const start = replacing({ [round(0).y]: F.neg(flat.y), [round(0).l1]: 5n });
    const claim = claimOf(run(inputOf(r, A, flat, C), start));
    const signs = r & (((1n << 128n) - 1n) / 3n) & ~(1n << 126n);
    for (const target of [0n, 999n, Q - 1n]) {
      const digits = F.mul(F.create(target - signs), F.inv(2n));
      const z = run(inputOf(r, A, flat, claim), (kind, index, honest) =>
        `${kind}${index}` === DIGITS ? digits : start(kind, index, honest),
      ).with(1, target);
      expect(system.violatedRows(z)).toEqual([ROW.curve]);
    }
    // and no such point is on the curve: 3 is not a square modulo q
    expect(F.pow(G1_PARAMS.b, (Q - 1n) / 2n)).toBe(Q - 1n);
  });

  it('an off-curve B is refused by the curve row alone, its square cannot be bent', () => {
    const off = { x: B.x, y: F.add(B.y, 1n) };
    const z = run(inputOf(r, A, off, C));
    expect(system.violatedRows(z)).toContain(ROW.curve);
    const square = F.mul(F.create(off.y * off.y - G1_PARAMS.b), F.inv(off.x));
    expect(system.violatedRows(z.with(8 + 386, square))).toContain(ROW.square);
    expect(system.violatedRows(z.with(8 + 386, square))).not.toContain(ROW.curve);
  });

  it('has no witness where the final addition is exceptional', () => {
    const product = mul(G1_PARAMS, B, scalarOfChallenge(r))!;
    expect(() => run(inputOf(r, product, B, C))).toThrow('inverse of zero');
  });
});

describe('folding', () => {
  const circuit = new CycleFold(engine);
  const { fq } = engine;
  const input = (r: bigint, a: bigint, b: bigint): bigint[] => inputOf(r, at(a), at(b), sumOf(r, at(a), at(b)));
  const values = (v: Uint8Array): bigint[] => fq.decode(v);

  it('keeps Q(z) = e, the commitment, u and x over several folds', () => {
    let running = circuit.defaultRunning();
    expect(circuit.commit(running.witness)).toEqual(running.instance.c);
    const expected = { c: running.instance.c, u: 0n, x: new Array<bigint>(7).fill(0n) };
    for (const [k, s] of [0n, (1n << 128n) - 1n, 0xabcdef0123456789abcdef0123456789n].entries()) {
      const fresh = circuit.fresh(
        running,
        input(BigInt(k) * 12345678901234567890n, BigInt(3 * k + 2), BigInt(5 * k + 3)),
      );
      expect(values(circuit.errors(fresh.added)).every((v) => v === 0n)).toBe(true);
      const n = plainScalar(s);
      expected.c = add(GRUMPKIN_PARAMS, expected.c, mul(GRUMPKIN_PARAMS, fresh.commitment, n))!;
      expected.u += n;
      expected.x = expected.x.map((v, j) => F.create(v + n * fresh.input[j]!));
      running = circuit.fold(running, fresh, s);
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

  it('blinds: the same instance is committed to differently each time', () => {
    const running = circuit.defaultRunning();
    const [a, b] = [circuit.fresh(running, input(5n, 2n, 3n)), circuit.fresh(running, input(5n, 2n, 3n))];
    expect(a.added.z).toEqual(b.added.z);
    expect(a.commitment).not.toEqual(b.commitment);
  });

  it('breaks when any folded entry of z, e or the blinding changes', () => {
    let running = circuit.defaultRunning();
    for (const [s, k] of [
      [17n, 2n],
      [18n, 5n],
    ] as const)
      running = circuit.fold(running, circuit.fresh(running, input(99n + k, k, k + 1n)), s);
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
