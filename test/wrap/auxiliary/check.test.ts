/**
 * The check of a CycleFold instance over Aux on a small system: accepted, refused, and attacked by a prover who proves everything that follows from
 * his lie. What Spartan and the opening show in the wrap, that the claims are those of the committed vector, is compared here.
 */
import { describe, expect, it, vi } from 'vitest';
import { add } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { grumpkinGenerators } from '../../../src/algebra/grumpkin-generators.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, GRUMPKIN_PARAMS, Q, R } from '../../../src/algebra/params.ts';
import { nativeSponge, Transcript } from '../../../src/algebra/sponge.ts';
import { limbsOf } from '../../../src/circuit/gadgets/fq.ts';
import { PlainSystem } from '../../../src/circuit/plain-system.ts';
import type * as errors from '../../../src/errors.ts';
import { FoldError } from '../../../src/errors.ts';
import { commitmentOf, cycleFoldBits } from '../../../src/folding/instance.ts';
import { atOnce } from '../../../src/turns.ts';
import { buildAuxiliary, startAtEnd, startingPoint } from '../../../src/wrap/auxiliary/chain.ts';
import { DIGITS, oddRepresentative, signedDigits } from '../../../src/wrap/auxiliary/digits.ts';
import type * as identity from '../../../src/wrap/auxiliary/identity.ts';
import { auxiliaryLayout, blindingAt, rowOf } from '../../../src/wrap/auxiliary/layout.ts';
import { LIMB_BITS, limbsOfConstant } from '../../../src/wrap/auxiliary/limbs.ts';
import type { AuxiliaryProof } from '../../../src/wrap/auxiliary/proof.ts';
import { type CycleFoldOpening, proveAuxiliary, scalarsOf } from '../../../src/wrap/auxiliary/prove.ts';
import { verifyAuxiliary } from '../../../src/wrap/auxiliary/verify.ts';
import { commitHere } from '../../../src/wrap/opening/commit.ts';
import type { JoinedWitness } from '../../../src/wrap/spartan/joined.ts';
import { toyKey } from '../../folding/toy.ts';
import { integersOf, replaced } from '../../helpers/mutate.ts';
import { type ChainLie, chainOf, digitRows, digitsOf } from './lies.ts';
import { commit, F, TOY_SCALARS, type ToyRun, toy, toyRows, toyRun } from './toy.ts';

const liar = vi.hoisted(() => ({ identity: undefined as ((s: bigint[]) => bigint[]) | undefined }));
// a liar's sum-checks go on, whatever they prove
vi.mock('../../../src/errors.ts', async (original) => {
  const real = await original<typeof errors>();
  const honestly: typeof real.invariant = real.invariant;
  const invariant = (holds: unknown, message: string): void => {
    if (message !== 'a sum-check proves a false claim') honestly(holds, message);
  };
  return { ...real, invariant };
});
vi.mock('../../../src/wrap/auxiliary/identity.ts', async (original) => {
  const real = await original<typeof identity>();
  const identityOf: typeof real.identityOf = (...given) => {
    const s = real.identityOf(...given);
    return liar.identity?.(s) ?? s;
  };
  return { ...real, identityOf };
});

const engine = await createEngine();
const Fr = field(R);
const layout = auxiliaryLayout(TOY_SCALARS);
const { log, rowLog } = layout;
const commitTo = commitHere(engine, await toyKey(engine).load(2 ** log));
const honest = toyRun((3n << 161n) + 5n, [Q - 1n, 2n], [Q - 7n, 1n << 253n, 0n]);
const entriesOf = (run: ToyRun): bigint[] =>
  engine.fr.decode(atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(run.opening), 99n)));
const transcript = () => new Transcript(nativeSponge(engine), 'test');

interface Proven {
  readonly committed: readonly bigint[];
  readonly commitment: Affine;
  readonly proof: AuxiliaryProof;
  readonly joined: JoinedWitness;
}

/** @param used what the prover proves with, once he knows the challenges; @param committed what he has committed to */
async function prove(
  { instance, opening }: ToyRun,
  used = entriesOf({ instance, opening }),
  committed = used,
): Promise<Proven> {
  const commitment = await commitTo(engine.fr.encode(committed));
  const vector = engine.fr.encode(used);
  const { proof, joined } = atOnce(proveAuxiliary(engine, transcript(), toy, instance, opening, vector, commitment));
  return { committed, commitment, proof, joined };
}

/** The scope that objects; 'claims' where only the opening of the committed vector can; undefined where nothing does. */
function objection(run: ToyRun, { committed, commitment, proof, joined }: Proven): string | undefined {
  const cs = new PlainSystem(nativeSponge(engine));
  const check = verifyAuxiliary(
    cs,
    transcript(),
    toy,
    run.instance,
    cycleFoldBits(2),
    commitmentOf(commitment),
    () => proof,
  );
  let claims: readonly bigint[];
  try {
    ({ claims } = atOnce(check));
  } catch (error) {
    if (error instanceof FoldError) return error.code === 'E_REJECTED' ? /"(.*)"/.exec(error.message)![1] : error.code;
    throw error;
  }
  const vector = engine.fr.encode(committed);
  const actual = claims.map((_, k) => {
    const weights = atOnce(joined.weights(claims.map((__, j) => (j === k ? 1n : 0n))));
    return engine.fr.decode(engine.fr.dot(weights, vector))[0]!;
  });
  return actual.join() === claims.join() ? undefined : 'claims';
}

const withOpening = (change: Partial<CycleFoldOpening>): ToyRun => {
  const opening = { ...honest.opening, ...change };
  return { instance: { ...honest.instance, c: commit(opening) }, opening };
};
const withInstance = (change: Partial<ToyRun['instance']>): ToyRun => ({
  ...honest,
  instance: { ...honest.instance, ...change },
});

describe('a satisfied instance', () => {
  it('is accepted, and prover and verifier end in the same claims and weights', async () => {
    const proven = await prove(honest);
    expect(objection(honest, proven)).toBeUndefined();
    const cs = new PlainSystem(nativeSponge(engine));
    const [own, theirs] = [transcript(), transcript()];
    const { commitment, proof } = proven;
    const joined = atOnce(
      verifyAuxiliary(cs, theirs, toy, honest.instance, cycleFoldBits(2), commitmentOf(commitment), () => proof),
    );
    atOnce(
      proveAuxiliary(engine, own, toy, honest.instance, honest.opening, engine.fr.encode(proven.committed), commitment),
    );
    expect(own.squeeze()).toBe(theirs.squeeze());
    expect(joined.claims).toEqual(proven.joined.claims);
    const random = (k: number): bigint => Fr.pow(BigInt(k + 2), 77n);
    const [factors, point] = [
      joined.claims.map((_, k) => random(k)),
      Array.from({ length: log }, (_, k) => random(9 + k)),
    ];
    const weights = atOnce(proven.joined.weights(factors));
    const extension = engine.fr.dot(weights, engine.fr.eqTable(engine.fr.encode(point)));
    expect(atOnce(joined.weight(factors, point))).toBe(engine.fr.decode(extension)[0]);
  });
  it.each([
    [0n, [0n, 0n], [0n, 0n, 0n]],
    [1n, [1n, Q - 1n], [Q - 1n, 1n, Q - 2n]],
    [(1n << 163n) - 1n, [Q - 1n, Q - 2n], [Q >> 1n, 5n, 1n << 200n]],
  ] as const)('is accepted with u = %s', async (u, x, w) => {
    const run = toyRun(u, x, w);
    expect(objection(run, await prove(run))).toBeUndefined();
  });
  it('is accepted with x between q and 2^254, which stands for the same element', async () => {
    const run = withInstance({ x: [honest.instance.x[0]!, limbsOf(2n + Q)] });
    expect(objection(run, await prove(run))).toBeUndefined();
  });
  it('is accepted whatever stands in the padding', async () => {
    const width = 2 ** rowLog;
    const used = entriesOf(honest).map((v, k) =>
      k % width > TOY_SCALARS + 2 || k >= 255 * width ? Fr.pow(BigInt(k + 2), 50n) : v,
    );
    expect(objection(honest, await prove(honest, used))).toBeUndefined();
  });
  it('is bound digit by digit: odd representatives that are as good are refused where the rows were shown for others', async () => {
    const others = scalarsOf(honest.opening).map((w) => {
      const v = oddRepresentative(w);
      return v > 0n ? v - 2n * Q : v + 2n * Q;
    });
    const { entries, c } = chainOf({ digits: digitRows(others), generators: toy.generators });
    expect(c).toEqual(honest.instance.c);
    expect(objection(honest, await prove(honest, entries))).toBe('claims');
  });
});

describe('a false instance', () => {
  it('whose rows do not give the committed e has no quotient', async () => {
    for (const i of honest.opening.e.keys()) {
      const run = withOpening({ e: honest.opening.e.with(i, F.create(honest.opening.e[i]! + 1n)) });
      expect(objection(run, await prove(run))).toMatch('quotient');
    }
    for (const i of honest.opening.w.keys()) {
      const run = withOpening({ w: honest.opening.w.with(i, F.create(honest.opening.w[i]! + 1n)) });
      expect(objection(run, await prove(run))).toMatch('quotient');
    }
    const free = withOpening({ e: honest.opening.e.map(() => 0n) });
    expect(objection(free, await prove(free))).toMatch('quotient');
  });
  it('with another u or x has no quotient', async () => {
    const { u, x } = honest.instance;
    for (const run of [
      withInstance({ u: u + 1n }),
      ...x.flatMap(({ lo, hi }, k) => [
        withInstance({ x: x.with(k, { lo: lo + 1n, hi }) }),
        withInstance({ x: x.with(k, { lo, hi: hi ^ 1n }) }),
      ]),
    ])
      expect(objection(run, await prove(run))).toMatch('quotient');
  });
  it('with u or x out of range has no witness', async () => {
    const { x } = honest.instance;
    const proven = await prove(honest);
    for (const run of [
      withInstance({ u: 1n << 163n }),
      withInstance({ x: x.with(1, { lo: 1n << 136n, hi: 0n }) }),
      withInstance({ x: x.with(1, { lo: 0n, hi: 1n << 118n }) }),
    ])
      expect(objection(run, proven)).toMatch(/E_BUG|rows|quotient|challenges/);
  });
  it('with another commitment, on the curve or not, or where the chain begins, is refused by the chain', async () => {
    const { c } = honest.instance;
    const start = startingPoint(TOY_SCALARS);
    const others: Affine[] = [
      { x: c.x, y: GRUMPKIN_PARAMS.base - c.y },
      { x: c.x + 1n, y: c.y },
      { x: c.x, y: c.y + 1n },
      toy.generators[0]!,
      start,
      add(GRUMPKIN_PARAMS, c, start)!,
    ];
    for (const other of others) {
      const run = withInstance({ c: other });
      expect(objection(run, await prove(run, entriesOf(honest)))).toBe('chain');
    }
  });
  it('that is committed to by 8^84 H0 cannot even be added to it', async () => {
    const run = withInstance({ c: startAtEnd(TOY_SCALARS) });
    expect(objection(run, await prove(run, entriesOf(honest)))).toMatch(/chain|E_BUG/);
  });
  it('with a row that is false and a quotient that fits a made-up S is refused by the rows', async () => {
    const run = withOpening({ e: honest.opening.e.with(2, F.create(honest.opening.e[2]! + 1n)) });
    // S moved to the next multiple of q, in limbs, so that every range is kept
    liar.identity = (s) => {
      const value = s.reduceRight((sum, c) => (sum << BigInt(LIMB_BITS)) + c, 0n);
      const missing = limbsOfConstant(F.create(-value));
      return s.map((c, k) => c + (missing[k] ?? 0n));
    };
    try {
      expect(objection(run, await prove(run))).toBe('rows');
      // 0 is a multiple of everything
      liar.identity = (s) => s.map(() => 0n);
      expect(objection(run, await prove(run))).toBe('rows');
      // and a coefficient more by r is the same coefficient: the carries decide
      liar.identity = (s) => s.map((c, k) => (k === 0 ? c + R : c));
      expect(objection(run, await prove(run))).toMatch('quotient');
    } finally {
      liar.identity = undefined;
    }
  });
});

describe('a chain', () => {
  const digits = digitsOf(scalarsOf(honest.opening));
  const base: ChainLie = { digits, generators: toy.generators };
  /** What objects to a chain that is wrong, the commitment following it. */
  const refused = async (lie: Partial<ChainLie>, opening = honest.opening): Promise<string | undefined> => {
    const { entries, c } = chainOf({ ...base, ...lie });
    const run = { instance: { ...honest.instance, c }, opening };
    return objection(run, await prove(run, entries));
  };
  const withDigit = (i: number, kappa: number, d: bigint) => ({
    digits: digits.map((row, k) => (k === kappa ? row.with(i, d) : row)),
  });
  const BLINDING = TOY_SCALARS - 1;

  it('made by these formulas is the one of the builder', async () => {
    const { entries, c } = chainOf(base);
    expect(c).toEqual(honest.instance.c);
    const unblinded = (all: readonly bigint[]): bigint[] => all.with(blindingAt(layout), 0n);
    expect(unblinded(entries)).toEqual(unblinded(entriesOf(honest)));
    expect(await refused({})).toBeUndefined();
  });
  it('with a digit 0, 2, 9 or -9 is refused, and it is the digit', async () => {
    // of the blinding scalar, which no row uses
    for (const d of [0n, 2n, 9n, -9n, 8n]) expect(await refused(withDigit(BLINDING, 3, d))).toBe('chain');
    for (const d of [-1n, 1n, 3n, -3n, 5n, -5n, 7n, -7n])
      expect(await refused(withDigit(BLINDING, 3, d))).toBeUndefined();
    expect(await refused(withDigit(BLINDING, 0, 0n))).toBe('chain');
    expect(await refused(withDigit(BLINDING, 84, 2n))).toBe('chain');
    expect(await refused(withDigit(0, 84, 2n))).toBe('chain');
  });
  it('of another digit opens another commitment: then the claims object', async () => {
    expect(await refused(withDigit(1, 84, -digits[84]![1]!))).toBe('claims');
  });
  it('that starts elsewhere is refused', async () => {
    expect(await refused({ start: toy.generators[2]! })).toBe('chain');
    const { x, y } = startingPoint(TOY_SCALARS);
    expect(await refused({ start: { x, y: R - y } })).toBe('chain');
    expect(await refused({ start: { x: Fr.add(x, 1n), y } })).toBe('chain');
  });
  it('that skips an addition or a doubling is refused', async () => {
    for (const [kappa, i] of [
      [0, 0],
      [40, 3],
      [84, TOY_SCALARS - 1],
      [12, TOY_SCALARS],
      [0, TOY_SCALARS + 1],
      [83, TOY_SCALARS + 2],
    ])
      expect(await refused({ skip: (k, at) => k === kappa && at === i }), `${kappa}, ${i}`).toBe('chain');
  });
  it('with the slope of another addition or doubling is refused', async () => {
    for (const [kappa, i] of [
      [0, 0],
      [50, 4],
      [84, TOY_SCALARS - 1],
      [7, TOY_SCALARS],
      [83, TOY_SCALARS + 2],
    ])
      for (const change of [(s: bigint) => s + 1n, (s: bigint) => -s])
        expect(
          await refused({ slope: (k, at, s) => (k === kappa && at === i ? change(s) : s) }),
          `${kappa}, ${i}`,
        ).toBe('chain');
  });
  it('of the points of other generators is refused', async () => {
    const others = grumpkinGenerators(TOY_SCALARS + 5).slice(5);
    expect(await refused({ generators: others })).toBe('chain');
    expect(await refused({ generators: toy.generators.with(3, others[4]!) })).toBe('chain');
  });
  it('of scalars read at wrong places is refused by the claims', async () => {
    // the liar reads the digits of w_1 in the other direction, and everything that he proves about the rows follows
    const reversed = signedDigits(oddRepresentative(honest.opening.w[1]!)).reverse();
    const w = honest.opening.w.with(1, F.create(reversed.reduceRight((sum, d) => 8n * sum + d, 0n)));
    const { u, x } = honest.instance;
    const [x0, x1] = x.map(({ lo, hi }) => lo + (hi << 136n)) as [bigint, bigint];
    const opening = { ...honest.opening, w, e: toyRows([u, x0, x1, w[0]!, w[1]!, w[2]!]) };
    const read = digitsOf(scalarsOf({ ...opening, w: honest.opening.w }));
    expect(await refused({ digits: read }, opening)).toBe('claims');
  });
  it('with a position in the padding is refused by the claims: no row reads it', async () => {
    const { w } = honest.opening;
    const other = { ...honest.opening, w: w.with(2, 12n) };
    const { u, x } = honest.instance;
    const [x0, x1] = x.map(({ lo, hi }) => lo + (hi << 136n)) as [bigint, bigint];
    const opening = { ...other, e: toyRows([u, x0, x1, w[0]!, w[1]!, 12n]) };
    const run = { instance: { ...honest.instance, c: commit({ ...opening, w }) }, opening };
    const entries = entriesOf({ ...run, opening: { ...opening, w } });
    signedDigits(oddRepresentative(12n)).forEach((d, k) => {
      entries[rowOf('value', DIGITS - 1 - k) * 2 ** rowLog + TOY_SCALARS + 3] = Fr.create(d);
    });
    expect(objection(run, await prove(run, entries))).toBe('claims');
  });
});

describe('a vector that the liar changes after the challenges', () => {
  it('is refused by the claims, though all that he proves is true of another one', async () => {
    // the same chain, and another blinding entry: no claim reads it
    const { entries } = chainOf({ digits: digitsOf(scalarsOf(honest.opening)), generators: toy.generators });
    expect(objection(honest, await prove(honest, entries, entriesOf(honest)))).toBeUndefined();
    // a witness that satisfies the rows, proven over a commitment to another one
    const { opening } = toyRun(7n, [1n, 2n], [3n, 4n, 5n]);
    const other = entriesOf({ ...honest, opening });
    expect(objection(honest, await prove(honest, entriesOf(honest), other))).toBe('claims');
    // one entry of the committed vector, a digit, an x or a slope
    for (const at of [0, 2 ** rowLog * DIGITS + 5, 2 ** rowLog * (2 * DIGITS + 40)]) {
      const committed = entriesOf(honest);
      committed[at] = Fr.add(committed[at]!, 2n);
      expect(objection(honest, await prove(honest, entriesOf(honest), committed))).toBe('claims');
    }
  });
  it('is refused where the commitment is that of another run', async () => {
    const other = toyRun(7n, [1n, 2n], [3n, 4n, 5n]);
    const { commitment, committed } = await prove(other);
    expect(objection(honest, { ...(await prove(honest)), commitment, committed })).toMatch(/rows|chain|quotient/);
  });
});

describe('messages', () => {
  it('changed by one, every one of them, are refused', async () => {
    const proven = await prove(honest);
    const found = integersOf(proven.proof);
    expect(found.length).toBe(await toyMessages());
    for (const { path, value } of found) {
      const proof = replaced(proven.proof, path, Fr.add(BigInt(value), 1n));
      expect(objection(honest, { ...proven, proof }), path.join('.')).toMatch(/rows|chain|quotient/);
    }
  });
});

/** S, errors, three coefficients a round of the rows, a and b, nine a round of the chain, three columns. */
async function toyMessages(): Promise<number> {
  return (await prove(honest)).proof.identity.length + 1 + 3 * Math.ceil(Math.log2(9)) + 2 + 9 * (rowLog + 7) + 3;
}
